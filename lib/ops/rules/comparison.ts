/** Comparisons, logic, and the choice between two values. */
import type { DType } from "../../base/tensor.ts";
import type { OpRule, Sample, Vjp } from "../../contracts/op.ts";
import type { Attrs } from "../../graph/graph.ts";
import { where } from "../emit.ts";
import { broadcastShapes, unbroadcast } from "./_broadcast.ts";
import { type Accepts, checkCount, intAttr, misfit, required, sharedType } from "./_check.ts";
import { combine, elementwise, operand } from "./_elementwise.ts";

type Kernel = (...x: number[]) => boolean;

/** An operator that gives bool and has no gradient. */
function predicate(type: string, accepts: Accepts, arity: number, kernel: (attrs: Attrs) => Kernel): OpRule {
  const shapes = arity === 1 ? [[2, 3]] : [[2, 3], [3]];
  return elementwise(type, {
    accepts,
    arity,
    gives: "bool",
    kernel: (attrs) => {
      const holds = kernel(attrs);
      return (...x) => (holds(...x) ? 1 : 0);
    },
    gradients: null,
    samples: accepts === "bool" ? [{ shapes, fixed: truths(shapes) }] : [{ shapes }],
  });
}

/** Alternating truth values for inputs of these shapes. */
function truths(shapes: readonly (readonly number[])[]): Sample["fixed"] {
  return Object.fromEntries(shapes.map((dims, i) => [i, truthTensor(dims, i)]));
}

function truthTensor(dims: readonly number[], phase = 0): { type: DType; dims: readonly number[]; data: Uint8Array } {
  const length = dims.reduce((a, b) => a * b, 1);
  return { type: "bool", dims, data: Uint8Array.from({ length }, (_, i) => (i + phase) % 2) };
}

function infinite(attrs: Attrs): Kernel {
  const negative = intAttr(attrs, "detect_negative", 1) !== 0;
  const positive = intAttr(attrs, "detect_positive", 1) !== 0;
  return (x) => (negative && x === -Infinity) || (positive && x === Infinity);
}

const choose: Vjp = (tape, [dy]) => {
  if (!dy) return tape.inputs.map(() => null);
  const condition = operand(tape, 0);
  return [
    null,
    tape.wanted(1) ? unbroadcast(where(condition, dy, 0), operand(tape, 1).shape) : null,
    tape.wanted(2) ? unbroadcast(where(condition, 0, dy), operand(tape, 2).shape) : null,
  ];
};

const whereRule: OpRule = {
  type: "Where",
  infer(inputs) {
    checkCount("Where", inputs, 3, 3);
    const [condition, yes, no] = [0, 1, 2].map((i) => required("Where", inputs, i));
    if (condition.type !== "bool") misfit("Where", `the condition is ${condition.type}, it must be bool`);
    const type = sharedType("Where", [yes, no], "any");
    return [{ type, shape: broadcastShapes("Where", [condition.shape, yes.shape, no.shape]) }];
  },
  compute(inputs) {
    const [condition, yes, no] = [0, 1, 2].map((i) => required("Where", inputs, i));
    return [combine("Where", [condition, yes, no], (c, a, b) => (c ? a : b), yes.type)];
  },
  vjp: choose,
  samples: [
    { shapes: [[2, 3], [2, 3], [2, 3]], fixed: { 0: truthTensor([2, 3]) } },
    { shapes: [[2, 1], [3], []], fixed: { 0: truthTensor([2, 1]) } },
    { shapes: [[3], [2, 1], [2, 3]], fixed: { 0: truthTensor([3]) } },
  ],
};

export const comparison: readonly OpRule[] = [
  predicate("Equal", "any", 2, () => (a, b) => a === b),
  predicate("Less", "number", 2, () => (a, b) => a < b),
  predicate("LessOrEqual", "number", 2, () => (a, b) => a <= b),
  predicate("Greater", "number", 2, () => (a, b) => a > b),
  predicate("GreaterOrEqual", "number", 2, () => (a, b) => a >= b),
  predicate("And", "bool", 2, () => (a, b) => a !== 0 && b !== 0),
  predicate("Or", "bool", 2, () => (a, b) => a !== 0 || b !== 0),
  predicate("Xor", "bool", 2, () => (a, b) => (a !== 0) !== (b !== 0)),
  predicate("Not", "bool", 1, () => (a) => a === 0),
  predicate("IsNaN", "float", 1, () => Number.isNaN),
  predicate("IsInf", "float", 1, infinite),
  whereRule,
];
