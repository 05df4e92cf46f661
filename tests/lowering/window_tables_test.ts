/** Tables of pixels, on a window small enough to follow: 2x1 of stride 2 over an image [3,2] with one row of padding before it. */
import assert from "node:assert/strict";
import { ints } from "../../lib/graph/graph.ts";
import { inputTable, isPointwise, meetingTable, outputTable } from "../../lib/lowering/window_tables.ts";
import { windowOf } from "../../lib/ops/window.ts";

const WINDOW = windowOf("Conv", { strides: ints([2, 1]), pads: ints([1, 0, 0, 0]) }, [2, 1], [3, 2]);
/** Pixels of the image, and of the output [2,2]: the numbers that stand for none. */
const [OUTSIDE, NONE] = [6, 4];

Deno.test("the input pixel under each tap of each output pixel", () => {
  assert.deepEqual([...inputTable(WINDOW)], [
    ...[OUTSIDE, OUTSIDE, 2, 3], // the upper tap lies in the padding first
    ...[0, 1, 4, 5],
  ]);
});

Deno.test("the output pixel whose tap lies on each input pixel", () => {
  assert.deepEqual([...outputTable(WINDOW)], [
    ...[NONE, NONE, 2, 3, NONE, NONE],
    ...[0, 1, NONE, NONE, 2, 3],
  ]);
});

Deno.test("all taps and output pixels that meet an input pixel, in lists of equal length", () => {
  assert.deepEqual(meetingTable(WINDOW), { table: Int32Array.of(4, 5, 2, 3, 6, 7), most: 1 });
  const dense = windowOf("Conv", {}, [2, 1], [3, 1]); // each tap lies on two of the three rows
  assert.deepEqual(meetingTable(dense), { table: Int32Array.of(0, 4, 1, 2, 3, 4), most: 2 });
});

Deno.test("only a window of one pixel without stride and padding is pointwise", () => {
  const pointwise = (attrs: Parameters<typeof windowOf>[1], kernel = [1, 1]) =>
    isPointwise(windowOf("Conv", attrs, kernel, [4, 4]));
  assert.ok(pointwise({}));
  assert.ok(!pointwise({}, [1, 2]));
  assert.ok(!pointwise({ strides: ints([2, 2]) }));
  assert.ok(!pointwise({ pads: ints([0, 0, 1, 1]) }));
});
