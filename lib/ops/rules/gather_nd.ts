/** Taking and putting whole slices by their coordinates. */
import { type Tensor, tensor } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, int, type Shape, string } from "../../graph/graph.ts";
import { cast, concat, expand } from "../emit.ts";
import { allAxes } from "./_axes.ts";
import { checkCount, intAttr, misfit, required, sharedType, show, stringAttr } from "./_check.ts";
import { known, mayEqual } from "./_dims.ts";
import { numbers } from "./_numbers.ts";
import { combination, requiredIndices, slicePositions, zerosLike } from "./_positions.ts";

/** Shape of the slices that `indices` [batch…, …, depth] takes of `data`: what is left behind the coordinates. */
function slicesShape(op: string, data: Shape, indices: Shape, batch: number): Shape {
  const depth = indices[indices.length - 1];
  if (typeof depth !== "number" || batch + depth > data.length || batch >= indices.length) {
    misfit(op, `indices ${show(indices)} with ${batch} batch axes do not index data ${show(data)}`);
  }
  if (!allAxes(batch).every((axis) => mayEqual(data[axis], indices[axis]))) {
    misfit(op, `data ${show(data)} and indices ${show(indices)} differ in the first ${batch} axes`);
  }
  return [...indices.slice(0, -1), ...data.slice(batch + depth)];
}

const batchOf = (attrs: Attrs): number => intAttr(attrs, "batch_dims", 0);

const inferGather: OpRule["infer"] = (inputs, attrs) => {
  checkCount("GatherND", inputs, 2, 2);
  const data = required("GatherND", inputs, 0);
  const indices = requiredIndices("GatherND", inputs, 1);
  return [{ type: data.type, shape: slicesShape("GatherND", data.shape, indices.shape, batchOf(attrs)) }];
};

const computeGather: OpRule["compute"] = (inputs, attrs) => {
  const [data, indices] = [required("GatherND", inputs, 0), required("GatherND", inputs, 1)];
  const batch = batchOf(attrs);
  const dims = slicesShape("GatherND", data.dims, indices.dims, batch) as readonly number[];
  const { starts, size } = slicePositions("GatherND", data.dims, indices, batch);
  const out = new Float64Array(starts.length * size);
  starts.forEach((start, i) => out.set(data.data.subarray(start, start + size), i * size));
  return [numbers(data.type, dims, out)];
};

function gatherGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [data, indices] = [required("GatherND", tape.inputs, 0), required("GatherND", tape.inputs, 1)];
  if (!dy) return [null, null];
  const full = withBatch(cast(indices, "int64"), batchOf(tape.attrs));
  return [tape.builder.emit("ScatterND", [zerosLike(data), full, dy], { reduction: string("add") })[0], null];
}

/** Indices that name the batch as well, as ScatterND needs them. */
function withBatch(indices: Value, batch: number): Value {
  if (batch === 0) return indices;
  const shape = [...known("GatherND", indices.shape.slice(0, -1), "the shape of batched indices"), 1];
  const coordinates = allAxes(batch).map((axis) => {
    const length = shape[axis];
    const line = tensor("int64", shape.map((_, i) => (i === axis ? length : 1)), allAxes(length));
    return expand(indices.builder.constant(line), shape);
  });
  return concat([...coordinates, indices], shape.length - 1);
}

const inferScatter: OpRule["infer"] = (inputs, attrs) => {
  checkCount("ScatterND", inputs, 3, 3);
  const [data, updates] = [required("ScatterND", inputs, 0), required("ScatterND", inputs, 2)];
  const indices = requiredIndices("ScatterND", inputs, 1);
  const slices = slicesShape("ScatterND", data.shape, indices.shape, 0);
  if (slices.length !== updates.shape.length || !slices.every((dim, i) => mayEqual(dim, updates.shape[i]))) {
    misfit("ScatterND", `updates have shape ${show(updates.shape)}, ${show(slices)} is needed`);
  }
  combination("ScatterND", attrs);
  return [{ type: sharedType("ScatterND", [data, updates], "any"), shape: data.shape }];
};

const computeScatter: OpRule["compute"] = (inputs, attrs) => {
  const [data, indices, updates] = [0, 1, 2].map((i) => required("ScatterND", inputs, i));
  const combine = combination("ScatterND", attrs);
  const { starts, size } = slicePositions("ScatterND", data.dims, indices, 0);
  const out = data.data.slice();
  for (let i = 0; i < updates.data.length; i++) {
    const target = starts[Math.floor(i / size)] + i % size;
    out[target] = combine(out[target], updates.data[i]);
  }
  return [numbers(data.type, data.dims, out)];
};

function scatterGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [, indices, updates] = [0, 1, 2].map((i) => required("ScatterND", tape.inputs, i));
  if (!dy) return [null, null, null];
  const reduction = stringAttr(tape.attrs, "reduction", "none");
  if (reduction !== "none" && reduction !== "add") {
    misfit("ScatterND", `reduction "${reduction}" has no gradient, none and add have`);
  }
  const covered = () => tape.builder.emit("ScatterND", [dy, indices, zerosLike(updates)])[0];
  return [
    tape.wanted(0) ? (reduction === "add" ? dy : covered()) : null,
    null,
    tape.wanted(2) ? tape.builder.emit("GatherND", [dy, indices])[0] : null,
  ];
}

const at = (dims: readonly number[], values: readonly number[]): Readonly<Record<number, Tensor>> => ({
  1: tensor("int64", dims, values),
});

const gatherSamples: readonly Sample[] = [
  { shapes: [[3, 4], [2, 2]], fixed: at([2, 2], [0, 3, -1, 1]) },
  { shapes: [[3, 4], [3, 1]], fixed: at([3, 1], [2, 0, 2]) },
  { shapes: [[2, 3, 2], [2, 1]], fixed: at([2, 1], [2, 0]), attrs: { batch_dims: int(1) } },
  {
    shapes: [[2, 2, 3], [2, 2, 2, 1]],
    fixed: at([2, 2, 2, 1], [0, 2, 1, 1, 2, 0, 0, 0]),
    attrs: { batch_dims: int(2) },
  },
];

const scatterSamples: readonly Sample[] = [
  { shapes: [[4, 3], [2, 1], [2, 3]], fixed: at([2, 1], [2, -4]) },
  { shapes: [[3, 4], [3, 2], [3]], fixed: at([3, 2], [0, 1, 2, 3, 0, 1]), attrs: { reduction: string("add") } },
  { shapes: [[2, 3, 2], [1, 2, 1], [1, 2, 3, 2]], fixed: at([1, 2, 1], [1, 0]) },
];

export const gatherNd: readonly OpRule[] = [
  { type: "GatherND", infer: inferGather, compute: computeGather, vjp: gatherGradient, samples: gatherSamples },
  { type: "ScatterND", infer: inferScatter, compute: computeScatter, vjp: scatterGradient, samples: scatterSamples },
];
