/** The result in one look: the main figure against the best constant, then every figure. */
import type { Figures, MetricsFile, RunReport } from "../contracts/report.ts";
import { count, counted, decimal, percent, signed, years } from "./_format.ts";
import { html, type Markup } from "./_markup.ts";

/** The part of the images that the page judges: test, or validation where there is no test part. */
export function judged(metrics: MetricsFile): { part: "test" | "validation"; figures: Figures } | undefined {
  if (metrics.test) return { part: "test", figures: metrics.test };
  return metrics.validation ? { part: "validation", figures: metrics.validation } : undefined;
}

/** What the shipped figures are called and how they are written; others keep their name. */
const KNOWN: Readonly<Record<string, { name: string; text: (value: number) => string }>> = {
  mae: { name: "mean absolute error, years", text: (value) => decimal(value, 2) },
  rmse: { name: "root mean square error, years", text: (value) => decimal(value, 2) },
  cs5: { name: "within 5 years (CS@5)", text: percent },
  bias: { name: "bias, years", text: signed },
  baseline_mae: { name: "best constant, years", text: (value) => decimal(value, 2) },
};

export function headline({ metrics }: RunReport): Markup {
  const main = judged(metrics);
  if (!main) {
    return html`
      <section id="result">
        <h2>Result</h2>
        <div class="card">
          <p>No image was judged.</p>
        </div>
      </section>
    `;
  }
  return html`
    <section id="result">
      <h2>Result</h2>
      <div class="card">
        <div class="headline">${mainFigure(main.part, main.figures)}</div>
      </div>
      <div class="card scroll" style="margin-top:16px">${figuresTable(metrics)}</div>
    </section>
  `;
}

function mainFigure(part: string, figures: Figures): Markup {
  const { mae, baseline_mae: baseline, n } = figures;
  if (mae === undefined) return html`<p>${counted(n, `${part} image`)}</p>`;
  const sentence = html`<p style="margin:10px 0 0">On ${counted(n, `${part} image`)} the estimated age is off by ${
    years(mae)
  } years on average.</p>`;
  const figure = html`<div><div class="figure">${years(mae)} <small>years of error</small></div>${sentence}</div>`;
  return baseline === undefined ? figure : html`${figure}${comparison(mae, baseline)}`;
}

function comparison(mae: number, baseline: number): Markup {
  const longest = Math.max(mae, baseline, 1e-9);
  const bar = (name: string, value: number, kind: string): Markup =>
    html`<div><span><span>${name}</span><b>${
      years(value)
    }</b></span><div class="track"><span class="fill ${kind}" style="width:${
      (100 * value / longest).toFixed(1)
    }%"></span></div></div>`;
  const gain = 1 - mae / baseline;
  const told = gain >= 0 ? `${percent(gain)} less error than` : `${percent(-gain)} more error than`;
  return html`<div class="bars">${bar("this model", mae, "")}${bar("best constant answer", baseline, "other")}
<div class="note">${told} always answering the median age.</div></div>`;
}

function figuresTable({ test, validation }: MetricsFile): Markup {
  const parts = [{ name: "test", figures: test }, { name: "validation", figures: validation }].filter(({ figures }) =>
    figures
  );
  const names = [...new Set(parts.flatMap(({ figures }) => Object.keys(figures!)))].filter((name) => name !== "n");
  const cell = (figures: Figures, name: string): string => {
    const value = figures[name];
    if (value === undefined) return "–";
    return KNOWN[name] ? KNOWN[name].text(value) : decimal(value, 3);
  };
  return html`<table><tr><th>images</th><th>number</th>${
    names.map((name) => html`<th>${KNOWN[name]?.name ?? name}</th>`)
  }</tr>
${
    parts.map(({ name, figures }) =>
      html`<tr><td>${name}</td><td>${count(figures!.n)}</td>${
        names.map((key) => html`<td>${cell(figures!, key)}</td>`)
      }</tr>`
    )
  }</table>`;
}
