/** Resampling along any axes. All modes are linear and separable: one small matrix per axis. */
import { sizeOf, type Tensor, tensor, toNumbers } from "../../base/tensor.ts";
import type { Numbers, OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, type Dim, float, int, ints, type Shape, string } from "../../graph/graph.ts";
import { matmul, mul, transpose } from "../emit.ts";
import { allAxes, normalizeAxes } from "./_axes.ts";
import { checkCount, intAttr, intsAttr, misfit, required, sharedType, show, stringAttr } from "./_check.ts";
import { dense, type Interpolation, interpolation, repetition } from "./_interpolation.ts";
import { numbers } from "./_numbers.ts";

/** What happens to one axis; `scale` is 1 where it stays as it is. */
interface Stretch {
  readonly axis: number;
  readonly input: Dim;
  readonly output: Dim;
  readonly scale: number;
}

/** The numbers of the inputs `scales` (2) and `sizes` (3), where they are given. */
type Argument = (i: 2 | 3) => ArrayLike<number> | undefined;

function stretches(attrs: Attrs, shape: Shape, argument: Argument): readonly Stretch[] {
  refuse(attrs);
  const axes = normalizeAxes("Resize", intsAttr(attrs, "axes") ?? allAxes(shape.length), shape.length);
  const [scales, sizes] = [argument(2), argument(3)].map((list) => (list?.length ? list : undefined));
  const given = scales ?? sizes ?? misfit("Resize", "neither scales nor sizes are given as constants, one is needed");
  if (given.length !== axes.length) {
    misfit("Resize", `${given.length} scales or sizes are given for ${axes.length} axes`);
  }
  return shape.map((input, axis) => {
    const i = axes.indexOf(axis);
    if (i < 0) return { axis, input, output: input, scale: 1 };
    if (scales) return { axis, input, output: scaled(input, scales[i]), scale: scales[i] };
    return { axis, input, output: given[i], scale: given[i] / lengthOf(input, given[i]) };
  });
}

function refuse(attrs: Attrs): void {
  if (intAttr(attrs, "antialias", 0) !== 0) misfit("Resize", "antialias is set, only resizing without it is supported");
  const policy = stringAttr(attrs, "keep_aspect_ratio_policy", "stretch");
  if (policy !== "stretch") misfit("Resize", `keep_aspect_ratio_policy is "${policy}", only stretch is supported`);
}

/** Multiplied in float32, as ONNX does: 10 · 0.7 is 7 there, though the float32 next to 0.7 lies below it. */
function scaled(input: Dim, scale: number): Dim {
  return scale === 1 ? input : Math.floor(Math.fround(lengthOf(input, scale) * scale));
}

function lengthOf(input: Dim, by: number): number {
  return typeof input === "number"
    ? input
    : misfit("Resize", `it changes an axis of symbolic length ${input} by ${by}`);
}

const changes = ({ input, output, scale }: Stretch): boolean => input !== output || scale !== 1;

function matrixOf(attrs: Attrs, { input, output, scale }: Stretch): Interpolation {
  return interpolation(attrs, Number(input), Number(output), scale);
}

const infer: OpRule["infer"] = (inputs, attrs, constants) => {
  checkCount("Resize", inputs, 1, 4);
  const { shape } = required("Resize", inputs, 0);
  const steps = stretches(attrs, shape, (i) => constants[i] && toNumbers(constants[i]));
  const output = steps.map((step) => step.output);
  if (output.some((dim) => dim === 0)) misfit("Resize", `${show(shape)} becomes ${show(output)}, which is empty`);
  return [{ type: sharedType("Resize", inputs.slice(0, 1), "number"), shape: output }];
};

const compute: OpRule["compute"] = (inputs, attrs) => {
  const x = required("Resize", inputs, 0);
  const steps = stretches(attrs, x.dims, (i) => inputs[i]?.data);
  return [steps.filter(changes).reduce((y, step) => mix(y, step.axis, matrixOf(attrs, step)), x)];
};

/** Applies a matrix along an axis. */
function mix(x: Numbers, axis: number, rows: Interpolation): Numbers {
  const size = sizeOf(x.dims.slice(axis + 1));
  const length = x.dims[axis];
  const blocks = x.data.length / (size * length);
  const out = new Float64Array(blocks * rows.length * size);
  for (let block = 0; block < blocks; block++) {
    rows.forEach((taps, row) => {
      const target = (block * rows.length + row) * size;
      for (const { index, weight } of taps) {
        const source = (block * length + index) * size;
        for (let i = 0; i < size; i++) out[target + i] += weight * x.data[source + i];
      }
    });
  }
  return numbers(x.type, x.dims.with(axis, rows.length), out);
}

