/** The faces with the largest errors, and the images that were left out. */
import type { Prediction } from "../contracts/data.ts";
import type { RunReport } from "../contracts/report.ts";
import { count, counted, signed, years } from "./_format.ts";
import { html, type Markup } from "./_markup.ts";

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
  return html`
    <section id="faces">
      <h2>Largest errors</h2>
      <div class="card faces">${worst.map((face) => faceFigure(face, thumbnails[face.file]))}</div>
    </section>
  `;
}

function faceFigure({ file, age, predicted }: Prediction, thumbnail: string | undefined): Markup {
  const picture = thumbnail !== undefined && PICTURE.test(thumbnail)
    ? html`<img src="${thumbnail}" alt="" width="128" height="128">`
    : html`<span class="blank"></span>`;
  const direction = predicted > age ? "up" : "down";
  return html`<figure>${picture}<figcaption>${years(predicted)}, is ${count(age)} <b class="${direction}">${
    signed(predicted - age)
  }</b><span class="file" title="${file}">${file}</span></figcaption></figure>`;
}

/** What was not used, and why. */
export function leftOut({ rejects, outside }: RunReport["left"]): Markup {
  const reasons = [...Map.groupBy(rejects, ({ reason }) => reason)].sort(([, a], [, b]) => b.length - a.length);
  const nothing = rejects.length === 0 && outside === 0;
  const told = nothing
    ? "Every image was used."
    : `${counted(outside, "image")} with ages outside the range, ${
      counted(rejects.length, "image")
    } that could not be used.`;
  return html`
    <section id="left-out">
      <h2>Left out</h2>
      <div class="card"><p style="margin:0">${told}</p>${rejects.length > 0
        ? html`${reasonTable(reasons)}${fileList(rejects)}`
        : null}</div>
    </section>
  `;
}

function reasonTable(reasons: readonly (readonly [string, readonly unknown[]])[]): Markup {
  return html`<table><tr><th>reason</th><th>images</th></tr>${
    reasons.slice(0, LISTED).map(([reason, files]) =>
      html`
        <tr>
          <td class="free">${reason}</td>
          <td>${count(files.length)}</td>
        </tr>
      `
    )
  }</table>`;
}

function fileList(rejects: RunReport["left"]["rejects"]): Markup {
  const more = rejects.length > LISTED ? html`<li>and ${count(rejects.length - LISTED)} more</li>` : null;
  return html`
    <details>
      <summary>Which ones</summary>
      <ul class="files">${rejects.slice(0, LISTED).map(({ file, reason }) =>
        html`<li>${file}: ${reason}</li>`
      )}${more}</ul>
    </details>
  `;
}
