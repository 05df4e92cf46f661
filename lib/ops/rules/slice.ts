/** Parts of a tensor with any step. */
import { tensor } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import type { Dim, Shape } from "../../graph/graph.ts";
import { pad, slice as emitSlice } from "../emit.ts";
import { allAxes, normalizeAxes } from "./_axes.ts";
import { checkCount, constantInts, misfit, numbersOf, required } from "./_check.ts";
import { operand } from "./_elementwise.ts";
import { numbers, rowMajor, strided } from "./_numbers.ts";
import { reshapeTo } from "./_reshape.ts";
import { FAR, reversed } from "./_reversed.ts";

/** What is taken of one axis: elements start, start + step, … */
interface Cut {
  readonly start: number;
  readonly step: number;
  readonly length: Dim;
}

const clamp = (x: number, low: number, high: number): number => Math.min(Math.max(x, low), high);

function cutOf(length: Dim, start: number, end: number, step: number): Cut {
  if (step === 0) misfit("Slice", "a step is 0, it must be positive or negative");
  if (typeof length === "string") return symbolicCut(length, start, end, step);
  const from = start < 0 ? start + length : start;
  const to = end < 0 ? end + length : end;
  if (step > 0) {
    const first = clamp(from, 0, length);
    return { start: first, step, length: Math.max(0, Math.ceil((clamp(to, 0, length) - first) / step)) };
  }
  const first = clamp(from, 0, length - 1); // other than in Python, a start before the first element is the first
  return { start: first, step, length: Math.max(0, Math.ceil((clamp(to, -1, length - 1) - first) / step)) };
}

/** An axis whose length is not known can only be taken whole. */
function symbolicCut(length: string, start: number, end: number, step: number): Cut {
  if (step === 1 && start === 0 && end >= FAR) return { start, step, length };
  return misfit("Slice", `it cuts an axis of symbolic length ${length}, such an axis must be taken whole`);
}

/** The arguments of a node beside the data; axes default to the first ones, steps to 1. */
type Argument = (i: number) => readonly number[] | undefined;

function cutsOf(shape: Shape, argument: Argument): readonly Cut[] {
  const starts = argument(1) ?? misfit("Slice", "input 1 (starts) is missing");
  const ends = argument(2) ?? misfit("Slice", "input 2 (ends) is missing");
  const axes = normalizeAxes("Slice", argument(3) ?? allAxes(starts.length), shape.length);
  const steps = argument(4) ?? starts.map(() => 1);
  if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length) {
    misfit(
      "Slice",
      `starts, ends, axes and steps have ${starts.length}, ${ends.length}, ${axes.length} and ` +
        `${steps.length} entries, they must have equally many`,
    );
  }
  return shape.map((length, axis) => {
    const i = axes.indexOf(axis);
    return i < 0 ? { start: 0, step: 1, length } : cutOf(length, starts[i], ends[i], steps[i]);
  });
}

/** The gradient scattered back: reversed axes turned, gaps of larger steps filled, the rest padded with zeros. */
function scatter(tape: Tape, dy: Value): Value {
  const shape = operand(tape).shape;
  const constants = tape.inputs.map((input) => input?.constant);
  const cuts = cutsOf(shape, (i) => constantInts("Slice", tape.inputs, constants, i));
  const turned = reversed(dy, allAxes(cuts.length).filter((axis) => cuts[axis].step < 0));
  const spread = cuts.reduce((value, { step }, axis) => fillGaps(value, axis, Math.abs(step)), turned);
  return placeIn(spread, shape, cuts);
}

/** Puts step - 1 zeros behind every element along an axis but the last. */
function fillGaps(value: Value, axis: number, step: number): Value {
  const length = value.shape[axis];
  if (step === 1 || typeof length === "string" || length < 2) return value;
  const rank = value.shape.length;
  const [before, after] = [value.shape.slice(0, axis), value.shape.slice(axis + 1)];
  const apart = reshapeTo(value, [...before, length, 1, ...after]);
  const ends = allAxes(rank + 1).map((i) => (i === axis + 1 ? step - 1 : 0));
  const padded = pad(apart, [...ends.map(() => 0), ...ends]);
  const joined = reshapeTo(padded, [...before, length * step, ...after]);
  return emitSlice(joined, [0], [(length - 1) * step + 1], [axis]);
}

function placeIn(value: Value, shape: Shape, cuts: readonly Cut[]): Value {
  const begins = cuts.map(({ start, step, length }) => lowest(start, step, length));
  const ends = shape.map((length, axis) => {
    const own = value.shape[axis];
    return typeof length === "number" && typeof own === "number" ? length - own - begins[axis] : 0;
  });
  return [...begins, ...ends].every((x) => x === 0) ? value : pad(value, [...begins, ...ends]);
}

function lowest(start: number, step: number, length: Dim): number {
  if (length === 0) return 0;
  return step > 0 || typeof length === "string" ? start : start + step * (length - 1);
}

function sample(shape: readonly number[], ...vectors: readonly (readonly number[])[]): Sample {
  const fixed = Object.fromEntries(vectors.map((vector, i) => [i + 1, tensor("int64", [vector.length], vector)]));
  return { shapes: [shape, ...vectors.map((vector) => [vector.length])], fixed };
}

export const slice: readonly OpRule[] = [
  {
    type: "Slice",
    infer(inputs, _, constants) {
      checkCount("Slice", inputs, 3, 5);
      const x = required("Slice", inputs, 0);
      const cuts = cutsOf(x.shape, (i) => constantInts("Slice", inputs, constants, i));
      return [{ type: x.type, shape: cuts.map(({ length }) => length) }];
    },
    compute(inputs) {
      const x = required("Slice", inputs, 0);
      const cuts = cutsOf(x.dims, (i) => numbersOf(inputs, i));
      const strides = rowMajor(x.dims);
      const dims = cuts.map(({ length }) => length) as readonly number[];
      const offset = cuts.reduce((sum, { start }, axis) => sum + start * strides[axis], 0);
      const data = strided(x.data, dims, strides.map((stride, axis) => stride * cuts[axis].step), offset);
      return [numbers(x.type, dims, data)];
    },
    vjp(tape, [dy]) {
      const dx = dy && tape.wanted(0) ? scatter(tape, dy) : null;
      return tape.inputs.map((_, i) => (i === 0 ? dx : null));
    },
    samples: [
      sample([4, 5], [1, 0], [3, 4]),
      sample([4, 5], [1], [FAR], [1]),
      sample([4, 5], [-3], [-1], [-1]),
      sample([4, 7], [1], [6], [1], [2]),
      sample([4, 7], [-1], [-FAR], [1], [-1]),
      sample([5, 7], [3, 6], [-FAR, 0], [0, 1], [-1, -3]),
      sample([2, 5, 2], [0], [5], [1], [3]),
      sample([5, 7], [-9], [-FAR], [0], [-1]),
    ],
  },
];
