/**
 * The operators as functions on values: what blocks, heads, losses, optimizers and gradient rules are written with. Each adds
 * one node (or a constant) to the graph of its first argument; shapes and types are checked there.
 */
import { type DType, scalar, tensor } from "../base/tensor.ts";
import { type Attrs, float, int, ints, type Shape, string } from "../graph/graph.ts";
import { ONNX_TYPES } from "../graph/element_types.ts";
import type { Value } from "../contracts/op.ts";

export { ONNX_TYPES };

/** A value, or a number that becomes a scalar constant of the other operand's type. */
export type Operand = Value | number;

function one(op: string, inputs: readonly (Value | null)[], attrs: Attrs = {}): Value {
  const like = inputs.find((input) => input !== null);
  if (!like) throw new TypeError(`Cannot emit ${op}: it needs at least one value`);
  return like.builder.emit(op, inputs, attrs)[0];
}

/** A scalar constant of the type of `like`. */
export function constantLike(like: Value, value: number): Value {
  return like.builder.constant(scalar(like.type, value));
}

/** An int64 vector, as shape and axes arguments are. */
export function int64s(like: Value, values: readonly number[]): Value {
  return like.builder.constant(tensor("int64", [values.length], values));
}

function binary(op: string, a: Operand, b: Operand): Value {
  const like = typeof a === "number" ? b : a;
  if (typeof like === "number") throw new TypeError(`Cannot emit ${op} of two numbers: compute it`);
  const lift = (x: Operand): Value => (typeof x === "number" ? constantLike(like, x) : x);
  return one(op, [lift(a), lift(b)]);
}

export const add = (a: Operand, b: Operand): Value => binary("Add", a, b);
export const sub = (a: Operand, b: Operand): Value => binary("Sub", a, b);
export const mul = (a: Operand, b: Operand): Value => binary("Mul", a, b);
export const div = (a: Operand, b: Operand): Value => binary("Div", a, b);
export const pow = (a: Operand, b: Operand): Value => binary("Pow", a, b);
export const min = (a: Operand, b: Operand): Value => binary("Min", a, b);
export const max = (a: Operand, b: Operand): Value => binary("Max", a, b);
export const equal = (a: Operand, b: Operand): Value => binary("Equal", a, b);
export const less = (a: Operand, b: Operand): Value => binary("Less", a, b);
export const lessOrEqual = (a: Operand, b: Operand): Value => binary("LessOrEqual", a, b);
export const greater = (a: Operand, b: Operand): Value => binary("Greater", a, b);
export const greaterOrEqual = (a: Operand, b: Operand): Value => binary("GreaterOrEqual", a, b);
export const and = (a: Value, b: Value): Value => one("And", [a, b]);
export const or = (a: Value, b: Value): Value => one("Or", [a, b]);
export const not = (a: Value): Value => one("Not", [a]);

export const neg = (x: Value): Value => one("Neg", [x]);
export const abs = (x: Value): Value => one("Abs", [x]);
export const sign = (x: Value): Value => one("Sign", [x]);
export const exp = (x: Value): Value => one("Exp", [x]);
export const log = (x: Value): Value => one("Log", [x]);
export const sqrt = (x: Value): Value => one("Sqrt", [x]);
export const reciprocal = (x: Value): Value => one("Reciprocal", [x]);
export const floor = (x: Value): Value => one("Floor", [x]);
export const erf = (x: Value): Value => one("Erf", [x]);
export const relu = (x: Value): Value => one("Relu", [x]);
export const sigmoid = (x: Value): Value => one("Sigmoid", [x]);
export const tanh = (x: Value): Value => one("Tanh", [x]);
export const softplus = (x: Value): Value => one("Softplus", [x]);
export const hardSigmoid = (x: Value, alpha = 0.2, beta = 0.5): Value =>
  one("HardSigmoid", [x], { alpha: float(alpha), beta: float(beta) });
export const prelu = (x: Value, slope: Value): Value => one("PRelu", [x, slope]);
export const identity = (x: Value): Value => one("Identity", [x]);

