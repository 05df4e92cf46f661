/** Which rows of its inputs an operator needs for one row of its output. */
import type { Attrs, Node, Shape } from "../graph/graph.ts";
import { intOf, intsOf } from "./attributes.ts";
import type { Shapes } from "./shapes.ts";

/** One place of an axis. */
export interface Selection {
  readonly axis: number;
  readonly index: number;
}

/** For each input the part that is needed, null: all of it. Undefined where the operator mixes rows, or shapes are not known. */
export function fromInputs(
  node: Node,
  selection: Selection,
  shapes: Shapes,
): readonly (Selection | null)[] | undefined {
  const [x, other] = node.inputs.map((name) => shapes.get(name));
  const y = shapes.get(node.outputs[0]);
  if (node.domain !== "" || !x || !y) return undefined;
  switch (node.op) {
    case "Gelu":
    case "Relu":
    case "Erf":
    case "Sigmoid":
    case "Tanh":
      return [selection];
    case "Add":
    case "Sub":
    case "Mul":
    case "Div":
      return other && [x, other].map((shape) => broadcast(shape, y, selection));
    case "LayerNormalization":
      return firstNormalised(node.attrs, x) > selection.axis ? [selection, null, null] : undefined;
    case "Softmax":
      return firstNormalised(node.attrs, x) === selection.axis ? undefined : [selection];
    case "MatMul":
      return other && product(x, other, y, selection);
    case "Transpose":
      return [{ ...selection, axis: sourceAxis(node.attrs, x.length, selection.axis) }];
  }
}

/** The axis of its input that a Transpose puts at `axis`; it turns the order of all axes round where it names none. */
function sourceAxis(attrs: Attrs, rank: number, axis: number): number {
  return intsOf(attrs, "perm", [])[axis] ?? rank - 1 - axis;
}

/** Operands are aligned at their last axes; one that has a single row serves every row. */
function broadcast(shape: Shape, y: Shape, { axis, index }: Selection): Selection | null {
  const own = axis - (y.length - shape.length);
  return own < 0 || shape[own] === 1 ? null : { axis: own, index };
}

function firstNormalised(attrs: Attrs, x: Shape): number {
  const axis = intOf(attrs, "axis", -1);
  return axis < 0 ? axis + x.length : axis;
}

/** A row of a product is made of that row of its left operand; rows further out only where the right one is a single matrix. */
function product(a: Shape, b: Shape, y: Shape, selection: Selection): readonly (Selection | null)[] | undefined {
  const row = y.length - 2;
  if (a.length !== y.length || b.length < 2 || selection.axis > row) return undefined;
  return selection.axis === row || b.length === 2 ? [selection, null] : undefined;
}
