/** The k largest or smallest elements along an axis. */
import { type Tensor, tensor } from "../../base/tensor.ts";
import type { Numbers, OpRule, Sample } from "../../contracts/op.ts";
import { type Attrs, int, string } from "../../graph/graph.ts";
import { normalizeAxis } from "./_axes.ts";
import { checkCount, constantInts, intAttr, misfit, required, sharedType } from "./_check.ts";
import { numbers } from "./_numbers.ts";
import { zerosLike } from "./_positions.ts";

const axisOf = (attrs: Attrs, rank: number): number => normalizeAxis("TopK", intAttr(attrs, "axis", -1), rank);

const infer: OpRule["infer"] = (inputs, attrs, constants) => {
  checkCount("TopK", inputs, 2, 2);
  const { shape } = required("TopK", inputs, 0);
  const axis = axisOf(attrs, shape.length);
  const [k] = constantInts("TopK", inputs, constants, 1) ?? misfit("TopK", "input 1 (k) is missing");
  const length = shape[axis];
  if (typeof length === "number" && k > length) misfit("TopK", `k is ${k}, axis ${axis} holds ${length} elements only`);
  const taken = shape.with(axis, k);
  return [{ type: sharedType("TopK", inputs.slice(0, 1), "number"), shape: taken }, { type: "int64", shape: taken }];
};

/** Sorted by value; among equals the one that comes first wins. */
const compute: OpRule["compute"] = (inputs, attrs) => {
  const [x, count] = [required("TopK", inputs, 0), required("TopK", inputs, 1)];
  const axis = axisOf(attrs, x.dims.length);
  const k = count.data[0];
  const sign = intAttr(attrs, "largest", 1) !== 0 ? -1 : 1;
  const length = x.dims[axis];
  const stride = x.dims.slice(axis + 1).reduce((a, b) => a * b, 1);
  const lines = x.data.length / length;
  const values = new Float64Array(lines * k);
  const indices = new Float64Array(lines * k);
  for (let line = 0; line < lines; line++) {
    const [outer, inner] = [Math.floor(line / stride), line % stride];
    const at = (i: number): number => x.data[(outer * length + i) * stride + inner];
    const order = Array.from({ length }, (_, i) => i).sort((a, b) => sign * (at(a) - at(b)) || a - b);
    for (let i = 0; i < k; i++) {
      const target = (outer * k + i) * stride + inner;
      values[target] = at(order[i]);
      indices[target] = order[i];
    }
  }
  return pair(x, x.dims.with(axis, k), values, indices);
};

function pair(x: Numbers, dims: readonly number[], values: Float64Array, indices: Float64Array): readonly Numbers[] {
  return [numbers(x.type, dims, values), numbers("int64", dims, indices)];
}

/** Puts the gradients of the values where they were taken. */
const vjp: OpRule["vjp"] = (tape, [dy]) => {
  const x = required("TopK", tape.inputs, 0);
  if (!dy) return [null, null];
  const attrs = { axis: int(axisOf(tape.attrs, x.shape.length)), reduction: string("add") };
  return [tape.builder.emit("ScatterElements", [zerosLike(x), tape.outputs[1], dy], attrs)[0], null];
};

const taking = (k: number): Readonly<Record<number, Tensor>> => ({ 1: tensor("int64", [1], [k]) });

const samples: readonly Sample[] = [
  { shapes: [[3, 5], [1]], fixed: taking(2), outputs: 2 },
  { shapes: [[2, 4, 3], [1]], fixed: taking(3), attrs: { axis: int(1), largest: int(0) }, outputs: 2 },
  { shapes: [[4, 2], [1]], fixed: taking(4), attrs: { axis: int(0), sorted: int(1) }, outputs: 2 },
];

export const topK: readonly OpRule[] = [{ type: "TopK", infer, compute, vjp, samples }];
