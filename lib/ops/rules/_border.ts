/** Borders around tensors, axis by axis: their lengths, where their elements come from, and the gradient's way back. */
import type { Value } from "../../contracts/op.ts";
import type { Dim } from "../../graph/graph.ts";
import { add, pad, reduceSum, slice } from "../emit.ts";
import { misfit } from "./_check.ts";
import { reversed } from "./_reversed.ts";

/** Elements added before and behind one axis; negative ones are cut off. */
export interface Border {
  readonly begin: number;
  readonly end: number;
}

/** Borders hold a constant, the elements beside the edge mirrored, or the edge repeated. */
export type Mode = "constant" | "reflect" | "edge";

/** The length of an axis with its border. @throws GraphError where mode and length do not allow it. */
export function borderedLength(length: Dim, { begin, end }: Border, mode: Mode): Dim {
  if (begin === 0 && end === 0) return length;
  if (typeof length === "string") misfit("Pad", `it pads an axis of symbolic length ${length}, only known ones can be`);
  const sum = length + begin + end;
  if (sum < 0) misfit("Pad", `pads ${begin} and ${end} cut more than the ${length} elements of an axis`);
  const most = { constant: Infinity, reflect: length - 1, edge: length > 0 ? Infinity : 0 }[mode];
  if (Math.max(begin, end) > most) {
    misfit("Pad", `${mode} pads ${begin} and ${end} reach beyond the ${length} elements of an axis`);
  }
  return sum;
}

/** The input index of each output index along one axis; -1 for the constant. */
export function sourcesOf(length: number, { begin, end }: Border, mode: Mode): readonly number[] {
  return Array.from({ length: length + begin + end }, (_, i) => {
    const at = i - begin;
    if (at >= 0 && at < length) return at;
    if (mode === "constant") return -1;
    if (mode === "edge") return at < 0 ? 0 : length - 1;
    return at < 0 ? -at : 2 * (length - 1) - at;
  });
}

/** The part of a padded value that is not border. */
export function withoutBorders(y: Value, borders: readonly Border[]): Value {
  const axes = borders.flatMap(({ begin, end }, axis) => (begin > 0 || end > 0 ? [axis] : []));
  if (axes.length === 0) return y;
  const begins = axes.map((axis) => Math.max(0, borders[axis].begin));
  const ends = axes.map((axis) => Number(y.shape[axis]) - Math.max(0, borders[axis].end));
  return slice(y, begins, ends, axes);
}

/** Zeros where negative pads cut elements off. */
export function withCutsFilled(inner: Value, borders: readonly Border[]): Value {
  const cut = [...borders.map(({ begin }) => begin), ...borders.map(({ end }) => end)].map((x) => Math.max(0, -x));
  return cut.every((x) => x === 0) ? inner : pad(inner, cut);
}

/** The gradient along `axis` with what lies in its border added to the elements that the border repeats. */
export function foldBorder(dy: Value, axis: number, length: number, border: Border, mode: Mode): Value {
  const alone = dy.shape.map((_, i): Border => (i === axis ? border : { begin: 0, end: 0 }));
  const middle = withCutsFilled(withoutBorders(dy, alone), alone);
  const total = length + border.begin + border.end;
  const parts = [middle];
  if (border.begin > 0) {
    const part = gathered(dy, axis, 0, border.begin, mode);
    parts.push(placed(part, axis, mode === "edge" ? 0 : 1, length));
  }
  if (border.end > 0) {
    const part = gathered(dy, axis, total - border.end, total, mode);
    parts.push(placed(part, axis, mode === "edge" ? length - 1 : length - 1 - border.end, length));
  }
  return parts.reduce(add);
}

/** A border's gradient in the order of its sources: turned where it mirrors, summed where it repeats one element. */
function gathered(dy: Value, axis: number, start: number, end: number, mode: Mode): Value {
  const part = slice(dy, [start], [end], [axis]);
  return mode === "edge" ? reduceSum(part, [axis], true) : reversed(part, [axis]);
}

function placed(part: Value, axis: number, start: number, length: number): Value {
  const before = part.shape.map((_, i) => (i === axis ? start : 0));
  const behind = part.shape.map((dim, i) => (i === axis ? length - start - Number(dim) : 0));
  return pad(part, [...before, ...behind]);
}