/** The transposed matrices, applied to dy; where images are only repeated, sums over blocks, which are cheaper. */
function vjp(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const x = required("Resize", tape.inputs, 0);
  if (!dy) return tape.inputs.map(() => null);
  const constant = (i: 2 | 3) => tape.inputs[i]?.constant;
  const steps = stretches(tape.attrs, x.shape, (i) => constant(i) && toNumbers(constant(i) as Tensor)).filter(changes);
  const factors = blockFactors(tape.attrs, x.shape, steps);
  const dx = factors ? blockSums(dy, factors) : steps.reduce((sum, step) => unmix(sum, step, tape.attrs), dy);
  return [dx, ...tape.inputs.slice(1).map(() => null)];
}

/** Rows and columns that each pixel of [N, C, H, W] is repeated to, or undefined where something else happens. */
function blockFactors(attrs: Attrs, shape: Shape, steps: readonly Stretch[]): readonly number[] | undefined {
  if (shape.length !== 4 || steps.length === 0 || steps.some(({ axis }) => axis < 2)) return undefined;
  const factors = [2, 3].map((axis) => {
    const step = steps.find((each) => each.axis === axis);
    return step ? repetition(matrixOf(attrs, step), Number(step.input)) : 1;
  });
  return factors.every((factor) => factor !== undefined) ? factors : undefined;
}

function blockSums(dy: Value, factors: readonly number[]): Value {
  const attrs = { kernel_shape: ints(factors), strides: ints(factors) };
  return mul(dy.builder.emit("AveragePool", [dy], attrs)[0], sizeOf(factors));
}

/** dy times the matrix of one axis. */
function unmix(dy: Value, step: Stretch, attrs: Attrs): Value {
  const [input, output] = [Number(step.input), Number(step.output)];
  const matrix = dense(matrixOf(attrs, step), input);
  const right = dy.builder.constant(tensor(dy.type, [output, input], matrix));
  const last = dy.shape.length - 1;
  if (step.axis === last) return matmul(dy, right);
  if (step.axis === last - 1) return matmul(transpose(right, [1, 0]), dy);
  const order = allAxes(dy.shape.length).with(step.axis, last).with(last, step.axis);
  return transpose(matmul(transpose(dy, order), right), order);
}

const by = (...scales: readonly number[]): Readonly<Record<number, Tensor>> => ({
  2: tensor("float32", [scales.length], scales),
});
const to = (...sizes: readonly number[]): Readonly<Record<number, Tensor>> => ({
  3: tensor("int64", [sizes.length], sizes),
});

function sample(dims: readonly number[], fixed: Readonly<Record<number, Tensor>>, attrs: Attrs): Sample {
  const shapes = fixed[3] ? [dims, null, null, fixed[3].dims] : [dims, null, fixed[2].dims];
  return { shapes, fixed, attrs };
}

const modes = (mode: string, coordinates: string, rounding = "round_prefer_floor"): Attrs => ({
  mode: string(mode),
  coordinate_transformation_mode: string(coordinates),
  nearest_mode: string(rounding),
});

const samples: readonly Sample[] = [
  sample([2, 2, 3, 4], by(1, 1, 2, 2), modes("nearest", "asymmetric", "floor")),
  sample([1, 2, 3, 4], by(1, 1, 2, 3), modes("nearest", "half_pixel")),
  sample([1, 2, 5, 4], to(1, 2, 3, 7), modes("nearest", "half_pixel", "ceil")),
  sample([1, 1, 4, 5], to(1, 1, 6, 3), modes("nearest", "align_corners", "round_prefer_ceil")),
  sample([2, 2, 3, 4], by(1, 1, 2, 2), modes("linear", "half_pixel")),
  sample([1, 2, 4, 3], to(1, 2, 7, 1), modes("linear", "pytorch_half_pixel")),
  sample([1, 2, 3, 4], to(1, 2, 5, 6), modes("linear", "align_corners")),
  sample([1, 2, 6, 5], by(1, 1, 0.5, 0.6), modes("linear", "asymmetric")),
  sample([1, 1, 4, 4], by(1, 1, 1.5, 2), modes("cubic", "half_pixel")),
  sample([1, 1, 4, 4], by(1, 1, 1.5, 2), {
    ...modes("cubic", "half_pixel"),
    cubic_coeff_a: float(-0.5),
    exclude_outside: int(1),
  }),
  sample([2, 3, 4], by(1, 1, 2), modes("linear", "half_pixel")),
  sample([1, 2, 2, 3, 2], by(2, 2), { ...modes("nearest", "asymmetric", "floor"), axes: ints([2, -1]) }),
];

export const resize: readonly OpRule[] = [{ type: "Resize", infer, compute, vjp, samples }];
