/** Charts as inline SVG, drawn by Vega-Lite while the page is made. Their colours are the page's CSS variables. */
import type { TopLevelSpec } from "vega-lite";
import { html, Markup } from "./_markup.ts";

export const INK = "var(--ink)";
export const MUTED = "var(--muted)";
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
  legend: { orient: "top", title: null, labelColor: INK, labelFontSize: 12, symbolStrokeWidth: 3, offset: 4 },
} as const;

/** A chart with its title, ready for a card; `summary` tells a screen reader what it shows. */
export async function chartCard(title: string, summary: string, chart: Chart): Promise<Markup> {
  const picture = await drawn(chart);
  return html`
    <div class="card chart">
      <h3>${title}</h3>
      <div role="img" aria-label="${summary}">${picture}</div>
    </div>
  `;
}

/** The SVG of a chart; equal charts give equal text. */
async function drawn(chart: Chart): Promise<Markup> {
  const [{ parse, View }, { compile }] = await Promise.all([import("vega"), import("vega-lite")]);
  const whole = { width: WIDTH, height: HEIGHT, config: CONFIG, ...chart } as unknown as TopLevelSpec;
  const view = new View(parse(compile(whole).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  return new Markup(withoutRoles(svg));
}

/** The charts carry one label of their own; the labels of their parts would only be noise, and so is their fixed size. */
function withoutRoles(svg: string): string {
  return svg
    .replace(/ (?:role|aria-[a-z]+|pointer-events|class|xmlns:xlink|version)="[^"]*"/g, "")
    .replace(/^<svg([^>]*?) width="[^"]*" height="[^"]*"/, "<svg$1");
}
