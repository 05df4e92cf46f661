import assert from "node:assert/strict";
import { labelWeights, type Weighting } from "../../lib/losses/_weights.ts";
import { losses } from "../../lib/losses/mod.ts";
import { rankImportance } from "../../lib/losses/coral.ts";
import { assertClose } from "../nn/_run.ts";

const labels = { first: 20, last: 24, mean: 22, std: 1, counts: [100, 10, 0, 50, 1] };
const standard: Weighting = { weights: "none", beta: 0.99, bandwidth: 1 };

function weightsOf(params: Partial<Weighting>): Float64Array {
  return labelWeights(labels, { ...standard, ...params })!;
}

Deno.test("weights: none gives none; every scheme has mean 1 over the training images", () => {
  assert.equal(labelWeights(labels, standard), undefined);
  const images = labels.counts.reduce((sum, n) => sum + n, 0);
  for (const weights of ["inverse", "effective", "density"] as const) {
    const found = weightsOf({ weights });
    const mean = labels.counts.reduce((sum, n, i) => sum + n * found[i], 0) / images;
    assertClose({ data: [mean] }, [1], 1e-12, weights);
    assert.ok(found.every((weight) => weight > 0 && Number.isFinite(weight)), weights);
  }
});

Deno.test("weights: inverse is proportional to 1/n, effective to 1/(1 - beta^n)", () => {
  const inverse = weightsOf({ weights: "inverse" });
  assertClose({ data: [inverse[1] / inverse[0], inverse[4] / inverse[3]] }, [10, 50], 1e-12, "inverse");
  const effective = weightsOf({ weights: "effective" });
  const ratio = (1 - 0.99 ** 100) / (1 - 0.99 ** 10);
  assertClose({ data: [effective[1] / effective[0]] }, [ratio], 1e-12, "effective");
});

Deno.test("weights: density is 1 over the counts smoothed by a Gaussian, over the labels that there are", () => {
  const density = weightsOf({ weights: "density" });
  const g = [1, Math.exp(-0.5), Math.exp(-2), Math.exp(-4.5), Math.exp(-8)];
  const first = (100 * g[0] + 10 * g[1] + 1 * g[2] + 50 * g[3] + 1 * g[4]) / (g[0] + g[1] + g[2] + g[3] + g[4]);
  const last = (1 * g[0] + 50 * g[1] + 1 * g[2] + 10 * g[3] + 100 * g[4]) / (g[0] + g[1] + g[2] + g[3] + g[4]);
  assertClose({ data: [density[4] / density[0]] }, [first / last], 1e-12, "density");
});

Deno.test("importance of ranks goes over the whole range, labels without images included", () => {
  const above = [61, 51, 51, 1];
  const larger = above.map((n) => Math.sqrt(Math.max(n, 161 - n)));
  assertClose({ data: rankImportance(labels) }, larger.map((root) => root / Math.max(...larger)), 1e-12, "importance");
});

Deno.test("every loss takes the same weighting", () => {
  for (const loss of losses) {
    const params = loss.params.parse({ weights: "inverse" });
    assert.deepEqual(loss.weights!(labels, params), weightsOf({ weights: "inverse" }), loss.name);
  }
});
