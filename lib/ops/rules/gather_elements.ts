/** Taking and putting single elements along an axis. */
import { type Tensor, tensor } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, int, type Shape, string } from "../../graph/graph.ts";
import { gatherElements as emitGatherElements } from "../emit.ts";
import { normalizeAxis } from "./_axes.ts";
import { checkCount, intAttr, misfit, required, sharedType, show, stringAttr } from "./_check.ts";
import { mayEqual } from "./_dims.ts";
import { numbers } from "./_numbers.ts";
import { combination, elementPositions, requiredIndices, zerosLike } from "./_positions.ts";

function axisOf(op: string, attrs: Attrs, data: Shape, indices: Shape): number {
  if (data.length !== indices.length) misfit(op, `data ${show(data)} and indices ${show(indices)} must have one rank`);
  return normalizeAxis(op, intAttr(attrs, "axis", 0), data.length);
}

const inferGather: OpRule["infer"] = (inputs, attrs) => {
  checkCount("GatherElements", inputs, 2, 2);
  const data = required("GatherElements", inputs, 0);
  const { shape } = requiredIndices("GatherElements", inputs, 1);
  axisOf("GatherElements", attrs, data.shape, shape);
  return [{ type: data.type, shape }];
};

const computeGather: OpRule["compute"] = (inputs, attrs) => {
  const [data, indices] = [required("GatherElements", inputs, 0), required("GatherElements", inputs, 1)];
  const axis = axisOf("GatherElements", attrs, data.dims, indices.dims);
  const positions = elementPositions("GatherElements", data.dims, indices, axis);
  return [numbers(data.type, indices.dims, Float64Array.from(positions, (at) => data.data[at]))];
};

function gatherGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const data = required("GatherElements", tape.inputs, 0);
  if (!dy) return [null, null];
  const attrs = { axis: int(intAttr(tape.attrs, "axis", 0)), reduction: string("add") };
  return [tape.builder.emit("ScatterElements", [zerosLike(data), tape.inputs[1], dy], attrs)[0], null];
}

const inferScatter: OpRule["infer"] = (inputs, attrs) => {
  checkCount("ScatterElements", inputs, 3, 3);
  const [data, updates] = [required("ScatterElements", inputs, 0), required("ScatterElements", inputs, 2)];
  const { shape } = requiredIndices("ScatterElements", inputs, 1);
  axisOf("ScatterElements", attrs, data.shape, shape);
  combination("ScatterElements", attrs);
  if (shape.length !== updates.shape.length || !shape.every((dim, i) => mayEqual(dim, updates.shape[i]))) {
    misfit("ScatterElements", `indices ${show(shape)} and updates ${show(updates.shape)} must have one shape`);
  }
  return [{ type: sharedType("ScatterElements", [data, updates], "any"), shape: data.shape }];
};

const computeScatter: OpRule["compute"] = (inputs, attrs) => {
  const [data, indices, updates] = [0, 1, 2].map((i) => required("ScatterElements", inputs, i));
  const axis = axisOf("ScatterElements", attrs, data.dims, indices.dims);
  const combine = combination("ScatterElements", attrs);
  const out = data.data.slice();
  elementPositions("ScatterElements", data.dims, indices, axis).forEach((at, i) => {
    out[at] = combine(out[at], updates.data[i]);
  });
  return [numbers(data.type, data.dims, out)];
};

function scatterGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [, indices, updates] = [0, 1, 2].map((i) => required("ScatterElements", tape.inputs, i));
  if (!dy) return [null, null, null];
  const reduction = stringAttr(tape.attrs, "reduction", "none");
  if (reduction !== "none" && reduction !== "add") {
    misfit("ScatterElements", `reduction "${reduction}" has no gradient, none and add have`);
  }
  const axis = intAttr(tape.attrs, "axis", 0);
  const covered = () => tape.builder.emit("ScatterElements", [dy, indices, zerosLike(updates)], { axis: int(axis) })[0];
  return [
    tape.wanted(0) ? (reduction === "add" ? dy : covered()) : null,
    null,
    tape.wanted(2) ? emitGatherElements(dy, indices, axis) : null,
  ];
}

const at = (dims: readonly number[], values: readonly number[]): Readonly<Record<number, Tensor>> => ({
  1: tensor("int64", dims, values),
});

const gatherSamples: readonly Sample[] = [
  { shapes: [[3, 4], [3, 1]], fixed: at([3, 1], [2, 0, -1]), attrs: { axis: int(1) } },
  { shapes: [[3, 2], [4, 2]], fixed: at([4, 2], [0, 1, 2, 2, 0, 0, -3, 1]) },
  { shapes: [[2, 3, 2], [2, 2, 1]], fixed: at([2, 2, 1], [0, 2, 1, 1]), attrs: { axis: int(-2) } },
];

const scatterSamples: readonly Sample[] = [
  { shapes: [[3, 4], [3, 2], [3, 2]], fixed: at([3, 2], [2, 0, -1, 1, 0, 3]), attrs: { axis: int(1) } },
  { shapes: [[3, 2], [2, 2], [2, 2]], fixed: at([2, 2], [0, 1, 0, -1]), attrs: { reduction: string("add") } },
  { shapes: [[2, 3], [1, 3], [1, 3]], fixed: at([1, 3], [1, 0, 1]), attrs: { axis: int(0) } },
];

export const gatherElements: readonly OpRule[] = [
  {
    type: "GatherElements",
    infer: inferGather,
    compute: computeGather,
    vjp: gatherGradient,
    samples: gatherSamples,
  },
  {
    type: "ScatterElements",
    infer: inferScatter,
    compute: computeScatter,
    vjp: scatterGradient,
    samples: scatterSamples,
  },
];
