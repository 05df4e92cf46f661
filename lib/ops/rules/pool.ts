/** Pooling: maximum and average over windows or over all spatial positions. */
import { type DType, sizeOf, tensor } from "../../base/tensor.ts";
import type { Numbers, OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, int, ints, type Shape, string } from "../../graph/graph.ts";
import { cast, div, equal, expand, mul, pad, reduceSum, reshape } from "../emit.ts";
import { checkCount, intAttr, intsAttr, misfit, required, sharedType } from "./_check.ts";
import { collect, spread } from "./_conv_gradient.ts";
import { known } from "./_dims.ts";
import { numbers } from "./_numbers.ts";
import { spatial, tapIndices, type Window, windowOf } from "../window.ts";

function poolWindow(op: string, attrs: Attrs, x: Shape): Window {
  const kernel = intsAttr(attrs, "kernel_shape") ?? misfit(op, "kernel_shape is missing, it must give the window");
  return windowOf(op, attrs, kernel, spatial(op, x));
}

function inferWith(op: string, lengths: (attrs: Attrs, x: Shape) => readonly number[]): OpRule["infer"] {
  return (inputs, attrs, _constants, outputs) => {
    checkCount(op, inputs, 1, 1);
    if (outputs > 1) misfit(op, `it has ${outputs} outputs, only the first is supported`);
    const { shape } = required(op, inputs, 0);
    return [{ type: sharedType(op, inputs, "float"), shape: [...shape.slice(0, 2), ...lengths(attrs, shape)] }];
  };
}

const poolShape = (op: string) => inferWith(op, (attrs, x) => poolWindow(op, attrs, x).output);
const globalShape = (op: string) => inferWith(op, (_attrs, x) => spatial(op, x).map(() => 1));

/** Folds the pixels of each window in every plane; taps in the padding are left out. */
function foldWindows(
  x: Numbers,
  window: Window,
  start: number,
  fold: (sum: number, value: number) => number,
): Numbers {
  const indices = tapIndices(window);
  const [pixels, positions] = [sizeOf(window.input), sizeOf(window.output)];
  const taps = indices.length / positions;
  const out = new Float64Array(x.dims[0] * x.dims[1] * positions);
  for (let i = 0; i < out.length; i++) {
    const base = Math.floor(i / positions) * pixels;
    const first = (i % positions) * taps;
    let sum = start;
    for (let tap = first; tap < first + taps; tap++) {
      if (indices[tap] >= 0) sum = fold(sum, x.data[base + indices[tap]]);
    }
    out[i] = sum;
  }
  return numbers(x.type, [...x.dims.slice(0, 2), ...window.output], out);
}

/** The one window that covers all spatial positions. */
function wholeWindow(lengths: readonly number[]): Window {
  const [ones, zeros] = [lengths.map(() => 1), lengths.map(() => 0)];
  return {
    kernel: lengths,
    strides: ones,
    dilations: ones,
    begins: zeros,
    ends: zeros,
    padding: zeros,
    input: lengths,
    output: ones,
  };
}

const larger = (a: number, b: number): number => Math.max(a, b);
const plus = (a: number, b: number): number => a + b;

function computeMax([input]: readonly (Numbers | null)[], attrs: Attrs): readonly Numbers[] {
  const x = required("MaxPool", [input], 0);
  return [foldWindows(x, poolWindow("MaxPool", attrs, x.dims), -Infinity, larger)];
}

function computeAverage([input]: readonly (Numbers | null)[], attrs: Attrs): readonly Numbers[] {
  const x = required("AveragePool", [input], 0);
  const window = poolWindow("AveragePool", attrs, x.dims);
  const shares = divisors(window, intAttr(attrs, "count_include_pad", 0) !== 0);
  const sum = foldWindows(x, window, 0, plus);
  return [numbers(sum.type, sum.dims, sum.data.map((value, i) => value / shares[i % shares.length]))];
}

