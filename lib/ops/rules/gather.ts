/** Taking slices along one axis. */
import { sizeOf, type Tensor, tensor, toNumbers } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { int, type Shape, string } from "../../graph/graph.ts";
import { cast, constantLike, pad, transpose, unsqueeze } from "../emit.ts";
import { allAxes, normalizeAxis } from "./_axes.ts";
import { expandLike } from "./_broadcast.ts";
import { checkCount, intAttr, required } from "./_check.ts";
import { numbers } from "./_numbers.ts";
import { position, requiredIndices } from "./_positions.ts";
import { reshapeTo } from "./_reshape.ts";

const infer: OpRule["infer"] = (inputs, attrs) => {
  checkCount("Gather", inputs, 2, 2);
  const { type, shape } = required("Gather", inputs, 0);
  const indices = requiredIndices("Gather", inputs, 1);
  const axis = normalizeAxis("Gather", intAttr(attrs, "axis", 0), shape.length);
  return [{ type, shape: [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)] }];
};

const compute: OpRule["compute"] = (inputs, attrs) => {
  const [x, indices] = [required("Gather", inputs, 0), required("Gather", inputs, 1)];
  const axis = normalizeAxis("Gather", intAttr(attrs, "axis", 0), x.dims.length);
  const size = sizeOf(x.dims.slice(axis + 1));
  const block = size * x.dims[axis];
  const rows = Array.from(indices.data, (index) => position("Gather", index, x.dims[axis]) * size);
  const out = new Float64Array(sizeOf(x.dims.slice(0, axis)) * rows.length * size);
  let next = 0;
  for (let start = 0; start < x.data.length; start += block) {
    for (const row of rows) {
      out.set(x.data.subarray(start + row, start + row + size), next);
      next += size;
    }
  }
  return [numbers(x.type, [...x.dims.slice(0, axis), ...indices.dims, ...x.dims.slice(axis + 1)], out)];
};

/** Adds dy back to the rows it was taken from; a constant run of rows is put in place by Pad, which is cheaper. */
function vjp(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [x, indices] = [required("Gather", tape.inputs, 0), required("Gather", tape.inputs, 1)];
  if (!dy) return [null, null];
  const axis = normalizeAxis("Gather", intAttr(tape.attrs, "axis", 0), x.shape.length);
  const start = runStart(indices, x.shape[axis]);
  return [start === undefined ? scattered(dy, x, indices, axis) : placed(dy, x, indices, axis, start), null];
}

/** The first of constant indices that count up by one; undefined where they do not. */
function runStart(indices: Value, length: Shape[number]): number | undefined {
  if (indices.constant === undefined || typeof length !== "number") return undefined;
  const rows = Array.from(toNumbers(indices.constant), (index) => position("Gather", index, length));
  return rows.every((row, i) => row === rows[0] + i) ? rows[0] : undefined;
}

function placed(dy: Value, x: Value, indices: Value, axis: number, start: number): Value {
  const count = sizeOf(indices.shape as readonly number[]);
  const rows = indices.shape.length === 1 ? dy : reshapeTo(dy, x.shape.with(axis, count));
  const [begins, ends] = [x.shape.map(() => 0), x.shape.map(() => 0)];
  begins[axis] = start;
  ends[axis] = Number(x.shape[axis]) - start - count;
  return pad(rows, [...begins, ...ends]);
}

/** ScatterND over the axis brought to the front. */
function scattered(dy: Value, x: Value, indices: Value, axis: number): Value {
  const rank = indices.shape.length;
  const taken = allAxes(rank).map((i) => i + axis);
  const rest = allAxes(dy.shape.length).filter((i) => !taken.includes(i));
  const rows = axis === 0 ? dy : transpose(dy, [...taken, ...rest]);
  const front = allAxes(x.shape.length).filter((i) => i !== axis);
  const like = axis === 0 ? x : transpose(x, [axis, ...front]);
  const attrs = { reduction: string("add") };
  const target = expandLike(constantLike(x, 0), like);
  const places = unsqueeze(cast(indices, "int64"), [rank]);
  const sums = x.builder.emit("ScatterND", [target, places, rows], attrs)[0];
  return axis === 0 ? sums : transpose(sums, allAxes(x.shape.length).map((i) => [axis, ...front].indexOf(i)));
}

const at = (dims: readonly number[], values: readonly number[]): Readonly<Record<number, Tensor>> => ({
  1: tensor("int64", dims, values),
});

const samples: readonly Sample[] = [
  { shapes: [[4, 3], [3]], fixed: at([3], [2, 0, 2]) },
  { shapes: [[4, 3], [3]], fixed: { 1: tensor("int32", [3], [2, 0, 2]) } },
  { shapes: [[3, 4], [2, 2]], fixed: at([2, 2], [3, -1, 0, 1]), attrs: { axis: int(1) } },
  { shapes: [[2, 4, 3], []], fixed: at([], [1]), attrs: { axis: int(1) } },
  { shapes: [[2, 4, 3], [2]], fixed: at([2], [-3, 2]), attrs: { axis: int(-2) } },
  { shapes: [[5, 2], [2, 2]], fixed: at([2, 2], [1, 2, 3, 4]) },
  { shapes: [[2, 3], [3]], fixed: at([3], [2, 1, 0]), attrs: { axis: int(-1) } },
];

export const gather: readonly OpRule[] = [{ type: "Gather", infer, compute, vjp, samples }];
