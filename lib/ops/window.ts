/** The sliding window that convolutions and poolings share, in any number of spatial axes. */
import type { Attrs, Shape } from "../graph/graph.ts";
import { intAttr, intsAttr, misfit, stringAttr } from "./rules/_check.ts";
import { known } from "./rules/_dims.ts";

/** One entry per spatial axis in every list; `input` and `output` are the lengths of the large and the small side. */
export interface Window extends Pick<WindowAttrs, "kernel" | "strides" | "dilations" | "begins"> {
  /** What the last window covers behind the input; negative where it ends before the input does. */
  readonly ends: readonly number[];
  /** Padding behind the input as the node asks for it. */
  readonly padding: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** What the attributes of a node say of its window: one entry per spatial axis in every list. */
export interface WindowAttrs {
  /** Empty where the filters alone tell it. */
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** The pads attribute; zeros where `automatic` is not NOTSET, since padding then follows from the input. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  /** The auto_pad attribute. */
  readonly automatic: string;
  /** Whether a last window may start before the end and reach beyond it. */
  readonly ceil: boolean;
}

/**
 * Reads the attributes of a convolution, its gradient or a pooling of `rank` spatial axes.
 * @throws GraphError where a list has not one entry for each axis.
 */
export function readWindow(op: string, attrs: Attrs, rank: number): WindowAttrs {
  const automatic = stringAttr(attrs, "auto_pad", "NOTSET");
  const [begins, ends] = explicitPads(op, automatic === "NOTSET" ? attrs : {}, rank);
  return {
    kernel: intsAttr(attrs, "kernel_shape") ?? [],
    strides: perAxis(op, attrs, "strides", rank, 1),
    dilations: perAxis(op, attrs, "dilations", rank, 1),
    begins,
    ends,
    automatic,
    ceil: intAttr(attrs, "ceil_mode", 0) !== 0,
  };
}

/** Elements between the first and the last tap of a window, both counted. */
function reach(kernel: number, dilation: number): number {
  return (kernel - 1) * dilation + 1;
}

/** The spatial lengths of a shape [N, C, …], which must be numbers. */
export function spatial(op: string, shape: Shape): readonly number[] {
  if (shape.length < 3) misfit(op, `its input has rank ${shape.length}, at least [N, C, length] is needed`);
  return known(op, shape.slice(2), "the spatial shape");
}

/** The window of a Conv or pooling node over `input` spatial lengths. */
export function windowOf(op: string, attrs: Attrs, kernel: readonly number[], input: readonly number[]): Window {
  const rank = input.length;
  if (kernel.length !== rank) {
    misfit(op, `kernel [${kernel}] has ${kernel.length} axes, the input has ${rank} spatial ones`);
  }
  const given = readWindow(op, attrs, rank);
  const { strides, dilations, ceil } = given;
  const spans = kernel.map((k, i) => reach(k, dilations[i]));
  const [begins, ends] = padding(op, given, input, spans);
  const output = input.map((length, i) =>
    steps(length + begins[i] + ends[i] - spans[i], length + begins[i], strides[i], ceil)
  );
  output.forEach((length, i) => {
    if (length < 1) misfit(op, `axis ${i + 2} of length ${input[i]} is shorter than its window of ${spans[i]}`);
  });
  const fit = output.map((length, i) => (length - 1) * strides[i] + spans[i] - input[i] - begins[i]);
  return { kernel, strides, dilations, begins, ends: fit, padding: ends, input, output };
}

/** Window positions; in ceil mode a last window that would start in the end padding is left out. */
function steps(room: number, last: number, stride: number, ceil: boolean): number {
  if (!ceil) return Math.floor(room / stride) + 1;
  const count = Math.ceil(room / stride) + 1;
  return (count - 1) * stride >= last ? count - 1 : count;
}

/** A list attribute with one entry per spatial axis. */
function perAxis(op: string, attrs: Attrs, name: string, rank: number, absent: number): readonly number[] {
  const list = intsAttr(attrs, name) ?? Array<number>(rank).fill(absent);
  if (list.length !== rank) misfit(op, `${name} [${list}] has ${list.length} entries, ${rank} are needed`);
  return list;
}

function padding(
  op: string,
  { automatic, begins, ends, strides }: WindowAttrs,
  input: readonly number[],
  spans: readonly number[],
): readonly [readonly number[], readonly number[]] {
  if (automatic === "NOTSET") return [begins, ends];
  if (automatic === "VALID") return [input.map(() => 0), input.map(() => 0)];
  const total = input.map((length, i) => {
    const output = Math.ceil(length / strides[i]);
    return Math.max(0, (output - 1) * strides[i] + spans[i] - length);
  });
  return halves(op, automatic, total);
}

/** The pads attribute as [begins, ends]. */
function explicitPads(op: string, attrs: Attrs, rank: number): readonly [readonly number[], readonly number[]] {
  const pads = intsAttr(attrs, "pads") ?? Array<number>(2 * rank).fill(0);
  if (pads.length !== 2 * rank) misfit(op, `pads [${pads}] has ${pads.length} entries, ${2 * rank} are needed`);
  return [pads.slice(0, rank), pads.slice(rank)];
}

/** Splits padding evenly; an odd one goes to the end (SAME_UPPER) or to the begin (SAME_LOWER). */
function halves(
  op: string,
  mode: string,
  total: readonly number[],
): readonly [readonly number[], readonly number[]] {
  const less = total.map((pad) => Math.floor(pad / 2));
  const more = total.map((pad, i) => pad - less[i]);
  if (mode === "SAME_UPPER") return [less, more];
  if (mode === "SAME_LOWER") return [more, less];
  return misfit(op, `auto_pad "${mode}" is unknown, NOTSET, SAME_UPPER, SAME_LOWER or VALID would be right`);
}

/**
 * The window of a ConvTranspose node over `small` spatial lengths. It is described as the window of the convolution that the
 * node is the adjoint of: `input` is what the node gives, `output` what it takes.
 */
export function transposedWindowOf(
  op: string,
  attrs: Attrs,
  kernel: readonly number[],
  small: readonly number[],
): Window {
  const rank = small.length;
  const given = readWindow(op, attrs, rank);
  const { strides, dilations } = given;
  const extra = perAxis(op, attrs, "output_padding", rank, 0);
  const full = small.map((length, i) => (length - 1) * strides[i] + reach(kernel[i], dilations[i]));
  const [begins, padding] = transposedPads(op, attrs, given, full.map((length, i) => length + extra[i]), small);
  const input = full.map((length, i) => length + extra[i] - begins[i] - padding[i]);
  input.forEach((length, i) => {
    if (length < 1) {
      misfit(op, `pads [${begins}] and [${padding}] leave nothing of axis ${i + 2}, fewer would be right`);
    }
  });
  const ends = full.map((length, i) => length - input[i] - begins[i]);
  return { kernel, strides, dilations, begins, ends, padding, input, output: small };
}

/** Padding of ConvTranspose: given, or what cuts `full` down to the length that is asked for. */
function transposedPads(
  op: string,
  attrs: Attrs,
  { automatic, begins, ends, strides }: WindowAttrs,
  full: readonly number[],
  small: readonly number[],
): readonly [readonly number[], readonly number[]] {
  const asked = intsAttr(attrs, "output_shape")?.slice(-small.length);
  if (!asked && automatic === "NOTSET") return [begins, ends];
  if (!asked && automatic === "VALID") return [small.map(() => 0), small.map(() => 0)];
  const lengths = asked ?? small.map((length, i) => length * strides[i]);
  const total = full.map((length, i) => length - lengths[i]);
  if (total.some((pad) => pad < 0)) {
    misfit(op, `output_shape [${lengths}] is larger than [${full}], the most it can give`);
  }
  return halves(op, automatic === "SAME_UPPER" ? automatic : "SAME_LOWER", total);
}

/**
 * For each output position and each tap (row-major, taps within positions) the flat spatial index into the input, or -1
 * where the tap lies in the padding.
 */
export function tapIndices(window: Window): Int32Array {
  let indices: Int32Array = new Int32Array(1);
  let [rows, columns] = [1, 1];
  for (let axis = 0; axis < window.input.length; axis++) {
    indices = refine(window, axis, indices, rows, columns);
    rows *= window.output[axis];
    columns *= window.kernel[axis];
  }
  return indices;
}

/** Extends a table [rows, columns] of indices over the axes before `axis` by this axis. */
function refine(window: Window, axis: number, table: Int32Array, rows: number, columns: number): Int32Array {
  const [length, outputs, taps] = [window.input[axis], window.output[axis], window.kernel[axis]];
  const [stride, dilation, begin] = [window.strides[axis], window.dilations[axis], window.begins[axis]];
  const out = new Int32Array(rows * outputs * columns * taps);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outputs; o++) {
      for (let column = 0; column < columns; column++) {
        const outer = table[row * columns + column];
        for (let tap = 0; tap < taps; tap++) {
          const i = o * stride - begin + tap * dilation;
          const inside = outer >= 0 && i >= 0 && i < length;
          out[at++] = inside ? outer * length + i : -1;
        }
      }
    }
  }
  return out;
}
