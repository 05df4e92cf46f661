/** Convolution and its adjoint, in any number of spatial axes. */
import { sizeOf } from "../../base/tensor.ts";
import type { Numbers, OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, type Dim, int, ints, type Shape, string, type TensorType } from "../../graph/graph.ts";
import { checkCount, intAttr, intsAttr, misfit, required, sharedType, show } from "./_check.ts";
import { channelSum, collect, filterGradient, spread } from "./_conv_gradient.ts";
import { addBias, type Convolution, convolve, convolveTransposed } from "./_convolve.ts";
import { checkLength, known } from "./_dims.ts";
import { numbers } from "./_numbers.ts";
import { spatial, transposedWindowOf, type Window, windowOf } from "../window.ts";

/** A node of either operator, read: its window, the groups and the channels that it gives. */
interface Form {
  readonly window: Window;
  readonly groups: number;
  readonly channels: Dim;
}

function groupsOf(op: string, attrs: Attrs, channels: Dim): number {
  const groups = intAttr(attrs, "group", 1);
  const divides = groups >= 1 && (typeof channels === "string" || channels % groups === 0);
  return divides ? groups : misfit(op, `group ${groups} does not divide the ${channels} channels`);
}

function kernelOf(op: string, attrs: Attrs, x: Shape, filters: Shape): readonly number[] {
  if (filters.length !== x.length) misfit(op, `weight ${show(filters)} and input ${show(x)} must have one rank`);
  const kernel = known(op, filters.slice(2), "the kernel of the weight");
  const named = intsAttr(attrs, "kernel_shape");
  if (named && show(named) !== show(kernel)) {
    misfit(op, `kernel_shape [${named}] differs from the weight ${show(filters)}`);
  }
  return kernel;
}

function convForm(attrs: Attrs, x: Shape, filters: Shape): Form {
  const lengths = spatial("Conv", x);
  const kernel = kernelOf("Conv", attrs, x, filters);
  const groups = groupsOf("Conv", attrs, filters[0]);
  const each = filters[1];
  if (typeof each === "number") checkLength("Conv", `the channel count of input ${show(x)}`, x[1], each * groups);
  return { window: windowOf("Conv", attrs, kernel, lengths), groups, channels: filters[0] };
}

function transposeForm(attrs: Attrs, x: Shape, filters: Shape): Form {
  const lengths = spatial("ConvTranspose", x);
  const kernel = kernelOf("ConvTranspose", attrs, x, filters);
  const groups = groupsOf("ConvTranspose", attrs, filters[0]);
  checkLength("ConvTranspose", `the channel count of input ${show(x)}`, x[1], filters[0]);
  const [, each] = known("ConvTranspose", filters.slice(0, 2), "the channels of the weight");
  return { window: transposedWindowOf("ConvTranspose", attrs, kernel, lengths), groups, channels: each * groups };
}

function inferWith(op: string, form: typeof convForm, side: "input" | "output"): OpRule["infer"] {
  return (inputs, attrs) => {
    checkCount(op, inputs, 2, 3);
    const [x, filters] = [required(op, inputs, 0), required(op, inputs, 1)];
    const type = sharedType(op, inputs, "float");
    const { window, channels } = form(attrs, x.shape, filters.shape);
    if (inputs[2]) checkBias(op, inputs[2], channels);
    return [{ type, shape: [x.shape[0], channels, ...window[side]] }];
  };
}

function checkBias(op: string, bias: TensorType, channels: Dim): void {
  if (bias.shape.length !== 1) misfit(op, `the bias has shape ${show(bias.shape)}, it must be [${channels}]`);
  checkLength(op, "the length of the bias", bias.shape[0], channels);
}

function computeConv(inputs: readonly (Numbers | null)[], attrs: Attrs): readonly Numbers[] {
  const [x, filters] = [required("Conv", inputs, 0), required("Conv", inputs, 1)];
  const { window, groups } = convForm(attrs, x.dims, filters.dims);
  const form = { window, groups, batch: x.dims[0], large: x.dims[1], small: filters.dims[0] };
  return [finish(x, convolve(x.data, filters.data, form), inputs[2], [form.batch, form.small, ...window.output])];
}

function computeTranspose(inputs: readonly (Numbers | null)[], attrs: Attrs): readonly Numbers[] {
  const [x, filters] = [required("ConvTranspose", inputs, 0), required("ConvTranspose", inputs, 1)];
  const { window, groups } = transposeForm(attrs, x.dims, filters.dims);
  const large = filters.dims[1] * groups;
  const form: Convolution = { window, groups, batch: x.dims[0], large, small: x.dims[1] };
  return [finish(x, convolveTransposed(x.data, filters.data, form), inputs[2], [form.batch, large, ...window.input])];
}

