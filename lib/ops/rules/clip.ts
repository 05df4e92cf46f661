/** Clamping between two optional bounds. */
import { scalar } from "../../base/tensor.ts";
import type { Numbers, OpRule, Tape, Value } from "../../contracts/op.ts";
import { equal, greater, less, reduceSum, reshape, where } from "../emit.ts";
import { checkCount, misfit, required, sharedType, show } from "./_check.ts";
import { operand } from "./_elementwise.ts";
import { numbers } from "./_numbers.ts";

function boundOf(inputs: readonly (Numbers | null)[], i: number, absent: number): number {
  return inputs[i]?.data[0] ?? absent;
}

/** The gradient of a bound: the sum where the value is held by it. */
function inBound(dy: Value, held: Value, bound: Value): Value {
  const sum = reduceSum(where(held, dy, 0), null);
  return bound.shape.length === 0 ? sum : reshape(sum, bound.shape);
}

/** As PyTorch has it, the gradient passes at the bounds too. */
function inValue(dy: Value, tape: Tape): Value {
  return where(equal(operand(tape), tape.outputs[0]), dy, 0);
}

export const clip: readonly OpRule[] = [
  {
    type: "Clip",
    infer(inputs) {
      checkCount("Clip", inputs, 1, 3);
      const x = required("Clip", inputs, 0);
      sharedType("Clip", inputs, "number");
      for (const bound of inputs.slice(1)) {
        const isScalar = bound === null || bound.shape.every((dim) => dim === 1);
        if (!isScalar) misfit("Clip", `a bound has shape ${show(bound.shape)}, it must be a scalar`);
      }
      return [x];
    },
    compute(inputs) {
      const x = required("Clip", inputs, 0);
      const [low, high] = [boundOf(inputs, 1, -Infinity), boundOf(inputs, 2, Infinity)];
      return [numbers(x.type, x.dims, x.data.map((value) => Math.min(Math.max(value, low), high)))];
    },
    vjp(tape, [dy]) {
      const [x, low, high] = [operand(tape), tape.inputs[1] ?? null, tape.inputs[2] ?? null];
      return [
        dy && tape.wanted(0) ? inValue(dy, tape) : null,
        dy && low && tape.wanted(1) ? inBound(dy, less(x, low), low) : null,
        dy && high && tape.wanted(2) ? inBound(dy, greater(x, high), high) : null,
      ].slice(0, tape.inputs.length);
    },
    samples: [
      { shapes: [[2, 3], [], []], fixed: { 1: scalar("float32", -0.5), 2: scalar("float32", 0.5) } },
      { shapes: [[2, 3], [], null], fixed: { 1: scalar("float32", 0) } },
      { shapes: [[2, 3], null, []], fixed: { 2: scalar("float32", 1) } },
      { shapes: [[2, 3], null, null] },
      { shapes: [[2, 3], [], []], range: [0, 1] },
    ],
  },
];
