/** Labels as graph values: the axis of whole labels, and what targets look like on it. */
import { tensor } from "../base/tensor.ts";
import type { LabelSummary } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { add, cast, div, equal, floor, greater, sub, unsqueeze } from "../ops/emit.ts";

type Range = Pick<LabelSummary, "first" | "last">;

/** How many whole labels there are from first to last. */
export function classCount({ first, last }: Range): number {
  return last - first + 1;
}

/** The labels first … last as a constant [1,K]. */
export function labelAxis(like: Value, labels: Range): Value {
  const count = classCount(labels);
  const axis = Float64Array.from({ length: count }, (_, i) => labels.first + i);
  return like.builder.constant(tensor(like.type, [1, count], axis));
}

/** The thresholds of the K-1 questions "is the label above first + k?" as a constant [1,K-1]. */
export function rankAxis(like: Value, labels: Range): Value {
  return labelAxis(like, { first: labels.first, last: labels.last - 1 });
}

/** Where the whole label nearest to each target lies: bool [N,K]. */
export function isLabel(target: Value, labels: Range): Value {
  return equal(labelAxis(target, labels), unsqueeze(floor(add(target, 0.5)), [1]));
}

/** 1 at the whole label nearest to each target, else 0: [N,K]. */
export function oneHot(target: Value, labels: Range): Value {
  return cast(isLabel(target, labels), target.type);
}

/** The extended binary labels of ordinal regression: 1 where the target is above first + k, [N,K-1]. */
export function levels(target: Value, labels: Range): Value {
  return cast(greater(unsqueeze(target, [1]), rankAxis(target, labels)), target.type);
}

/** The unit of a normalised value in labels: the standard deviation of the training labels, 1 where they are all equal. */
export function valueScale(labels: LabelSummary): number {
  return labels.std > 0 ? labels.std : 1;
}

/** Targets [N] in that unit around the training mean, as column [N,1]. */
export function normalizedTarget(target: Value, labels: LabelSummary): Value {
  return unsqueeze(div(sub(target, labels.mean), valueScale(labels)), [1]);
}
