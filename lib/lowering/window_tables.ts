/** Which pixels of a convolution's input and output meet under which tap of its window, as tables of pixel numbers. */
import type { Attrs } from "../graph/graph.ts";
import { intsOf } from "./attributes.ts";
import { tabulate } from "./index_tables.ts";

/** A two-dimensional convolution from `input` [H,W] to `output` [oH,oW]. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Padding before the first row and column. */
  readonly begins: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/** Reads the attributes of a Conv, a ConvTranspose or a ConvWeightGradient; `input` and `output` are those of the convolution. */
export function windowsOf(
  attrs: Attrs,
  kernel: readonly number[],
  input: readonly number[],
  output: readonly number[],
): Windows {
  return {
    kernel,
    strides: intsOf(attrs, "strides", [1, 1]),
    dilations: intsOf(attrs, "dilations", [1, 1]),
    begins: intsOf(attrs, "pads", [0, 0, 0, 0]).slice(0, 2),
    input,
    output,
  };
}

/** Whether the output is the input, pixel by pixel, under a window of one. */
export function isPointwise({ kernel, strides, begins, input, output }: Windows): boolean {
  return [...kernel, ...strides].every((length) => length === 1) && begins.every((length) => length === 0) &&
    input.join() === output.join();
}

/** For each tap and each output pixel the input pixel under it; H · W where there is none. */
export function inputTable(windows: Windows): Int32Array {
  const { kernel, input, output } = windows;
  return tabulate([...kernel, ...output], (i, j, row, column) => {
    return pixel([inputPlace(windows, 0, i, row), inputPlace(windows, 1, j, column)], input);
  });
}

/** For each tap and each input pixel the output pixel whose tap lies on it; oH · oW where there is none. */
export function outputTable(windows: Windows): Int32Array {
  const { kernel, input, output } = windows;
  return tabulate([...kernel, ...input], (i, j, row, column) => {
    return pixel([outputPlace(windows, 0, i, row), outputPlace(windows, 1, j, column)], output);
  });
}

/**
 * For each input pixel all numbers tap · oH · oW + output pixel that meet it, filled up with the number of all such pairs to lists of
 * equal length.
 */
export function meetingTable(windows: Windows): { readonly table: Int32Array; readonly most: number } {
  const pixels = windows.output[0] * windows.output[1];
  const taps = windows.kernel[0] * windows.kernel[1];
  const places = windows.input[0] * windows.input[1];
  const byTap = outputTable(windows);
  const lists = Array.from({ length: places }, (_, place) => {
    const met = Array.from({ length: taps }, (_, tap) => ({ tap, at: byTap[tap * places + place] }));
    return met.filter(({ at }) => at < pixels).map(({ tap, at }) => tap * pixels + at);
  });
  const most = Math.max(1, ...new Set(lists.map((list) => list.length)));
  return { table: tabulate([places, most], (place, i) => lists[place][i] ?? taps * pixels), most };
}

function inputPlace({ strides, dilations, begins }: Windows, axis: number, tap: number, at: number): number {
  return at * strides[axis] + tap * dilations[axis] - begins[axis];
}

function outputPlace({ strides, dilations, begins }: Windows, axis: number, tap: number, at: number): number {
  const reached = at + begins[axis] - tap * dilations[axis];
  return reached % strides[axis] === 0 ? reached / strides[axis] : -1;
}

/** The number of a pixel, or that of all pixels where it lies outside. */
function pixel([row, column]: readonly number[], [height, width]: readonly number[]): number {
  const inside = row >= 0 && row < height && column >= 0 && column < width;
  return inside ? row * width + column : height * width;
}
