/** Running sums. */
import { scalar, type Tensor } from "../../base/tensor.ts";
import type { OpRule, Sample } from "../../contracts/op.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { normalizeAxis } from "./_axes.ts";
import { checkCount, intAttr, required, sharedType } from "./_check.ts";
import { mapLines } from "./_lines.ts";
import { settle } from "./_numbers.ts";

const isExclusive = (attrs: Attrs): boolean => intAttr(attrs, "exclusive", 0) !== 0;
const isReverse = (attrs: Attrs): boolean => intAttr(attrs, "reverse", 0) !== 0;

const infer: OpRule["infer"] = (inputs, _attrs, constants) => {
  checkCount("CumSum", inputs, 2, 2);
  const { shape } = required("CumSum", inputs, 0);
  required("CumSum", inputs, 1);
  if (constants[1]) normalizeAxis("CumSum", Number(constants[1].data[0]), shape.length);
  return [{ type: sharedType("CumSum", inputs.slice(0, 1), "number"), shape }];
};

const compute: OpRule["compute"] = (inputs, attrs) => {
  const [x, axis] = [required("CumSum", inputs, 0), required("CumSum", inputs, 1)];
  const [exclusive, reverse] = [isExclusive(attrs), isReverse(attrs)];
  const sums = mapLines(x, normalizeAxis("CumSum", axis.data[0], x.dims.length), (line) => {
    const out = new Float64Array(line.length);
    let sum = 0;
    for (let step = 0; step < line.length; step++) {
      const i = reverse ? line.length - 1 - step : step;
      out[i] = exclusive ? sum : sum + line[i];
      sum += line[i];
    }
    return out;
  });
  return [{ ...sums, data: settle(x.type, sums.data) }];
};

/** The gradient is the running sum from the other end. */
const vjp: OpRule["vjp"] = (tape, [dy]) => {
  if (!dy) return [null, null];
  const attrs = { ...tape.attrs, reverse: int(isReverse(tape.attrs) ? 0 : 1) };
  return [tape.builder.emit("CumSum", [dy, tape.inputs[1]], attrs)[0], null];
};

const along = (axis: number): Readonly<Record<number, Tensor>> => ({ 1: scalar("int64", axis) });

const samples: readonly Sample[] = [
  { shapes: [[3, 4], []], fixed: along(1) },
  { shapes: [[2, 3, 4], []], fixed: along(-2), attrs: { exclusive: int(1) } },
  { shapes: [[5], []], fixed: along(0), attrs: { reverse: int(1) } },
  { shapes: [[2, 4, 2], []], fixed: along(1), attrs: { exclusive: int(1), reverse: int(1) } },
];

export const scan: readonly OpRule[] = [{ type: "CumSum", infer, compute, vjp, samples }];
