/** Which pixels of a convolution's input and output meet under which tap of its window, as tables of pixel numbers. */
import { sizeOf } from "../base/tensor.ts";
import { tapIndices, type Window } from "../ops/window.ts";
import { tabulate } from "./index_tables.ts";

/** Whether the output is the input, pixel by pixel, under a window of one. */
export function isPointwise({ kernel, strides, begins, input, output }: Window): boolean {
  return [...kernel, ...strides].every((length) => length === 1) && begins.every((length) => length === 0) &&
    input.join() === output.join();
}

/** For each tap and each output pixel the input pixel under it; H · W where there is none. */
export function inputTable(window: Window): Int32Array {
  const { taps, pixels, places } = countsOf(window);
  const under = tapIndices(window);
  return tabulate([taps, pixels], (tap, pixel) => {
    const place = under[pixel * taps + tap];
    return place < 0 ? places : place;
  });
}

/** For each tap and each input pixel the output pixel whose tap lies on it; oH · oW where there is none. */
export function outputTable(window: Window): Int32Array {
  const { taps, pixels, places } = countsOf(window);
  const table = new Int32Array(taps * places).fill(pixels);
  tapIndices(window).forEach((place, i) => {
    if (place >= 0) table[(i % taps) * places + place] = Math.floor(i / taps);
  });
  return table;
}

/**
 * For each input pixel all numbers tap · oH · oW + output pixel that meet it, filled up with the number of all such pairs to lists of
 * equal length.
 */
export function meetingTable(window: Window): { readonly table: Int32Array; readonly most: number } {
  const { taps, pixels, places } = countsOf(window);
  const byTap = outputTable(window);
  const lists = Array.from({ length: places }, (_, place) => {
    const met = Array.from({ length: taps }, (_, tap) => ({ tap, at: byTap[tap * places + place] }));
    return met.filter(({ at }) => at < pixels).map(({ tap, at }) => tap * pixels + at);
  });
  const most = Math.max(1, ...new Set(lists.map((list) => list.length)));
  return { table: tabulate([places, most], (place, i) => lists[place][i] ?? taps * pixels), most };
}

/** How many taps the window has, how many pixels the output and how many places the input. */
function countsOf({ kernel, input, output }: Window): { taps: number; pixels: number; places: number } {
  return { taps: sizeOf(kernel), pixels: sizeOf(output), places: sizeOf(input) };
}
