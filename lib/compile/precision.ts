/** In which precision each operator of a mixed train step computes. */
import type { Node } from "../graph/graph.ts";

/** Products, and what copies a small value to a large one: always float16. */
const NARROW: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Einsum", "Expand", "Gemm", "MatMul", "Tile"]);

/** Element by element, and changes of place: float16 where any input is; among statistics float32. */
const FOLLOWING: ReadonlySet<string> = new Set([
  ...["Abs", "Add", "Max", "Min", "Mul", "Neg", "Sign", "Sub", "Where"],
  ...["Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"],
  ...["Clip", "Elu", "Erf", "Gelu", "HardSigmoid", "HardSwish", "LeakyRelu", "PRelu", "Relu", "Sigmoid", "Tanh"],
  ...["AveragePool", "MaxPool"],
  ...[
    "Concat",
    "DepthToSpace",
    "Flatten",
    "Gather",
    "GatherElements",
    "GatherND",
    "Identity",
    "Pad",
    "Reshape",
    "Slice",
  ],
  ...["SpaceToDepth", "Split", "Squeeze", "Transpose", "Unsqueeze"],
]);

/** What gathers many values into a statistic, which stays float32. */
const REDUCTIONS: ReadonlySet<string> = new Set([
  "GlobalAveragePool",
  "ReduceL1",
  "ReduceL2",
  "ReduceLogSum",
  "ReduceLogSumExp",
  "ReduceMax",
  "ReduceMean",
  "ReduceMin",
  "ReduceProd",
  "ReduceSum",
  "ReduceSumSquare",
]);

/**
 * narrow: inputs and outputs are float16. following: so where any input is. reduction: all float32. wide, everything else, such as
 * normalisations, exponentials and quotients: computed in float32, with float16 outputs where any input is.
 */
export type Precision = "narrow" | "following" | "reduction" | "wide";

export function precisionOf({ op, domain }: Node): Precision {
  if (domain !== "") return "wide";
  if (NARROW.has(op)) return "narrow";
  if (FOLLOWING.has(op)) return "following";
  return REDUCTIONS.has(op) ? "reduction" : "wide";
}