/** How many elements each window of an average counts; padding that the node asks for may count, what ceil_mode adds never does. */
function divisors(window: Window, includePadding: boolean): readonly number[] {
  return window.input.reduce<readonly number[]>((outer, _, axis) => {
    const counts = countsAlong(window, axis, includePadding);
    return outer.flatMap((a) => counts.map((b) => a * b));
  }, [1]);
}

function countsAlong(window: Window, axis: number, includePadding: boolean): readonly number[] {
  const first = includePadding ? -window.begins[axis] : 0;
  const last = window.input[axis] + (includePadding ? window.padding[axis] : 0);
  return Array.from({ length: window.output[axis] }, (_, o) => {
    const start = o * window.strides[axis] - window.begins[axis];
    const taps = Array.from({ length: window.kernel[axis] }, (_, tap) => start + tap * window.dilations[axis]);
    return taps.filter((i) => i >= first && i < last).length;
  });
}

function computeGlobal(op: string): OpRule["compute"] {
  return ([input]) => {
    const x = required(op, [input], 0);
    const lengths = x.dims.slice(2);
    if (op === "GlobalMaxPool") return [foldWindows(x, wholeWindow(lengths), -Infinity, larger)];
    const sum = foldWindows(x, wholeWindow(lengths), 0, plus);
    return [numbers(sum.type, sum.dims, sum.data.map((value) => value / sizeOf(lengths)))];
  };
}

/** Lowest finite number: padding that no maximum picks and that a product with 0 still wipes out. */
const lowest = (type: DType): number => (type === "float16" ? -65504 : -3.4028234663852886e38);

/**
 * The gradient of the maximum, shared equally between the elements of a window that reach it. Each plane is an image of its
 * own, whose windows are laid out as channels by a convolution with one-hot filters, compared with the maximum, and added up
 * again by the adjoint: operators that every provider has, unlike indices of MaxPool, and unlike grouped convolutions right
 * on all of them.
 */
function maxGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const x = required("MaxPool", tape.inputs, 0);
  if (!dy) return [null];
  const window = poolWindow("MaxPool", tape.attrs, x.shape);
  const planes = (value: Value, lengths: readonly number[]): Value => reshape(value, ["planes", 1, ...lengths]);
  const filters = oneHotFilters(x, window.kernel);
  const laid = collect(padLowest(planes(x, window.input), window), filters, unpadded(window), 1);
  const hit = cast(equal(laid, planes(tape.outputs[0], window.output)), x.type);
  const share = div(planes(dy, window.output), reduceSum(hit, [1], true));
  return [reshape(spread(mul(hit, share), filters, window, 1), x.shape)];
}

/** Filters [T, 1, …kernel]: filter t copies the pixel under tap t. */
function oneHotFilters(x: Value, kernel: readonly number[]): Value {
  const taps = sizeOf(kernel);
  const data = new Float64Array(taps * taps);
  for (let tap = 0; tap < taps; tap++) data[tap * taps + tap] = 1;
  return x.builder.constant(tensor(x.type, [taps, 1, ...kernel], data));
}

function padLowest(x: Value, window: Window): Value {
  const ends = window.ends.map((end) => Math.max(0, end));
  if ([...window.begins, ...ends].every((length) => length === 0)) return x;
  return pad(x, [0, 0, ...window.begins, 0, 0, ...ends], lowest(x.type));
}

/** The same window over an input that already holds the padding. */
function unpadded(window: Window): Window {
  const zeros = window.begins.map(() => 0);
  const ends = window.ends.map((end) => Math.min(0, end));
  const input = window.input.map((length, i) => length + window.begins[i] + Math.max(0, window.ends[i]));
  return { ...window, begins: zeros, ends, padding: zeros, input };
}

function averageGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const x = required("AveragePool", tape.inputs, 0);
  if (!dy) return [null];
  const window = poolWindow("AveragePool", tape.attrs, x.shape);
  const [channels] = known("AveragePool", x.shape.slice(1, 2), "the channel count");
  const counts = divisors(window, intAttr(tape.attrs, "count_include_pad", 0) !== 0);
  const uniform = counts.every((count) => count === counts[0]);
  const shares = counts.map((count) => 1 / count);
  const scale = uniform ? shares[0] : x.builder.constant(tensor(x.type, [1, 1, ...window.output], shares));
  const taps = sizeOf(window.kernel);
  const ones = new Float64Array(channels * taps).fill(1);
  const filters = x.builder.constant(tensor(x.type, [channels, 1, ...window.kernel], ones));
  return [spread(mul(dy, scale), filters, window, channels)];
}

function globalAverageGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const x = required("GlobalAveragePool", tape.inputs, 0);
  const lengths = spatial("GlobalAveragePool", x.shape);
  return [dy && expand(mul(dy, 1 / sizeOf(lengths)), [1, 1, ...lengths])];
}

function globalMaxGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const x = required("GlobalMaxPool", tape.inputs, 0);
  if (!dy) return [null];
  const hit = cast(equal(x, tape.outputs[0]), x.type);
  const count = reduceSum(hit, x.shape.slice(2).map((_, i) => i + 2), true);
  return [mul(hit, div(dy, count))];
}

const windows: readonly Sample[] = [
  { shapes: [[2, 3, 6, 6]], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } },
  { shapes: [[2, 3, 7, 5]], attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]) } },
  { shapes: [[2, 2, 8, 7]], attrs: { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } },
  {
    shapes: [[1, 2, 6, 7]],
    attrs: { kernel_shape: ints([3, 2]), strides: ints([2, 2]), pads: ints([0, 1, 1, 0]), ceil_mode: int(1) },
  },
  { shapes: [[1, 2, 7, 7]], attrs: { kernel_shape: ints([3, 3]), strides: ints([3, 3]), ceil_mode: int(1) } },
  { shapes: [[2, 2, 5, 4]], attrs: { kernel_shape: ints([3, 3]), auto_pad: string("SAME_UPPER") } },
  {
    shapes: [[1, 2, 6, 5]],
    attrs: { kernel_shape: ints([2, 2]), strides: ints([2, 2]), auto_pad: string("SAME_LOWER") },
  },
  { shapes: [[2, 2, 9]], attrs: { kernel_shape: ints([3]), strides: ints([2]) } },
  { shapes: [[1, 2, 4, 5, 4]], attrs: { kernel_shape: ints([2, 2, 2]), strides: ints([1, 2, 2]) } },
];

const included: readonly Sample[] = windows.filter(({ attrs }) => attrs?.pads || attrs?.ceil_mode).map((sample) => ({
  ...sample,
  attrs: { ...sample.attrs, count_include_pad: int(1) },
}));

const dilated: Sample = {
  shapes: [[1, 2, 7, 8]],
  attrs: { kernel_shape: ints([2, 3]), dilations: ints([3, 2]), strides: ints([2, 1]), pads: ints([1, 1, 0, 1]) },
};

const globals: readonly Sample[] = [{ shapes: [[2, 3, 4, 5]] }, { shapes: [[2, 3, 6]] }];

export const pool: readonly OpRule[] = [
  {
    type: "MaxPool",
    infer: poolShape("MaxPool"),
    compute: computeMax,
    vjp: maxGradient,
    samples: [...windows, dilated],
  },
  {
    type: "AveragePool",
    infer: poolShape("AveragePool"),
    compute: computeAverage,
    vjp: averageGradient,
    samples: [...windows, ...included],
  },
  {
    type: "GlobalAveragePool",
    infer: globalShape("GlobalAveragePool"),
    compute: computeGlobal("GlobalAveragePool"),
    vjp: globalAverageGradient,
    samples: globals,
  },
  {
    type: "GlobalMaxPool",
    infer: globalShape("GlobalMaxPool"),
    compute: computeGlobal("GlobalMaxPool"),
    vjp: globalMaxGradient,
    samples: globals,
  },
];
