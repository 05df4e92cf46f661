/** Charts as inline SVG, drawn by Vega-Lite while the page is made. Their colours are the page's CSS variables. */
import type { TopLevelSpec } from "vega-lite";
import { Markup, markup } from "./_markup.ts";

export const INK = "var(--ink)";
export const MUTED = "var(--muted)";
export const CARD = "var(--card)";
export const LINE = "var(--line)";
export const ACCENT = "var(--accent)";
export const SECOND = "var(--second)";

/** Width and height of the plotting area that suit a card, in CSS pixels. */
export const WIDTH = 320;
export const HEIGHT = 200;

/** What a chart adds to the shared look: data, layers, encodings. */
export type Chart = Readonly<Record<string, unknown>>;

const CONFIG = {
  font: "system-ui, sans-serif",
  background: null,
  padding: 2,
  view: { stroke: null },
  axis: {
    domainColor: LINE,
    gridColor: LINE,
    tickColor: LINE,
    labelColor: MUTED,
    titleColor: MUTED,
    labelFontSize: 11,
    titleFontSize: 12,
    titleFontWeight: "normal",
  },
  legend: { orient: "top-right", title: null, labelColor: INK, labelFontSize: 12, symbolStrokeWidth: 3, offset: 2 },
} as const;

/** A chart with its title, ready for a card; `summary` tells a screen reader what it shows, `note` stands below the title. */
export async function chartCard(title: string, summary: string, chart: Chart, note?: string): Promise<Markup> {
  const picture = await drawn(chart, title.toLowerCase().replace(/[^a-z]+/g, "-"));
  const below = note === undefined ? null : markup`<div class="note">${note}</div>`;
  return markup`<div class="card chart"><h3>${title}</h3>${below}<div role="img" aria-label="${summary}">${picture}</div></div>`;
}

/** The SVG of a chart; equal charts give equal text. */
async function drawn(chart: Chart, name: string): Promise<Markup> {
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  // Vega marks the rows that it is given, so it gets its own.
  const whole = structuredClone({ width: WIDTH, height: HEIGHT, config: CONFIG, ...chart }) as unknown as TopLevelSpec;
  const view = new View(parse(compile(whole).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return new Markup(withOwnIds(plain(svg), name));
}

/** The card carries the one label; labels of parts would be noise beside it, and a fixed size would not fit every screen. */
function plain(svg: string): string {
  return svg
    .replace(/ (?:role|aria-[a-z]+|pointer-events|class|xmlns:xlink|version)="[^"]*"/g, "")
    .replace(/^<svg([^>]*?) width="[^"]*" height="[^"]*"/, "<svg$1");
}

/** Vega counts ids through the life of the process; here they start anew in every chart. */
function withOwnIds(svg: string, name: string): string {
  const ids = new Map<string, string>();
  return svg.replace(/( id="|url\(#)([^")]+)/g, (_, before: string, id: string) => {
    if (!ids.has(id)) ids.set(id, `${name}-${ids.size}`);
    return before + ids.get(id);
  });
}
