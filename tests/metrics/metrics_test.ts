import assert from "node:assert/strict";
import type { Prediction } from "../../lib/contracts/data.ts";
import { ageBand, medianAge, summarise } from "../../lib/metrics/_groups.ts";
import { metrics } from "../../lib/metrics/mod.ts";
import { byName } from "../../lib/contracts/plugins.ts";

type Row = readonly [age: number, predicted: number, gender?: string, split?: Prediction["split"]];

function predictions(rows: readonly Row[]): Prediction[] {
  return rows.map(([age, predicted, gender, split = "test"], i): Prediction => ({
    file: `${i}.jpg`,
    age,
    predicted,
    split,
    groups: gender === undefined ? {} as Record<string, string> : { gender },
  }));
}

const measure = (name: string, rows: readonly Row[]): number => byName(metrics, name).measure(predictions(rows), {});

/** Errors -4, 3, 0, 5, 12. */
const ROWS: readonly Row[] = [
  [30, 26, "male"],
  [40, 43, "female"],
  [25, 25, "male"],
  [60, 65, "female"],
  [8, 20, ""],
];

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
}

Deno.test("the figures of five predictions, worked out by hand", () => {
  near(measure("mae", ROWS), 24 / 5);
  near(measure("rmse", ROWS), Math.sqrt(194 / 5));
  near(measure("bias", ROWS), 16 / 5);
  near(measure("cs5", ROWS), 4 / 5);
});

Deno.test("an error of exactly five years counts, however it was rounded; more does not", () => {
  assert.equal(measure("cs5", [[3.3, 8.3], [70, 65]]), 1);
  assert.equal(measure("cs5", [[30, 35.001], [30, 24.999]]), 0);
});

Deno.test("the best constant is the median: no other age errs less", () => {
  for (const ages of [[8, 25, 30, 40, 60], [1, 2, 10, 90], [5], [3, 3, 3, 80]]) {
    const truth = predictions(ages.map((age) => [age, 0]));
    const error = (constant: number): number => ages.reduce((sum, age) => sum + Math.abs(age - constant), 0);
    const best = error(medianAge(truth));
    for (let constant = 0; constant <= 100; constant += 0.5) assert.ok(error(constant) >= best - 1e-9);
  }
});

Deno.test("a summary has each part, and the groups of the test part", () => {
  const all = predictions([...ROWS, [50, 40, "male", "validation"], [20, 20, "female", "validation"]]);
  const summary = summarise(all, metrics.filter(({ name }) => name === "mae"), ["gender", "age_band"]);
  assert.deepEqual(summary.test, { n: 5, mae: 4.8, baseline_mae: (0 + 10 + 5 + 30 + 22) / 5 });
  assert.deepEqual(summary.validation, { n: 2, mae: 5, baseline_mae: 15 });
  assert.deepEqual(summary.groups.gender, [
    { group: "female", n: 2, mae: 4, baseline_mae: 20 },
    { group: "male", n: 2, mae: 2, baseline_mae: 2.5 },
    { group: "unknown", n: 1, mae: 12, baseline_mae: 22 },
  ]);
  assert.deepEqual(summary.groups.age_band.map(({ group, n }) => [group, n]), [
    ["0-9", 1],
    ["20-29", 1],
    ["30-39", 1],
    ["40-49", 1],
    ["60-69", 1],
  ]);
});

Deno.test("without test images the groups are those of the validation images", () => {
  const all = predictions([[50, 40, "male", "validation"], [20, 20, "female", "validation"]]);
  const summary = summarise(all, metrics, ["gender"]);
  assert.equal(summary.test, null);
  assert.deepEqual(summary.groups.gender.map(({ group, n, bias }) => [group, n, bias]), [["female", 1, 0], [
    "male",
    1,
    -10,
  ]]);
});

Deno.test("nothing predicted, nothing measured", () => {
  assert.deepEqual(summarise([], metrics, ["gender", "age_band"]), {
    test: null,
    validation: null,
    groups: { gender: [], age_band: [] },
  });
});

Deno.test("a grouping that no image has gives no rows, whatever its name", () => {
  const summary = summarise(predictions(ROWS), metrics, ["race", "constructor"]);
  assert.deepEqual(summary.groups, { race: [], constructor: [] });
});

Deno.test("bands are ten years, sorted by age and not by letters", () => {
  assert.deepEqual([0, 9, 9.9, 10, 105].map(ageBand), ["0-9", "0-9", "0-9", "10-19", "100-109"]);
  const summary = summarise(predictions([[105, 1], [9, 1], [30, 1]]), metrics, ["age_band"]);
  assert.deepEqual(summary.groups.age_band.map(({ group }) => group), ["0-9", "30-39", "100-109"]);
});
