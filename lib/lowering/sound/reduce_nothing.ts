/**
 * Reductions over no axis (`noop_with_empty_axes`). ONNX still applies what they do to single elements; ONNX Runtime 1.30 gives the
 * input as it is.
 */
import { intOf } from "../attributes.ts";
import type { Repair } from "./_patch.ts";

/** What the reductions do to an element that stays alone, where it changes it. */
const SINGLE: Readonly<Record<string, "Abs" | "Log" | "Mul">> = {
  ReduceL1: "Abs",
  ReduceL2: "Abs",
  ReduceLogSum: "Log",
  ReduceSumSquare: "Mul",
};

export const reducers = Object.keys(SINGLE);

export const reduceNothing: Repair = (patch) => {
  const { op, attrs, inputs: [x, axes] } = patch.node;
  if (intOf(attrs, "noop_with_empty_axes", 0) === 0 || (axes && patch.known.settled(axes)?.data.length !== 0)) {
    return false;
  }
  const single = SINGLE[op];
  return patch.become(single === "Mul" ? [x, x] : [x], {}, single);
};
