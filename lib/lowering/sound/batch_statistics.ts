/**
 * BatchNormalization with training_mode 1. ONNX Runtime 1.30 opens it and refuses when it runs. It is written with reductions over
 * all axes but the channels, the variance divided by the number of elements.
 */
import { type Attrs, int, ints } from "../../graph/graph.ts";
import { intOf } from "../attributes.ts";
import type { Patch, Repair } from "./_patch.ts";

export const batchStatistics: Repair = (patch) => {
  const { attrs, inputs: [x, scale, bias, oldMean, oldVariance], outputs } = patch.node;
  if (intOf(attrs, "training_mode", 0) === 0) return false;
  const rank = patch.known.shape(x)?.length ?? patch.refuse("its rank is not known", "export it with inferred shapes");
  const axes = Array.from({ length: rank }, (_, axis) => axis).filter((axis) => axis !== 1);
  const alongChannels = patch.int64s([-1, ...new Array(rank - 2).fill(1)]);
  const perChannel = (vector: string): string => patch.add("Reshape", [vector, alongChannels]);
  const mean = reduceMean(patch, x, axes);
  const centred = patch.add("Sub", [x, mean]);
  const variance = reduceMean(patch, patch.add("Mul", [centred, centred]), axes);
  const epsilon = patch.number(floatOf(attrs, "epsilon", 1e-5), x);
  const deviation = patch.add("Sqrt", [patch.add("Add", [variance, epsilon])]);
  const factor = patch.add("Div", [perChannel(scale), deviation]);
  patch.become([patch.add("Mul", [centred, factor]), perChannel(bias)], {}, "Add");
  if (outputs[1]) blend(patch, oldMean, mean, outputs[1]);
  if (outputs[2]) blend(patch, oldVariance, variance, outputs[2]);
  return true;
};

/** The running statistics: momentum of the old ones, the rest of the present ones. */
function blend(patch: Patch, old: string, present: string, output: string): void {
  const keep = floatOf(patch.node.attrs, "momentum", 0.9);
  const vector = patch.add("Reshape", [present, patch.int64s([-1])]);
  const kept = patch.add("Mul", [old, patch.number(keep, old)]);
  const added = patch.add("Mul", [vector, patch.number(1 - keep, old)]);
  patch.become([kept, added], {}, "Add", output);
}

function reduceMean(patch: Patch, x: string, axes: readonly number[]): string {
  return patch.opset < 18
    ? patch.add("ReduceMean", [x], { axes: ints(axes), keepdims: int(1) })
    : patch.add("ReduceMean", [x, patch.int64s(axes)], { keepdims: int(1) });
}

function floatOf(attrs: Attrs, name: string, absent: number): number {
  const attr = attrs[name];
  return attr?.kind === "float" ? attr.value : absent;
}
