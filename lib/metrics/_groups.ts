/** The figures of a run: over each part, and over groups of people. */
import type { Metric, Prediction } from "../contracts/data.ts";
import type { Figures, MetricsFile } from "../contracts/report.ts";
import { mean } from "./_mean.ts";

// The parameters of a metric are its own affair: its schema makes the defaults.
// deno-lint-ignore no-explicit-any
type Metrics = readonly Metric<any>[];

/** Name of the grouping that is made of the age and is no label. */
const AGE_BAND = "age_band";
/** Years in a band. */
const BAND = 10;
/** The group of images that lack the label. */
const UNKNOWN = "unknown";

/**
 * Figures over the validation and the test images, and by group over the test images (validation images where there are no test
 * images). `baseline_mae` is the mean absolute error of the best constant, the median age of the part. In a group it is that of
 * the same constant, so that it tells how much of a gap between groups comes from their ages alone.
 */
export function summarise(predictions: readonly Prediction[], metrics: Metrics, by: readonly string[]): MetricsFile {
  const test = predictions.filter(({ split }) => split === "test");
  const validation = predictions.filter(({ split }) => split === "validation");
  const judged = test.length > 0 ? test : validation;
  const constant = medianAge(judged);
  return {
    test: test.length > 0 ? figures(test, metrics, medianAge(test)) : null,
    validation: validation.length > 0 ? figures(validation, metrics, medianAge(validation)) : null,
    groups: Object.fromEntries(by.map((name) => [name, groupRows(judged, metrics, name, constant)])),
  };
}

function figures(predictions: readonly Prediction[], metrics: Metrics, constant: number): Figures {
  const measured = metrics.map((metric) => [metric.name, metric.measure(predictions, metric.params.parse({}))]);
  const baseline = mean(predictions, ({ age }) => Math.abs(age - constant));
  return { n: predictions.length, ...Object.fromEntries(measured), baseline_mae: baseline };
}

/** The age that minimises the mean absolute error where all images get the same; NaN of no images. */
export function medianAge(predictions: readonly Prediction[]): number {
  const ages = Float64Array.from(predictions, ({ age }) => age).sort();
  const middle = ages.length / 2;
  return (ages[Math.ceil(middle) - 1] + ages[Math.floor(middle)]) / 2;
}

type GroupFigures = Figures & { readonly group: string };

/** One row by group, in the order of their names; bands of age from the youngest. None where no image has the label. */
function groupRows(
  predictions: readonly Prediction[],
  metrics: Metrics,
  name: string,
  constant: number,
): readonly GroupFigures[] {
  const members = Map.groupBy(predictions, (prediction) => groupOf(prediction, name));
  if (members.size === 1 && members.has(UNKNOWN)) return [];
  const names = [...members.keys()].sort((a, b) => compareGroups(a, b));
  return names.map((group) => ({ group, ...figures(members.get(group)!, metrics, constant) }) as GroupFigures);
}

function groupOf({ age, groups }: Prediction, name: string): string {
  const label = Object.hasOwn(groups, name) ? groups[name] : "";
  if (label !== "") return label;
  return name === AGE_BAND ? ageBand(age) : UNKNOWN;
}

/** The ten years that an age belongs to: `20-29`. */
export function ageBand(age: number): string {
  const first = Math.floor(age / BAND) * BAND;
  return `${first}-${first + BAND - 1}`;
}

/** By the numbers that both start with, else by code units; `unknown` last. */
function compareGroups(a: string, b: string): number {
  if (a === UNKNOWN || b === UNKNOWN) return a === UNKNOWN ? 1 : -1;
  const difference = parseFloat(a) - parseFloat(b);
  if (difference) return difference;
  return a < b ? -1 : 1;
}
