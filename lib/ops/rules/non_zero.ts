/** The coordinates of elements that are not zero. Their number must be known while a graph is built. */
import { tensor, toNumbers } from "../../base/tensor.ts";
import type { OpRule } from "../../contracts/op.ts";
import { checkCount, misfit, required } from "./_check.ts";
import { numbers, rowMajor } from "./_numbers.ts";

const infer: OpRule["infer"] = (inputs, _attrs, constants) => {
  checkCount("NonZero", inputs, 1, 1);
  const { shape } = required("NonZero", inputs, 0);
  const data = constants[0] ?? misfit("NonZero", "input 0 is computed at run time, it must be constant");
  return [{ type: "int64", shape: [shape.length, toNumbers(data).filter((value) => value !== 0).length] }];
};

const compute: OpRule["compute"] = ([input]) => {
  const x = required("NonZero", [input], 0);
  const strides = rowMajor(x.dims);
  const hits = Array.from(x.data.keys()).filter((i) => x.data[i] !== 0);
  const rows = x.dims.map((dim, axis) => hits.map((i) => Math.floor(i / strides[axis]) % dim));
  return [numbers("int64", [x.dims.length, hits.length], Float64Array.from(rows.flat()))];
};

export const nonZero: readonly OpRule[] = [{
  type: "NonZero",
  infer,
  compute,
  vjp: null,
  samples: [{ shapes: [[2, 3]], fixed: { 0: tensor("float32", [2, 3], [0, 1, 0, -2, 0, 3]) } }],
}];
