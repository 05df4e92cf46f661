/** Indices as rows with one entry switched on. */
import { type Tensor, tensor } from "../../base/tensor.ts";
import type { OpRule, Sample } from "../../contracts/op.ts";
import { int } from "../../graph/graph.ts";
import { normalizeAxis } from "./_axes.ts";
import { checkCount, checkType, constantInts, intAttr, misfit, required } from "./_check.ts";
import { numbers } from "./_numbers.ts";

const infer: OpRule["infer"] = (inputs, attrs, constants) => {
  checkCount("OneHot", inputs, 3, 3);
  const [indices, values] = [required("OneHot", inputs, 0), required("OneHot", inputs, 2)];
  checkType("OneHot", indices.type, "number");
  const [depth] = constantInts("OneHot", inputs, constants, 1) ?? misfit("OneHot", "input 1 (depth) is missing");
  const axis = normalizeAxis("OneHot", intAttr(attrs, "axis", -1), indices.shape.length + 1);
  return [{ type: values.type, shape: indices.shape.toSpliced(axis, 0, depth) }];
};

/** An index outside -depth … depth-1 switches nothing on. */
const compute: OpRule["compute"] = (inputs, attrs) => {
  const [indices, depths, values] = [0, 1, 2].map((i) => required("OneHot", inputs, i));
  const depth = depths.data[0];
  const axis = normalizeAxis("OneHot", intAttr(attrs, "axis", -1), indices.dims.length + 1);
  const inner = indices.dims.slice(axis).reduce((a, b) => a * b, 1);
  const [off, on] = values.data;
  const out = new Float64Array(indices.data.length * depth).fill(off);
  indices.data.forEach((index, i) => {
    const entry = index < 0 ? index + depth : index;
    if (entry < 0 || entry >= depth) return;
    out[(Math.floor(i / inner) * depth + entry) * inner + i % inner] = on;
  });
  return [numbers(values.type, indices.dims.toSpliced(axis, 0, depth), out)];
};

const classes = (dims: readonly number[], indices: readonly number[]): Readonly<Record<number, Tensor>> => ({
  0: tensor("int64", dims, indices),
  1: tensor("int64", [], [4]),
  2: tensor("float32", [2], [-1, 3]),
});

const samples: readonly Sample[] = [
  { shapes: [[3], [], [2]], fixed: classes([3], [2, -1, 7]) },
  { shapes: [[2, 2], [], [2]], fixed: classes([2, 2], [0, 3, 1, 1]), attrs: { axis: int(1) } },
];

export const oneHot: readonly OpRule[] = [{ type: "OneHot", infer, compute, vjp: null, samples }];