/** Values from `yes` where the bool `condition` holds, else from `no`. */
export function where(condition: Value, yes: Operand, no: Operand): Value {
  const like = typeof yes === "number" ? no : yes;
  if (typeof like === "number") throw new TypeError("Cannot emit Where of two numbers: make one a constant");
  const lift = (x: Operand): Value => (typeof x === "number" ? constantLike(like, x) : x);
  return one("Where", [condition, lift(yes), lift(no)]);
}

export function clip(x: Value, low: number | null, high: number | null): Value {
  const bound = (value: number | null): Value | null => (value === null ? null : constantLike(x, value));
  return one("Clip", [x, bound(low), bound(high)]);
}

/** The numbers by which ONNX files name element types. */
/** x as another element type; x itself where it has that type. */
export function cast(x: Value, type: DType): Value {
  return x.type === type ? x : one("Cast", [x], { to: int(ONNX_TYPES[type]) });
}

export const softmax = (x: Value, axis = -1): Value => one("Softmax", [x], { axis: int(axis) });
export const logSoftmax = (x: Value, axis = -1): Value => one("LogSoftmax", [x], { axis: int(axis) });

export const matmul = (a: Value, b: Value): Value => one("MatMul", [a, b]);

/** a·b (either one transposed) plus the broadcast c. */
export function gemm(a: Value, b: Value, c: Value | null, options: { transA?: boolean; transB?: boolean } = {}): Value {
  return one("Gemm", [a, b, c], { transA: int(options.transA ? 1 : 0), transB: int(options.transB ? 1 : 0) });
}

/** Geometry of a 2-D convolution or pooling: square unless given as [height, width]. */
export interface Window2d {
  readonly kernel?: number | readonly [number, number];
  readonly stride?: number | readonly [number, number];
  readonly dilation?: number | readonly [number, number];
  /** Padding of both sides, or ONNX's [top, left, bottom, right]. */
  readonly padding?: number | readonly number[];
  readonly groups?: number;
}

const pair = (x: number | readonly [number, number]): readonly number[] => (typeof x === "number" ? [x, x] : x);

function windowAttrs(window: Window2d, names: readonly ("dilations" | "group")[]): Record<string, Attrs[string]> {
  const padding = window.padding ?? 0;
  const attrs: Record<string, Attrs[string]> = {
    strides: ints(pair(window.stride ?? 1)),
    pads: ints(typeof padding === "number" ? [padding, padding, padding, padding] : padding),
  };
  if (window.kernel !== undefined) attrs.kernel_shape = ints(pair(window.kernel));
  if (names.includes("dilations")) attrs.dilations = ints(pair(window.dilation ?? 1));
  if (names.includes("group")) attrs.group = int(window.groups ?? 1);
  return attrs;
}

/** x [N,C,H,W], weight [F,C/groups,kH,kW], bias [F] or null. */
export function conv(x: Value, weight: Value, bias: Value | null, window: Window2d = {}): Value {
  return one("Conv", [x, weight, bias], windowAttrs(window, ["dilations", "group"]));
}

/** x [N,C,H,W], weight [C,F/groups,kH,kW]; the adjoint of `conv` in x. */
export function convTranspose(
  x: Value,
  weight: Value,
  bias: Value | null,
  window: Window2d & { outputPadding?: readonly number[] } = {},
): Value {
  const attrs = windowAttrs(window, ["dilations", "group"]);
  if (window.outputPadding) attrs.output_padding = ints(window.outputPadding);
  return one("ConvTranspose", [x, weight, bias], attrs);
}

export const maxPool = (x: Value, window: Window2d): Value => one("MaxPool", [x], windowAttrs(window, ["dilations"]));
export const averagePool = (x: Value, window: Window2d, countIncludePad = false): Value =>
  one("AveragePool", [x], { ...windowAttrs(window, []), count_include_pad: int(countIncludePad ? 1 : 0) });
export const globalAveragePool = (x: Value): Value => one("GlobalAveragePool", [x]);

/** Inference form: y = (x - mean) / sqrt(variance + epsilon) * scale + bias, per channel. */
export function batchNormalization(
  x: Value,
  scale: Value,
  bias: Value,
  mean: Value,
  variance: Value,
  epsilon = 1e-5,
): Value {
  return one("BatchNormalization", [x, scale, bias, mean, variance], { epsilon: float(epsilon) });
}

