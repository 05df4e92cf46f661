/** Errors by age band and by group of people. */
import type { Prediction } from "../contracts/data.ts";
import type { Figures, MetricsFile } from "../contracts/report.ts";
import { ACCENT, CARD, type Chart, chartCard, INK, MUTED } from "./_charts.ts";
import { count, decimal, signed, years } from "./_format.ts";
import { bar, type Markup, markup } from "./_markup.ts";

type Row = Figures & { readonly group: string };

/** The grouping that is made of the age itself. */
const AGE_BAND = "age_band";
/** Years of the bands within which groups are compared at equal ages. */
const BAND = 5;
/** Least share of the images' ages that a group must cover to be compared at equal ages. */
const COVERED = 0.8;

export async function groupCharts(metrics: MetricsFile, predictions: readonly Prediction[]): Promise<Markup | null> {
  const groupings = Object.entries(metrics.groups).filter(([, rows]) => rows.length > 0 && rows[0].mae !== undefined);
  const bands = groupings.find(([name]) => name === AGE_BAND)?.[1];
  const others = groupings.filter(([name]) => name !== AGE_BAND);
  if (!bands && others.length === 0) return null;
  const age = bands ? await bandCard(bands) : null;
  const tables = others.map(([name, rows]) => groupCard(name, rows, predictions));
  const beside = tables.length > 0 ? markup`<div class="stack">${tables}${NOTE}</div>` : null;
  return markup`<section id="groups"><h2>Where it errs</h2><div class="row wide">${age}${beside}</div></section>`;
}

const NOTE = markup`<p class="note">The plain error of a group depends on the ages in it: some ages are harder to
estimate than others, and groups differ in age. “At equal ages” weighs the error in every band of five years by that band's
share of all images, as if each group had the same ages; it is left out where a group lacks more than a fifth of them.
± gives the 95 % interval of the mean: where two intervals overlap, the difference may be chance. Group labels come from the
dataset; they were not always given by the people shown.</p>`;

function bandCard(rows: readonly Row[]): Promise<Markup> {
  const values = rows.map((row) => ({
    band: `${row.group.replace("-", "–")}|n ${count(row.n)}`,
    mae: row.mae,
    constant: row.baseline_mae ?? null,
    label: years(row.mae),
  }));
  const told = rows.map((row) => `${row.group} ${years(row.mae)}`).join(", ");
  return chartCard("By age", `Mean absolute error by age band: ${told}`, {
    data: { values },
    height: 260,
    layer: bandLayers(),
  }, "Bars: mean absolute error in years, by true age (n: images). Dashes: the best constant answer.");
}

function bandLayers(): readonly Chart[] {
  const axis = { title: null, labelAngle: 0, ticks: false, labelExpr: "split(datum.label, '|')", labelPadding: 6 };
  const x = { field: "band", type: "nominal", sort: null, axis };
  const y = { field: "mae", type: "quantitative", axis: { title: null, tickCount: 5 } };
  const width = { band: 0.7 };
  return [
    { mark: { type: "bar", color: ACCENT, opacity: 0.85, cornerRadiusEnd: 3, width }, encoding: { x, y } },
    {
      mark: { type: "tick", color: MUTED, thickness: 2, width },
      encoding: { x, y: { field: "constant", type: "quantitative" } },
    },
    // The label with a rim, so that it reads on a dash too.
    ...[{ stroke: CARD, strokeWidth: 4 }, { color: INK }].map((ink) => (
      { mark: { type: "text", dy: -9, fontSize: 12, ...ink }, encoding: { x, y, text: { field: "label" } } }
    )),
  ];
}

function groupCard(name: string, rows: readonly Row[], predictions: readonly Prediction[]): Markup {
  const longest = Math.max(...rows.map(({ mae }) => mae), 1e-9);
  const lines = rows.map((row) => {
    const members = predictions.filter(({ groups }) => (groups[name] || "unknown") === row.group);
    return markup`<tr><td>${row.group}</td><td>${count(row.n)}</td><td>${meanAge(members)}</td>
<td><b>${decimal(row.mae, 2)}</b> ± ${decimal(margin(members), 1)}</td><td>${equalAges(members, predictions)}</td>
<td>${row.bias === undefined ? "–" : signed(row.bias)}</td><td class="bar">${bar(row.mae / longest)}</td></tr>`;
  });
  return markup`<div class="card scroll"><h3>By ${name}</h3><table><tr><th>group</th><th>images</th><th>mean age</th>
<th>error, years</th><th>at equal ages</th><th>bias</th><th class="bar"></th></tr>${lines}</table></div>`;
}

function meanAge(members: readonly Prediction[]): string {
  return years(members.reduce((sum, { age }) => sum + age, 0) / members.length);
}

/** Half the width of the 95 % interval of the mean absolute error (normal approximation). */
function margin(members: readonly Prediction[]): number {
  const errors = members.map(errorOf);
  const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
  const variance = errors.reduce((sum, error) => sum + (error - mean) ** 2, 0) / (errors.length - 1);
  return 1.96 * Math.sqrt(variance / errors.length);
}

/** The mean absolute error with the ages of all images (direct standardisation), or a dash where too few ages occur. */
function equalAges(members: readonly Prediction[], all: readonly Prediction[]): string {
  const inGroup = Map.groupBy(members, bandOf);
  let weight = 0;
  let sum = 0;
  for (const [band, everyone] of Map.groupBy(all, bandOf)) {
    const errors = inGroup.get(band)?.map(errorOf);
    if (!errors) continue;
    weight += everyone.length;
    sum += everyone.length * errors.reduce((total, error) => total + error, 0) / errors.length;
  }
  return weight >= COVERED * all.length ? decimal(sum / weight, 2) : "–";
}

function bandOf({ age }: Prediction): number {
  return Math.floor(age / BAND);
}

function errorOf({ age, predicted }: Prediction): number {
  return Math.abs(predicted - age);
}
