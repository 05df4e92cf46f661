/** Powers; base and exponent may differ in element type. */
import { toNumbers } from "../../base/tensor.ts";
import type { OpRule, Tape, Value } from "../../contracts/op.ts";
import { cast, div, equal, greater, log, mul, pow, sub, where } from "../emit.ts";
import { broadcastShapes } from "./_broadcast.ts";
import { checkCount, checkType, required } from "./_check.ts";
import { combine, operand, operandGradients } from "./_elementwise.ts";

/** b·a^(b-1), in cheaper forms for the exponents 2 and 1/2; for the exponent 0 it is 0, also where a is. */
function inBase(dy: Value, tape: Tape): Value {
  const [a, b] = [operand(tape, 0), operand(tape, 1)];
  const fixed = b.constant && b.constant.data.length === 1 ? toNumbers(b.constant)[0] : undefined;
  if (fixed === 2) return mul(dy, mul(a, 2));
  if (fixed === 0.5) return div(mul(dy, 0.5), tape.outputs[0]);
  const exponent = cast(b, a.type);
  const slope = mul(exponent, pow(a, sub(exponent, 1)));
  const mayVanish = b.constant === undefined || toNumbers(b.constant).includes(0);
  return mul(dy, mayVanish ? where(equal(exponent, 0), 0, slope) : slope);
}

/** y·ln a; zero where a is not positive. */
function inExponent(dy: Value, tape: Tape): Value {
  const a = operand(tape, 0);
  const slope = mul(tape.outputs[0], log(where(greater(a, 0), a, 1)));
  return cast(mul(dy, slope), operand(tape, 1).type);
}

const rule: OpRule = {
  type: "Pow",
  infer(inputs) {
    checkCount("Pow", inputs, 2, 2);
    const [base, exponent] = [required("Pow", inputs, 0), required("Pow", inputs, 1)];
    checkType("Pow", base.type, "number");
    checkType("Pow", exponent.type, "number");
    return [{ type: base.type, shape: broadcastShapes("Pow", [base.shape, exponent.shape]) }];
  },
  compute(inputs) {
    return [combine("Pow", [required("Pow", inputs, 0), required("Pow", inputs, 1)], Math.pow)];
  },
  vjp: operandGradients([inBase, inExponent]),
  samples: [
    { shapes: [[2, 3], [3]], range: [0.5, 2] },
    { shapes: [[], [2, 2]], range: [0.5, 2] },
    { shapes: [[2, 3], []], fixed: { 1: { type: "float32", dims: [], data: Float32Array.of(2) } } },
    {
      shapes: [[2, 3], [1]],
      fixed: { 1: { type: "float32", dims: [1], data: Float32Array.of(0.5) } },
      range: [0.5, 2],
    },
    { shapes: [[2, 3], []], fixed: { 1: { type: "int64", dims: [], data: BigInt64Array.of(3n) } } },
  ],
};

export const power: readonly OpRule[] = [rule];
