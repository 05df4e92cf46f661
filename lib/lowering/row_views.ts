/** Values as rows of another value in some order, and what the operators that move rows make of them. */
import { sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import type { Attrs, Node } from "../graph/graph.ts";
import { intOf, intsOf } from "./attributes.ts";

/** The value of this shape that is read from `source`, `unit` elements at a time, at these rows. */
export interface RowView {
  readonly source: Value;
  readonly shape: readonly number[];
  /** Elements of a row, which lie side by side in the source. */
  readonly unit: number;
  readonly rows: Int32Array;
}

/** Undefined where the permutation is not given. */
export function transposed(view: RowView | undefined, attrs: Attrs): RowView | undefined {
  if (!view) return undefined;
  const rank = view.shape.length;
  const perm = intsOf(attrs, "perm", []);
  if (perm.length !== rank) return undefined;
  const fixed = rank - 1 - perm.findLastIndex((axis, i) => axis !== i);
  const outer = view.shape.slice(0, rank - fixed);
  const fine = refined(view, sizeOf(view.shape.slice(rank - fixed)));
  const inner = fine.rows.length / sizeOf(outer);
  const strides = rowStrides(outer, inner);
  const axes = perm.slice(0, outer.length);
  const lengths = axes.map((axis) => outer[axis]);
  const rows = picked(fine.rows, [...lengths, inner], [...axes.map((axis) => strides[axis]), 1], 0);
  return { ...fine, shape: perm.map((axis) => view.shape[axis]), rows };
}

/** Outputs of a Slice or Split, whose inputs behind the first are `constants`. */
export function selectedParts(
  node: Node,
  view: RowView | undefined,
  constants: readonly (readonly number[] | undefined)[],
): readonly RowView[] | undefined {
  if (!view || constants.some((constant, i) => i > 0 && node.inputs[i] !== "" && constant === undefined)) {
    return undefined;
  }
  return node.op === "Split" ? split(node, view, constants[1]) : slice(view, constants);
}

function split(
  node: Node,
  view: RowView,
  lengths: readonly number[] | undefined,
): readonly RowView[] | undefined {
  if (!lengths) return undefined;
  const axis = fromFront(intOf(node.attrs, "axis", 0), view);
  let start = 0;
  return lengths.map((length) => {
    const part = range(view, axis, start, 1, length);
    start += length;
    return part;
  });
}

function slice(
  view: RowView,
  [, starts, ends, axes, steps]: readonly (readonly number[] | undefined)[],
): readonly RowView[] | undefined {
  if (!starts || !ends) return undefined;
  let made = view;
  for (const [i, start] of starts.entries()) {
    const axis = fromFront(axes?.[i] ?? i, view);
    const step = steps?.[i] ?? 1;
    if (step < 1) return undefined;
    const [begin, end] = [start, ends[i]].map((at) => clamped(at, view.shape[axis]));
    made = range(made, axis, begin, step, Math.max(0, Math.ceil((end - begin) / step)));
  }
  return [made];
}

function clamped(at: number, length: number): number {
  return Math.min(Math.max(at < 0 ? at + length : at, 0), length);
}

function fromFront(axis: number, { shape }: RowView): number {
  return axis < 0 ? axis + shape.length : axis;
}

/** The elements start, start + step, … along an axis, `length` of them. */
function range(view: RowView, axis: number, start: number, step: number, length: number): RowView {
  const block = step === 1 ? gcd(gcd(start, length), view.shape[axis]) : 1; // that many neighbours stay together
  const fine = refined(view, block * sizeOf(view.shape.slice(axis + 1)));
  const outer = sizeOf(view.shape.slice(0, axis));
  const whole = fine.rows.length / outer;
  const inner = whole * block / view.shape[axis];
  const rows = picked(fine.rows, [outer, length / block, inner], [whole, inner * step, 1], start / block * inner);
  return { ...fine, shape: view.shape.with(axis, length), rows };
}

/** Undefined where a part is no view, or they are of several sources. */
export function concatenated(views: readonly (RowView | undefined)[], attrs: Attrs): RowView | undefined {
  const known = views.filter((view) => view !== undefined);
  if (known.length < views.length || known.some((view) => view.source !== known[0].source)) return undefined;
  const { shape } = known[0];
  const axis = fromFront(intOf(attrs, "axis", 0), known[0]);
  const unit = known.reduce((least, view) => gcd(least, gcd(view.unit, sizeOf(view.shape.slice(axis)))), 0);
  const parts = known.map((view) => refined(view, unit).rows);
  const outer = sizeOf(shape.slice(0, axis));
  const rows = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (let i = 0; i < outer; i++) {
    for (const part of parts) {
      const length = part.length / outer;
      rows.set(part.subarray(i * length, (i + 1) * length), at);
      at += length;
    }
  }
  const length = known.reduce((sum, view) => sum + view.shape[axis], 0);
  return { source: known[0].source, shape: shape.with(axis, length), unit, rows };
}

/** The same view in rows that are a part of `block` elements. */
function refined(view: RowView, block: number): RowView {
  const unit = gcd(view.unit, block);
  const parts = view.unit / unit;
  if (parts === 1) return view;
  const rows = new Int32Array(view.rows.length * parts);
  for (let i = 0; i < rows.length; i++) rows[i] = view.rows[Math.floor(i / parts)] * parts + i % parts;
  return { ...view, unit, rows };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

/** Rows between neighbours along each axis, where `inner` rows make one element. */
function rowStrides(shape: readonly number[], inner: number): readonly number[] {
  return shape.map((_, axis) => inner * sizeOf(shape.slice(axis + 1)));
}

/** The rows at `offset` plus every combination of steps, in row-major order. */
function picked(rows: Int32Array, lengths: readonly number[], strides: readonly number[], offset: number): Int32Array {
  const out = new Int32Array(sizeOf(lengths));
  let at = 0;
  const visit = (axis: number, from: number): void => {
    if (axis === lengths.length) out[at++] = rows[from];
    else for (let i = 0; i < lengths[axis]; i++) visit(axis + 1, from + i * strides[axis]);
  };
  visit(0, offset);
  return out;
}
