/** The way from probabilities to labels, and back to a posterior over whole labels. */
import { tensor } from "../base/tensor.ts";
import type { LabelSummary } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { add, clip, div, gemm, mul, reduceSum } from "../ops/emit.ts";
import { classCount, labelAxis } from "../nn/labels.ts";

/** Σ label · probability over [N,K], giving [N]. */
export function expectedLabel(posterior: Value, labels: LabelSummary): Value {
  return reduceSum(mul(posterior, labelAxis(posterior, labels)), [1]);
}

/** first + Σ of [N,K-1]: the label, where each column says how surely it lies above first + k. */
export function labelAbove(above: Value, labels: LabelSummary): Value {
  return add(reduceSum(above, [1]), labels.first);
}

/**
 * The posterior [N,K] over whole labels from the cumulative probabilities P(label > first + k), [N,K-1]: their differences,
 * with negative ones (of probabilities that cross) set to 0, and rows that sum to 1.
 */
export function posteriorOfCumulative(above: Value, labels: LabelSummary): Value {
  const count = classCount(labels);
  const differences = new Float64Array((count - 1) * count);
  for (let k = 0; k < count - 1; k++) {
    differences[k * count + k] = -1;
    differences[k * count + k + 1] = 1;
  }
  const first = Float64Array.from({ length: count }, (_, k) => (k === 0 ? 1 : 0));
  const constant = (dims: readonly number[], data: Float64Array): Value =>
    above.builder.constant(tensor(above.type, dims, data));
  const mass = clip(gemm(above, constant([count - 1, count], differences), constant([count], first)), 0, null);
  return div(mass, reduceSum(mass, [1], true));
}
