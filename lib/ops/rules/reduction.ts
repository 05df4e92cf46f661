/** Reductions over axes that are given as an input. */
import { tensor } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { cast, div, equal, exp, int64s, max, mul, neg, reduceSum, sub, where } from "../emit.ts";
import { allAxes, normalizeAxes } from "./_axes.ts";
import { expandLike } from "./_broadcast.ts";
import { type Accepts, checkCount, checkType, constantInts, intAttr, numbersOf, required } from "./_check.ts";
import { operand } from "./_elementwise.ts";
import { signOf } from "./_masks.ts";
import { groupSize, reduceData, reducedShape, restoreAxes } from "./_reduce.ts";

/** What a gradient knows: the reduced axes, the operand, and dy and y with the reduced axes kept at length 1. */
interface Reduced {
  readonly axes: readonly number[];
  readonly x: Value;
  readonly y: Value;
  readonly dy: Value;
}

function axesOf(type: string, rank: number, given: readonly number[] | undefined, attrs: Attrs): readonly number[] {
  if (given && given.length > 0) return normalizeAxes(type, given, rank);
  return intAttr(attrs, "noop_with_empty_axes", 0) !== 0 ? [] : allAxes(rank);
}

const keeps = (attrs: Attrs): boolean => intAttr(attrs, "keepdims", 1) !== 0;

/** A sample with these axes, or without the axes input. */
function sample(shape: readonly number[], axes: readonly number[] | null, attrs: Attrs, range: Range): Sample {
  if (axes === null) return { shapes: [shape], attrs, range };
  return { shapes: [shape, [axes.length]], fixed: { 1: tensor("int64", [axes.length], axes) }, attrs, range };
}

type Range = readonly [number, number];

function samplesIn(range: Range): readonly Sample[] {
  return [
    sample([2, 3, 4], [1], { keepdims: int(0) }, range),
    sample([2, 3, 4], [-1, 0], {}, range),
    sample([2, 3], null, { keepdims: int(0) }, range),
    sample([2, 3], null, {}, range),
    sample([2, 3], [], { noop_with_empty_axes: int(1) }, range),
  ];
}

function reductionOf(
  type: string,
  accepts: Accepts,
  f: (group: Float64Array) => number,
  gradient: (reduced: Reduced) => Value,
  range: Range = [-2, 2],
): OpRule {
  return {
    type,
    infer(inputs, attrs, constants) {
      checkCount(type, inputs, 1, 2);
      const x = required(type, inputs, 0);
      checkType(type, x.type, accepts);
      const axes = axesOf(type, x.shape.length, constantInts(type, inputs, constants, 1), attrs);
      return [{ type: x.type, shape: reducedShape(x.shape, axes, keeps(attrs)) }];
    },
    compute(inputs, attrs) {
      const x = required(type, inputs, 0);
      return [reduceData(x, axesOf(type, x.dims.length, numbersOf(inputs, 1), attrs), keeps(attrs), f)];
    },
    vjp: (tape, [dy]) => {
      const dx = dy && tape.wanted(0) ? gradient(reducedOf(type, tape, dy)) : null;
      return tape.inputs.map((_, i) => (i === 0 ? dx : null));
    },
    samples: samplesIn(range),
  };
}

function reducedOf(type: string, tape: Tape, dy: Value): Reduced {
  const x = operand(tape);
  const given = constantInts(type, tape.inputs, tape.inputs.map((input) => input?.constant), 1);
  const axes = axesOf(type, x.shape.length, given, tape.attrs);
  const restore = (value: Value): Value => restoreAxes(value, axes, keeps(tape.attrs));
  return { axes, x, y: restore(tape.outputs[0]), dy: restore(dy) };
}

function total(group: Float64Array, f: (x: number) => number = (x) => x): number {
  let sum = 0;
  for (let i = 0; i < group.length; i++) sum += f(group[i]);
  return sum;
}

function logSumExp(group: Float64Array): number {
  const most = group.reduce((a, b) => Math.max(a, b), -Infinity);
  return Number.isFinite(most) ? most + Math.log(total(group, (x) => Math.exp(x - most))) : most;
}

/** The gradient goes to the extreme elements; tied ones share it equally. */
function toExtreme({ axes, x, y, dy }: Reduced): Value {
  if (axes.length === 0) return dy;
  const hits = cast(equal(x, y), x.type);
  return mul(hits, div(dy, reduceSum(hits, axes, true)));
}

/** The product of the other elements, which needs care where there are zeros. */
function toFactors({ axes, x, dy }: Reduced): Value {
  if (axes.length === 0) return dy;
  const isZero = equal(x, 0);
  const safe = where(isZero, 1, x);
  const zeros = cast(isZero, x.type);
  const otherZeros = sub(reduceSum(zeros, axes, true), zeros);
  const product = x.builder.emit("ReduceProd", [safe, int64s(x, axes)], { keepdims: int(1) })[0];
  const others = where(equal(otherZeros, 0), div(product, safe), 0);
  return mul(dy, others);
}

/** x/y, and 0 where the whole group is 0. */
function toNorm({ x, y, dy }: Reduced): Value {
  const tiny = x.type === "float16" ? 1e-7 : 1e-30;
  return mul(x, div(dy, max(y, tiny)));
}

export const reduction: readonly OpRule[] = [
  reductionOf("ReduceSum", "number", (group) => total(group), ({ x, dy }) => expandLike(dy, x)),
  reductionOf(
    "ReduceMean",
    "number",
    (group) => total(group) / group.length,
    ({ x, y, dy, axes }) => expandLike(div(dy, groupSize(x, y, axes)), x),
  ),
  reductionOf("ReduceMax", "number", (group) => group.reduce((a, b) => Math.max(a, b), -Infinity), toExtreme),
  reductionOf("ReduceMin", "number", (group) => group.reduce((a, b) => Math.min(a, b), Infinity), toExtreme),
  reductionOf("ReduceProd", "number", (group) => group.reduce((a, b) => a * b, 1), toFactors),
  reductionOf("ReduceL1", "number", (group) => total(group, Math.abs), ({ x, dy }) => mul(dy, signOf(x))),
  reductionOf("ReduceL2", "number", (group) => Math.sqrt(total(group, (x) => x * x)), toNorm),
  reductionOf("ReduceSumSquare", "number", (group) => total(group, (x) => x * x), ({ x, dy }) => mul(x, mul(dy, 2))),
  reductionOf(
    "ReduceLogSum",
    "number",
    (group) => Math.log(total(group)),
    ({ x, y, dy }) => expandLike(mul(dy, exp(neg(y))), x),
    [0.5, 2],
  ),
  reductionOf("ReduceLogSumExp", "number", logSumExp, ({ x, y, dy }) => mul(dy, exp(sub(x, y)))),
];
