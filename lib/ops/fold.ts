/** Constant folding: computes a node while the graph is built, where everything it depends on is known. */
import { sizeOf, type Tensor } from "../base/tensor.ts";
import type { OpRule, Value } from "../contracts/op.ts";
import { type Attrs, isStatic, type TensorType } from "../graph/graph.ts";
import { numbersOf, tensorOf } from "./numbers.ts";

/** Results above this are never folded. */
const MOST_ELEMENTS = 2 ** 20;
/** Results up to this are folded even where they are larger than their inputs. */
const SMALL = 4096;
/** Operators that depend on the shape of their input alone. */
const OF_SHAPE: ReadonlySet<string> = new Set(["Shape", "Size"]);

/** The constants that a node would make, or undefined where it must run. `known[i]` is the data of input `i`. */
export function fold(
  rule: OpRule,
  inputs: readonly (Value | null)[],
  known: readonly (Tensor | undefined)[],
  attrs: Attrs,
  types: readonly TensorType[],
): readonly Tensor[] | undefined {
  const shaped = OF_SHAPE.has(rule.type) ? ofShape(rule, inputs[0], attrs) : undefined;
  if (shaped !== undefined) return shaped;
  if (inputs.length === 0 || inputs.some((input, i) => input !== null && known[i] === undefined)) return undefined;
  const available = known.reduce((sum, data) => sum + (data?.data.length ?? 0), 0);
  const bound = Math.min(MOST_ELEMENTS, Math.max(SMALL, available));
  if (!types.every(({ shape }) => isStatic(shape) && sizeOf(shape) <= bound)) return undefined;
  const numbers = known.map((data) => (data === undefined ? null : numbersOf(data)));
  return rule.compute(numbers, attrs, types.length).map(tensorOf);
}

function ofShape(rule: OpRule, input: Value | null, attrs: Attrs): readonly Tensor[] | undefined {
  if (input === null || !isStatic(input.shape)) return undefined;
  const empty = { type: input.type, dims: input.shape, data: new Float64Array(0) };
  return rule.compute([empty], attrs, 1).map(tensorOf);
}
