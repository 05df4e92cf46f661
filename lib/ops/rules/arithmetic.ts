/** Arithmetic of two or more broadcast operands. */
import { type DType, isFloat } from "../../base/tensor.ts";
import type { OpRule, Sample, Vjp } from "../../contracts/op.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { add, cast, div, equal, mul, neg, sub } from "../emit.ts";
import { unbroadcast } from "./_broadcast.ts";
import { intAttr, misfit } from "./_check.ts";
import { elementwise, type Gradient, operand } from "./_elementwise.ts";

const pairs: readonly Sample[] = [
  { shapes: [[2, 3], [2, 3]] },
  { shapes: [[2, 3, 4], [3, 1]] },
  { shapes: [[3], [2, 1]] },
  { shapes: [[2, 2], []] },
];
const positive: readonly Sample[] = pairs.map((sample) => ({ ...sample, range: [0.5, 2] }));
const several: readonly Sample[] = [...pairs, { shapes: [[2, 3]] }, { shapes: [[2, 3], [3], [2, 1]] }];

const pass: Gradient = (dy) => dy;

/** The gradient goes to the operand that is the result; tied operands share it equally. */
const toExtreme: Vjp = (tape, [dy]) => {
  if (!dy) return tape.inputs.map(() => null);
  const [y] = tape.outputs;
  const hits = tape.inputs.map((_, i) => cast(equal(operand(tape, i), y), y.type));
  const part = div(dy, hits.reduce(add));
  return hits.map((hit, i) => (tape.wanted(i) ? unbroadcast(mul(part, hit), operand(tape, i).shape) : null));
};

/** a mod b in b: a - y is b times the truncated quotient. */
const inDivisor: Gradient = (dy, tape) => {
  const [y] = tape.outputs;
  return mul(dy, div(sub(y, operand(tape, 0)), operand(tape, 1)));
};

/** With fmod the quotient rounds toward zero as in C, else toward minus infinity as in Python. */
function remainder(attrs: Attrs, type: DType): (a: number, b: number) => number {
  if (intAttr(attrs, "fmod", 0) !== 0) return (a, b) => a % b;
  if (isFloat(type)) misfit("Mod", `inputs are ${type}, they need fmod = 1`);
  return (a, b) => a - b * Math.floor(a / b);
}

export const arithmetic: readonly OpRule[] = [
  elementwise("Add", {
    accepts: "number",
    arity: 2,
    kernel: () => (a, b) => a + b,
    gradients: [pass],
    samples: pairs,
  }),
  elementwise("Sub", {
    accepts: "number",
    arity: 2,
    kernel: () => (a, b) => a - b,
    gradients: [pass, (dy) => neg(dy)],
    samples: pairs,
  }),
  elementwise("Mul", {
    accepts: "number",
    arity: 2,
    kernel: () => (a, b) => a * b,
    gradients: [(dy, tape) => mul(dy, operand(tape, 1)), (dy, tape) => mul(dy, operand(tape, 0))],
    samples: pairs,
  }),
  elementwise("Div", {
    accepts: "number",
    arity: 2,
    kernel: () => (a, b) => a / b,
    gradients: [
      (dy, tape) => div(dy, operand(tape, 1)),
      (dy, tape) => neg(div(mul(dy, tape.outputs[0]), operand(tape, 1))),
    ],
    samples: positive,
  }),
  elementwise("Mod", {
    accepts: "number",
    arity: 2,
    kernel: remainder,
    gradients: [pass, inDivisor],
    samples: [{ shapes: [[2, 3], [3]], attrs: { fmod: int(1) }, range: [0.6, 1.1] }],
  }),
  elementwise("Min", {
    accepts: "number",
    arity: "variadic",
    kernel: () => Math.min,
    gradients: toExtreme,
    samples: several,
  }),
  elementwise("Max", {
    accepts: "number",
    arity: "variadic",
    kernel: () => Math.max,
    gradients: toExtreme,
    samples: several,
  }),
  elementwise("Sum", {
    accepts: "float",
    arity: "variadic",
    kernel: () => (...x) => x.reduce((a, b) => a + b),
    gradients: [pass],
    samples: several,
  }),
  elementwise("Mean", {
    accepts: "float",
    arity: "variadic",
    kernel: () => (...x) => x.reduce((a, b) => a + b) / x.length,
    gradients: [(dy, tape) => mul(dy, 1 / tape.inputs.length)],
    samples: several,
  }),
];