/** Over the axes from `axis` to the last. */
export function layerNormalization(x: Value, scale: Value, bias: Value | null, axis = -1, epsilon = 1e-5): Value {
  return one("LayerNormalization", [x, scale, bias], { axis: int(axis), epsilon: float(epsilon) });
}

function reduce(op: string, x: Value, axes: readonly number[] | null, keep: boolean): Value {
  return one(op, axes === null ? [x] : [x, int64s(x, axes)], { keepdims: int(keep ? 1 : 0) });
}

/** Over `axes`, or over all where null. */
export const reduceSum = (x: Value, axes: readonly number[] | null, keep = false): Value =>
  reduce("ReduceSum", x, axes, keep);
export const reduceMean = (x: Value, axes: readonly number[] | null, keep = false): Value =>
  reduce("ReduceMean", x, axes, keep);
export const reduceMax = (x: Value, axes: readonly number[] | null, keep = false): Value =>
  reduce("ReduceMax", x, axes, keep);

/** `shape` may hold one symbolic length, which is then worked out at run time. */
export function reshape(x: Value, shape: Shape): Value {
  const symbolic = shape.filter((dim) => typeof dim === "string").length;
  if (symbolic > 1) throw new TypeError(`Cannot reshape to [${shape.join(", ")}]: at most one length may be symbolic`);
  return one("Reshape", [x, int64s(x, shape.map((dim) => (typeof dim === "string" ? -1 : dim)))]);
}

export const transpose = (x: Value, perm: readonly number[]): Value => one("Transpose", [x], { perm: ints(perm) });
export const expand = (x: Value, shape: readonly number[]): Value => one("Expand", [x, int64s(x, shape)]);
export const squeeze = (x: Value, axes: readonly number[]): Value => one("Squeeze", [x, int64s(x, axes)]);
export const unsqueeze = (x: Value, axes: readonly number[]): Value => one("Unsqueeze", [x, int64s(x, axes)]);
export const flatten = (x: Value, axis = 1): Value => one("Flatten", [x], { axis: int(axis) });
export const concat = (xs: readonly Value[], axis: number): Value => one("Concat", xs, { axis: int(axis) });
export const tile = (x: Value, repeats: readonly number[]): Value => one("Tile", [x, int64s(x, repeats)]);

/** Elements `starts … ends` (exclusive, ONNX clamping) along `axes`. */
export function slice(
  x: Value,
  starts: readonly number[],
  ends: readonly number[],
  axes: readonly number[],
  steps: readonly number[] = axes.map(() => 1),
): Value {
  return one("Slice", [x, int64s(x, starts), int64s(x, ends), int64s(x, axes), int64s(x, steps)]);
}

/** Zero (or `value`) padding by ONNX's [begin of each axis…, end of each axis…]. */
export function pad(x: Value, pads: readonly number[], value = 0): Value {
  return one("Pad", [x, int64s(x, pads), constantLike(x, value)], { mode: string("constant") });
}

export function split(x: Value, sizes: readonly number[], axis: number): readonly Value[] {
  return x.builder.emit("Split", [x, int64s(x, sizes)], { axis: int(axis) }, { outputs: sizes.length });
}

export const gather = (x: Value, indices: Value, axis = 0): Value => one("Gather", [x, indices], { axis: int(axis) });
export const gatherElements = (x: Value, indices: Value, axis = 0): Value =>
  one("GatherElements", [x, indices], { axis: int(axis) });

/** Running sum along `axis`; `exclusive` leaves the element itself out, `reverse` sums from the end. */
export function cumSum(x: Value, axis: number, options: { exclusive?: boolean; reverse?: boolean } = {}): Value {
  const at = x.builder.constant(scalar("int64", axis));
  return one("CumSum", [x, at], { exclusive: int(options.exclusive ? 1 : 0), reverse: int(options.reverse ? 1 : 0) });
}

export const einsum = (equation: string, xs: readonly Value[]): Value =>
  one("Einsum", xs, { equation: string(equation) });
