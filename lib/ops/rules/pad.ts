/** Padding with a constant, with mirrored or with repeated elements; negative pads cut off. */
import { scalar, sizeOf, type Tensor, tensor } from "../../base/tensor.ts";
import type { Numbers, OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, string } from "../../graph/graph.ts";
import { reduceSum, reshape, sub } from "../emit.ts";
import { allAxes, normalizeAxes } from "./_axes.ts";
import {
  type Border,
  borderedLength,
  foldBorder,
  type Mode,
  sourcesOf,
  withCutsFilled,
  withoutBorders,
} from "./_border.ts";
import { checkCount, constantInts, misfit, numbersOf, required, stringAttr } from "./_check.ts";
import { operand } from "./_elementwise.ts";
import { numbers, rowMajor } from "./_numbers.ts";

function modeOf(attrs: Attrs): Mode {
  const mode = stringAttr(attrs, "mode", "constant");
  if (mode === "constant" || mode === "reflect" || mode === "edge") return mode;
  return misfit("Pad", `mode is "${mode}", it must be "constant", "reflect" or "edge"`);
}

/** One border per axis, from the inputs pads (all begins, then all ends) and axes. */
function bordersOf(rank: number, argument: (i: number) => readonly number[] | undefined): readonly Border[] {
  const axes = normalizeAxes("Pad", argument(3) ?? allAxes(rank), rank);
  const pads = argument(1) ?? misfit("Pad", "input 1 (pads) is missing");
  if (pads.length !== 2 * axes.length) misfit("Pad", `it has ${pads.length} pads, it needs ${2 * axes.length}`);
  return allAxes(rank).map((axis) => {
    const i = axes.indexOf(axis);
    return i < 0 ? { begin: 0, end: 0 } : { begin: pads[i], end: pads[i + axes.length] };
  });
}

function padData(x: Numbers, borders: readonly Border[], mode: Mode, value: number): Numbers {
  const sources = borders.map((border, axis) => sourcesOf(x.dims[axis], border, mode));
  const dims = sources.map((source) => source.length);
  const strides = rowMajor(x.dims);
  const out = new Float64Array(sizeOf(dims)).fill(value);
  let next = 0;
  const visit = (axis: number, at: number): void => {
    if (axis < dims.length) {
      for (const source of sources[axis]) visit(axis + 1, at < 0 || source < 0 ? -1 : at + source * strides[axis]);
      return;
    }
    if (at >= 0) out[next] = x.data[at];
    next++;
  };
  visit(0, 0);
  return numbers(x.type, dims, out);
}

function inData(tape: Tape, dy: Value, borders: readonly Border[]): Value {
  const mode = modeOf(tape.attrs);
  if (mode === "constant") return withCutsFilled(withoutBorders(dy, borders), borders);
  return borders.reduce((gradient, border, axis) => {
    if (border.begin === 0 && border.end === 0) return gradient;
    return foldBorder(gradient, axis, Number(operand(tape).shape[axis]), border, mode);
  }, dy);
}

/** The constant's gradient: all that is not the data's. */
function inConstant(dy: Value, borders: readonly Border[], constant: Value): Value {
  const sum = sub(reduceSum(dy, null), reduceSum(withoutBorders(dy, borders), null));
  return constant.shape.length === 0 ? sum : reshape(sum, constant.shape);
}

interface PadArguments {
  readonly pads: readonly number[];
  readonly value?: number;
  readonly axes?: readonly number[];
  readonly mode?: Mode;
}

function sample(shape: readonly number[], { pads, value, axes, mode }: PadArguments): Sample {
  const vector = (values: readonly number[]) => tensor("int64", [values.length], values);
  const fixed: Record<number, Tensor> = { 1: vector(pads) };
  if (value !== undefined) fixed[2] = scalar("float32", value);
  if (axes !== undefined) fixed[3] = vector(axes);
  const shapes = [shape, [pads.length], value === undefined ? null : [], axes === undefined ? null : [axes.length]];
  return { shapes, fixed, attrs: mode === undefined ? {} : { mode: string(mode) } };
}

const freeConstant: Sample = { shapes: [[2, 2], [4], []], fixed: { 1: tensor("int64", [4], [1, 0, -1, 2]) } };

export const pad: readonly OpRule[] = [
  {
    type: "Pad",
    infer(inputs, attrs, constants) {
      checkCount("Pad", inputs, 2, 4);
      const x = required("Pad", inputs, 0);
      const borders = bordersOf(x.shape.length, (i) => constantInts("Pad", inputs, constants, i));
      const mode = modeOf(attrs);
      return [{ type: x.type, shape: x.shape.map((length, axis) => borderedLength(length, borders[axis], mode)) }];
    },
    compute(inputs, attrs) {
      const x = required("Pad", inputs, 0);
      const borders = bordersOf(x.dims.length, (i) => numbersOf(inputs, i));
      return [padData(x, borders, modeOf(attrs), inputs[2]?.data[0] ?? 0)];
    },
    vjp(tape, [dy]) {
      const [x, constant] = [operand(tape), tape.inputs[2] ?? null];
      const constants = tape.inputs.map((input) => input?.constant);
      const borders = bordersOf(x.shape.length, (i) => constantInts("Pad", tape.inputs, constants, i));
      const dx = dy && tape.wanted(0) ? inData(tape, dy, borders) : null;
      const dConstant = dy && constant && tape.wanted(2) ? inConstant(dy, borders, constant) : null;
      return [dx, null, dConstant, null].slice(0, tape.inputs.length);
    },
    samples: [
      sample([2, 3], { pads: [1, 0, 2, 1] }),
      sample([2, 3], { pads: [0, -1, 1, 1], value: 0.5 }),
      sample([2, 3, 2], { pads: [2, 1], axes: [1] }),
      sample([2, 3], { pads: [1, -1], axes: [-1], value: 1 }),
      sample([3, 4], { pads: [1, 2, 2, 3], mode: "reflect" }),
      sample([3, 4], { pads: [1, 3, 2, 0], mode: "edge" }),
      sample([3, 4], { pads: [0, 2, 0, -1], mode: "edge" }),
      freeConstant,
    ],
  },
];
