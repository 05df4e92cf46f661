/** Functions of one element: signs, roots, exponentials, rounding. */
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { div, exp, mul, neg } from "../emit.ts";
import type { Accepts } from "./_check.ts";
import { elementwise, operand } from "./_elementwise.ts";
import { erf } from "./_erf.ts";
import { signOf } from "./_masks.ts";

type Range = readonly [number, number];

function functionOf(
  type: string,
  accepts: Accepts,
  f: (x: number) => number,
  gradient: ((dy: Value, x: Value, y: Value) => Value) | null,
  range: Range = [-2, 2],
): OpRule {
  const samples: readonly Sample[] = [{ shapes: [[2, 3]], range }, { shapes: [[]], range }];
  const inOperand = (dy: Value, tape: Tape): Value => gradient!(dy, operand(tape), tape.outputs[0]);
  const gradients = gradient === null ? null : [inOperand];
  return elementwise(type, { accepts, arity: 1, kernel: () => f, gradients, samples });
}

function emitted(op: string, x: Value): Value {
  return x.builder.emit(op, [x])[0];
}

/** To the nearest integer, halves to the even one. */
function roundHalfEven(x: number): number {
  const low = Math.floor(x);
  if (x - low !== 0.5) return Math.round(x);
  return low % 2 === 0 ? low : low + 1;
}

export const unary: readonly OpRule[] = [
  functionOf("Neg", "number", (x) => -x, (dy) => neg(dy)),
  functionOf("Abs", "number", Math.abs, (dy, x) => mul(dy, signOf(x))),
  functionOf("Sign", "number", Math.sign, null),
  functionOf("Reciprocal", "float", (x) => 1 / x, (dy, _, y) => neg(mul(dy, mul(y, y))), [0.5, 2]),
  functionOf("Sqrt", "float", Math.sqrt, (dy, _, y) => div(mul(dy, 0.5), y), [0.5, 2]),
  functionOf("Exp", "float", Math.exp, (dy, _, y) => mul(dy, y)),
  functionOf("Log", "float", Math.log, (dy, x) => div(dy, x), [0.5, 2]),
  functionOf("Floor", "float", Math.floor, null),
  functionOf("Ceil", "float", Math.ceil, null),
  functionOf("Round", "float", roundHalfEven, null),
  functionOf("Sin", "float", Math.sin, (dy, x) => mul(dy, emitted("Cos", x))),
  functionOf("Cos", "float", Math.cos, (dy, x) => neg(mul(dy, emitted("Sin", x)))),
  functionOf("Erf", "float", erf, (dy, x) => mul(mul(dy, 2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))))),
];
