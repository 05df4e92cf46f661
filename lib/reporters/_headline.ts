/** The result in one look: the main figure against the best constant, then every figure. */
import type { Figures, MetricsFile, RunReport } from "../contracts/report.ts";
import { count, counted, decimal, percent, signed, years } from "./_format.ts";
import { bar, type Markup, markup } from "./_markup.ts";

/** The part of the images that the page judges: test, or validation where there is no test part. */
export function judged(metrics: MetricsFile): { part: "test" | "validation"; figures: Figures } | undefined {
  if (metrics.test) return { part: "test", figures: metrics.test };
  return metrics.validation ? { part: "validation", figures: metrics.validation } : undefined;
}

/** What the shipped figures are called and how they are written; others keep their name. */
const KNOWN: Readonly<Record<string, { name: string; text: (value: number) => string }>> = {
  mae: { name: "mean absolute error (MAE), years", text: (value) => decimal(value, 2) },
  rmse: { name: "root mean square error (RMSE), years", text: (value) => decimal(value, 2) },
  cs5: { name: "off by at most 5 years (CS@5)", text: percent },
  bias: { name: "bias, years", text: signed },
  baseline_mae: { name: "MAE of the best constant answer, years", text: (value) => decimal(value, 2) },
};

export function headline({ metrics }: RunReport): Markup {
  const main = judged(metrics);
  const content = main
    ? markup`<div class="card headline">${mainFigure(main.part, main.figures)}</div>
<div class="card">${figuresTable(metrics)}</div>`
    : markup`<div class="card"><p>No image was judged.</p></div>`;
  return markup`<section id="result"><h2>Result</h2><div class="row wide">${content}</div></section>`;
}

function mainFigure(part: string, figures: Figures): Markup {
  const { mae, baseline_mae: baseline, n } = figures;
  if (mae === undefined) return markup`<p>${counted(n, `${part} image`)}</p>`;
  const average = `On ${counted(n, `${part} image`)} the estimated age is off by ${years(mae)} years on average.`;
  const figure = markup`<div><div class="figure">${
    years(mae)
  } <small>years of error</small></div><p>${average}</p></div>`;
  return baseline === undefined ? figure : markup`${figure}${comparison(mae, baseline)}`;
}

function comparison(mae: number, baseline: number): Markup {
  const longest = Math.max(mae, baseline, 1e-9);
  const gain = 1 - mae / baseline;
  const told = gain >= 0 ? `${percent(gain)} less error than` : `${percent(-gain)} more error than`;
  return markup`<div class="bars"><div><span>this model <b>${years(mae)}</b></span>${bar(mae / longest)}</div>
<div><span>best constant answer <b>${years(baseline)}</b></span>${bar(baseline / longest, "other")}</div>
<div class="note">${told} always answering the median age.</div></div>`;
}

function figuresTable({ test, validation }: MetricsFile): Markup {
  const parts = [{ part: "test", figures: test }, { part: "validation", figures: validation }]
    .flatMap(({ part, figures }) => figures ? [{ part, figures }] : []);
  const names = [...new Set(parts.flatMap(({ figures }) => Object.keys(figures)))].filter((name) => name !== "n");
  names.sort((a, b) => rank(a) - rank(b));
  const line = (name: string, cells: readonly string[]): Markup =>
    markup`<tr><td class="free">${name}</td>${cells.map((cell) => markup`<td>${cell}</td>`)}</tr>`;
  const numbers = line("images", parts.map(({ figures }) => count(figures.n)));
  const lines = names.map((name) =>
    line(KNOWN[name]?.name ?? name, parts.map(({ figures }) => figureText(name, figures[name])))
  );
  return markup`<table><tr><th></th>${
    parts.map(({ part }) => markup`<th>${part}</th>`)
  }</tr>${numbers}${lines}</table>`;
}

/** Known figures in the order of `KNOWN`, others behind them. */
function rank(name: string): number {
  const at = Object.keys(KNOWN).indexOf(name);
  return at < 0 ? Number.MAX_SAFE_INTEGER : at;
}

function figureText(name: string, value: number | undefined): string {
  if (value === undefined) return "–";
  return KNOWN[name] ? KNOWN[name].text(value) : decimal(value, 3);
}
