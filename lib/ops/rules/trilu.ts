/** Triangles of matrices. */
import { tensor } from "../../base/tensor.ts";
import type { OpRule, Sample } from "../../contracts/op.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { checkCount, intAttr, misfit, numbersOf, required, show } from "./_check.ts";
import { numbers } from "./_numbers.ts";

const infer: OpRule["infer"] = (inputs) => {
  checkCount("Trilu", inputs, 1, 2);
  const { type, shape } = required("Trilu", inputs, 0);
  if (shape.length < 2) misfit("Trilu", `input 0 is ${show(shape)}, it must be at least a matrix`);
  return [{ type, shape }];
};

const isUpper = (attrs: Attrs): boolean => intAttr(attrs, "upper", 1) !== 0;

/** Keeps what is on or above (below) the diagonal that lies `k` to the right of the main one. */
const compute: OpRule["compute"] = (inputs, attrs) => {
  const x = required("Trilu", inputs, 0);
  const [rows, columns] = x.dims.slice(-2);
  const [k] = numbersOf(inputs, 1) ?? [0];
  const upper = isUpper(attrs);
  const data = x.data.map((value, i) => {
    const distance = i % columns - Math.floor(i / columns) % rows - k;
    return distance === 0 || distance > 0 === upper ? value : 0;
  });
  return [numbers(x.type, x.dims, data)];
};

const vjp: OpRule["vjp"] = (tape, [dy]) => {
  if (!dy) return tape.inputs.map(() => null);
  return [tape.builder.emit("Trilu", [dy, tape.inputs[1] ?? null], tape.attrs)[0], null];
};

const samples: readonly Sample[] = [
  { shapes: [[3, 4]] },
  { shapes: [[2, 4, 3]], attrs: { upper: int(0) } },
  { shapes: [[3, 3], []], fixed: { 1: tensor("int64", [], [1]) } },
  { shapes: [[4, 3], []], fixed: { 1: tensor("int64", [], [-1]) }, attrs: { upper: int(0) } },
];

export const trilu: readonly OpRule[] = [{ type: "Trilu", infer, compute, vjp, samples }];
