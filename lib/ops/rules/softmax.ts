/** Normalised exponentials along one axis. */
import type { Numbers, OpRule, Sample, Value } from "../../contracts/op.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { exp, mul, reduceSum, sub } from "../emit.ts";
import { normalizeAxis } from "./_axes.ts";
import { checkCount, checkType, intAttr, required } from "./_check.ts";
import { operand } from "./_elementwise.ts";
import { mapLines } from "./_lines.ts";

const samples: readonly Sample[] = [
  { shapes: [[2, 3]] },
  { shapes: [[2, 3, 2]], attrs: { axis: int(1) } },
  { shapes: [[2, 3, 2]], attrs: { axis: int(-3) } },
];

function axisOf(type: string, attrs: Attrs, rank: number): number {
  return normalizeAxis(type, intAttr(attrs, "axis", -1), rank);
}

/** An operator that maps every line along `axis` by itself. */
function along(
  type: string,
  f: (line: Float64Array) => Float64Array,
  gradient: (dy: Value, y: Value, axis: number) => Value,
): OpRule {
  return {
    type,
    infer(inputs, attrs) {
      checkCount(type, inputs, 1, 1);
      const x = required(type, inputs, 0);
      checkType(type, x.type, "float");
      axisOf(type, attrs, x.shape.length);
      return [x];
    },
    compute(inputs, attrs): readonly Numbers[] {
      const x = required(type, inputs, 0);
      return [mapLines(x, axisOf(type, attrs, x.dims.length), f)];
    },
    vjp(tape, [dy]) {
      const axis = axisOf(type, tape.attrs, operand(tape).shape.length);
      return [dy && tape.wanted(0) ? gradient(dy, tape.outputs[0], axis) : null];
    },
    samples,
  };
}

/** ln Σ eˣ without overflow. */
function logSum(line: Float64Array): number {
  const most = Math.max(...line);
  return most + Math.log(line.reduce((sum, x) => sum + Math.exp(x - most), 0));
}

export const softmax: readonly OpRule[] = [
  along(
    "Softmax",
    (line) => {
      const total = logSum(line);
      return line.map((x) => Math.exp(x - total));
    },
    (dy, y, axis) => mul(y, sub(dy, reduceSum(mul(dy, y), [axis], true))),
  ),
  along(
    "LogSoftmax",
    (line) => {
      const total = logSum(line);
      return line.map((x) => x - total);
    },
    (dy, y, axis) => sub(dy, mul(exp(y), reduceSum(dy, [axis], true))),
  ),
];
