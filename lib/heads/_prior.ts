/** Where the biases of ordinal heads start: at what the training labels alone tell. */
import type { LabelSummary } from "../contracts/model.ts";

/** log(a / b) of two counts, each with half a count added, so that none is infinite. */
export function logOdds(a: number, b: number): number {
  return Math.log((a + 0.5) / (b + 0.5));
}

/** Training images with a label above first + k, for k = 0 … K-2. */
export function countsAbove({ counts }: LabelSummary): readonly number[] {
  let rest = counts.reduce((sum, n) => sum + n, 0);
  return counts.slice(0, -1).map((n) => rest -= n);
}