function finish(x: Numbers, y: Float64Array, bias: Numbers | null | undefined, dims: readonly number[]): Numbers {
  if (bias) addBias(y, bias.data, sizeOf(dims.slice(2)));
  return numbers(x.type, dims, y);
}

function convGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [x, filters] = [required("Conv", tape.inputs, 0), required("Conv", tape.inputs, 1)];
  if (!dy) return tape.inputs.map(() => null);
  const { window, groups } = convForm(tape.attrs, x.shape, filters.shape);
  return [
    tape.wanted(0) ? spread(dy, filters, window, groups) : null,
    tape.wanted(1) ? filterGradient(x, dy, window, groups) : null,
    tape.inputs[2] && tape.wanted(2) ? channelSum(dy) : null,
  ];
}

function transposeGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [x, filters] = [required("ConvTranspose", tape.inputs, 0), required("ConvTranspose", tape.inputs, 1)];
  if (!dy) return tape.inputs.map(() => null);
  const { window, groups } = transposeForm(tape.attrs, x.shape, filters.shape);
  return [
    tape.wanted(0) ? collect(dy, filters, window, groups) : null,
    tape.wanted(1) ? filterGradient(dy, x, window, groups) : null,
    tape.inputs[2] && tape.wanted(2) ? channelSum(dy) : null,
  ];
}

const convSamples: readonly Sample[] = [
  { shapes: [[2, 3, 5, 6], [4, 3, 3, 3], [4]], attrs: { pads: ints([1, 1, 1, 1]) } },
  { shapes: [[2, 3, 6, 6], [2, 3, 3, 3]], attrs: { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) } },
  { shapes: [[2, 2, 7, 8], [3, 2, 1, 1], null], attrs: { strides: ints([2, 3]) } },
  {
    shapes: [[1, 2, 8, 9], [2, 2, 3, 2]],
    attrs: { dilations: ints([2, 3]), strides: ints([2, 1]), pads: ints([0, 1, 3, 2]) },
  },
  { shapes: [[2, 6, 5, 5], [4, 3, 3, 3], [4]], attrs: { group: int(2), pads: ints([1, 0, 2, 1]) } },
  {
    shapes: [[2, 3, 6, 5], [6, 1, 3, 3], [6]],
    attrs: { group: int(3), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) },
  },
  { shapes: [[2, 3, 7], [2, 3, 3], [2]], attrs: { strides: ints([2]), auto_pad: string("SAME_UPPER") } },
  { shapes: [[1, 2, 6, 5], [2, 2, 2, 4]], attrs: { auto_pad: string("SAME_LOWER"), strides: ints([2, 1]) } },
  { shapes: [[1, 2, 6, 5], [2, 2, 3, 2]], attrs: { auto_pad: string("VALID"), kernel_shape: ints([3, 2]) } },
  {
    shapes: [[1, 2, 3, 4, 5], [2, 2, 2, 3, 2], [2]],
    attrs: { strides: ints([1, 2, 1]), pads: ints([1, 0, 1, 0, 1, 0]) },
  },
];

const transposeSamples: readonly Sample[] = [
  { shapes: [[2, 3, 4, 3], [3, 2, 3, 3], [2]], attrs: { pads: ints([1, 1, 1, 1]) } },
  { shapes: [[2, 3, 3, 4], [3, 2, 2, 2]], attrs: { strides: ints([2, 2]) } },
  {
    shapes: [[1, 2, 3, 3], [2, 3, 3, 3], [3]],
    attrs: { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), output_padding: ints([1, 1]) },
  },
  {
    shapes: [[1, 4, 3, 3], [4, 2, 3, 2]],
    attrs: { group: int(2), strides: ints([2, 3]), dilations: ints([2, 1]), pads: ints([2, 0, 1, 1]) },
  },
  { shapes: [[2, 3, 4], [3, 1, 3], [3]], attrs: { group: int(3), strides: ints([2]), auto_pad: string("SAME_UPPER") } },
  { shapes: [[1, 2, 3, 3], [2, 1, 4, 4]], attrs: { strides: ints([2, 2]), output_shape: ints([6, 7]) } },
  {
    shapes: [[1, 2, 3, 4], [2, 2, 2, 3]],
    attrs: { strides: ints([2, 1]), dilations: ints([3, 1]), output_padding: ints([1, 0]) },
  },
];

export const conv: readonly OpRule[] = [
  {
    type: "Conv",
    infer: inferWith("Conv", convForm, "output"),
    compute: computeConv,
    vjp: convGradient,
    samples: convSamples,
  },
  {
    type: "ConvTranspose",
    infer: inferWith("ConvTranspose", transposeForm, "input"),
    compute: computeTranspose,
    vjp: transposeGradient,
    samples: transposeSamples,
  },
];
