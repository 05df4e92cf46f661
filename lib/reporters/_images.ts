/** The faces with the largest errors, and the images that were left out. */
import type { Prediction } from "../contracts/data.ts";
import type { RunReport } from "../contracts/report.ts";
import { count, counted, signed, years } from "./_format.ts";
import { type Markup, markup } from "./_markup.ts";

/** Faces shown at most. */
const MOST = 12;
/** File names listed at most. */
const LISTED = 100;
/** Thumbnails that are pictures and nothing else. */
const PICTURE = /^data:image\/(?:jpeg|png|bmp);base64,[A-Za-z0-9+/]+=*$/;

export function worstFaces(
  predictions: readonly Prediction[],
  thumbnails: Readonly<Record<string, string>>,
): Markup | null {
  const error = ({ age, predicted }: Prediction): number => Math.abs(predicted - age);
  const order = (a: Prediction, b: Prediction): number => error(b) - error(a) || (a.file < b.file ? -1 : 1);
  const worst = [...predictions].sort(order).slice(0, MOST);
  if (worst.length === 0) return null;
  const figures = worst.map((face) => faceFigure(face, thumbnails[face.file]));
  return markup`<section id="faces"><h2>Largest errors</h2><p class="note">True age → estimate.</p>
<div class="card faces">${figures}</div></section>`;
}

function faceFigure({ file, age, predicted }: Prediction, thumbnail: string | undefined): Markup {
  const picture = thumbnail !== undefined && PICTURE.test(thumbnail)
    ? markup`<img src="${thumbnail}" alt="" width="128" height="128">`
    : markup`<span class="blank"></span>`;
  const direction = predicted > age ? "up" : "down";
  const error = signed(predicted - age);
  return markup`<figure>${picture}<figcaption>${count(age)} → ${years(predicted)} <b class="${direction}">${error}</b>
<span class="file" title="${file}">${file}</span></figcaption></figure>`;
}

/** What was not used, and why. */
export function leftOut({ rejects, outside }: RunReport["left"]): Markup {
  const reasons = [...Map.groupBy(rejects, ({ reason }) => reason)].sort(([, a], [, b]) => b.length - a.length);
  const unused = `${counted(outside, "image")} with ages outside the range, ${
    counted(rejects.length, "image")
  } not usable.`;
  const told = rejects.length === 0 && outside === 0 ? "Every image was used." : unused;
  const details = rejects.length > 0
    ? markup`${reasonTable(reasons)}${folded(rejects.map(({ file, reason }) => `${file}: ${reason}`))}`
    : null;
  return markup`<section id="left-out"><h2>Left out</h2><div class="card"><div>${told}</div>${details}</div></section>`;
}

function reasonTable(reasons: readonly (readonly [string, readonly unknown[]])[], unit = "images"): Markup {
  const lines = reasons.slice(0, LISTED).map(([reason, files]) =>
    markup`<tr><td class="free">${reason}</td><td>${count(files.length)}</td></tr>`
  );
  return markup`<table><tr><th>reason</th><th>${unit}</th></tr>${lines}</table>`;
}

/** All of them behind a line to click. */
function folded(lines: readonly string[]): Markup {
  const items = lines.slice(0, LISTED).map((line) => markup`<li>${line}</li>`);
  const more = lines.length > LISTED ? markup`<li>and ${count(lines.length - LISTED)} more</li>` : null;
  return markup`<details><summary>Which ones</summary><ul class="files">${items}${more}</ul></details>`;
}

/** Images that make the figures look better than they are, or contradict themselves. */
export function leakedImages(leaks: RunReport["leaks"]): Markup | null {
  if (leaks.length === 0) return null;
  const kinds = [...Map.groupBy(leaks, (leak) => leak.split(":")[0])];
  return markup`<section id="leaks"><h2>Leaks</h2><div class="card">
<p class="note">Images that are the same to the byte, by file, part and age.</p>${
    reasonTable(kinds, "sets of images")
  }${folded(leaks)}</div></section>`;
}
