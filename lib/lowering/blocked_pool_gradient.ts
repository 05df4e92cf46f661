/**
 * The gradient of a maximum over windows, in blocked order: tap by tap, so that nothing larger than the image itself is laid out but
 * the hits. All taps in one tensor would take three times the memory, where a train step of few classes has its peak.
 */
import type { Value } from "../contracts/op.ts";
import { tensor } from "../base/tensor.ts";
import { type Attrs, staticShape } from "../graph/graph.ts";
import { add, concat, div, gather, hardSigmoid, mul, pad, reshape, sub } from "../ops/emit.ts";
import type { Window } from "../ops/window.ts";
import { pixels } from "./blocked_ops.ts";
import { poolWindow } from "./composites.ts";
import { indexTable, tabulate } from "./index_tables.ts";
import { interleave } from "./interleave.ts";

/** So steep that only equality gives 1: 1 + STEEP · (x - maximum) is at most 0 for every smaller x. */
const STEEP = 1e30;

/** Padding that is never a maximum. */
const LOWEST = -3e38;

/** A place of the window, by its distance from the place of the window itself in rows and columns of the image. */
type Tap = readonly [number, number];

/** The gradient of x [N,C,H,W] from x, y and dy [N,C,oH,oW]; equal maxima of a window share it. */
export function blockedPoolGradient(x: Value, y: Value, dy: Value, attrs: Attrs, block: number): Value {
  const maxima = pixels(y, block);
  const window = poolWindow(staticShape(x.shape, "an image"), attrs);
  const taps = tapsOf(window);
  const hits = pixelsUnder(taps, x, window, block).map((image) => hardSigmoid(sub(image, maxima), STEEP, 1));
  const share = div(pixels(dy, block), hits.reduce(add));
  const parts = new Map(taps.map((tap, i) => [tap, mul(hits[i], share)]));
  return putBack(parts, x, window, block);
}

function tapsOf({ kernel: [height, width], dilations: [down, across], begins: [top, left] }: Window): readonly Tap[] {
  return Array.from({ length: height * width }, (_, i) => {
    return [Math.floor(i / width) * down - top, (i % width) * across - left];
  });
}

/** For each tap the pixels under it, as rows [N·C/b, oH·oW, b]. */
function pixelsUnder(taps: readonly Tap[], x: Value, { strides, output }: Window, block: number): readonly Value[] {
  const [batch, channels, height, width] = staticShape(x.shape, "an image");
  const [down, across] = strides;
  const blocks = batch * channels / block;
  const outside = x.builder.constant(
    tensor(x.type, [blocks, 1, block], new Float32Array(blocks * block).fill(LOWEST)),
  );
  const source = concat([pixels(x, block), outside], 1);
  return taps.map(([row, column]) => {
    const order = tabulate(output, (i, j) => {
      const [h, w] = [i * down + row, j * across + column];
      return h < 0 || w < 0 || h >= height || w >= width ? height * width : h * width + w;
    });
    return gather(source, indexTable(x.builder, order), 1);
  });
}

/** Adds up what each pixel gets from the windows over it. */
function putBack(parts: ReadonlyMap<Tap, Value>, x: Value, { strides, output }: Window, block: number): Value {
  const shape = staticShape(x.shape, "an image");
  const remainders = strides.map((stride) => Array.from({ length: stride }, (_, i) => i));
  const phases = remainders[0].map((row) =>
    remainders[1].map((column) => {
      const hitting = [...parts].filter(([tap]) => [row, column].every((r, i) => (tap[i] - r) % strides[i] === 0));
      const moved = hitting.map(([tap, part]) => {
        const steps = [row, column].map((r, i) => (tap[i] - r) / strides[i]);
        const wanted = [row, column].map((r, i) => Math.ceil((shape[i + 2] - r) / strides[i]));
        return shifted(part, output, steps, wanted, block);
      });
      return moved.length === 0 ? null : moved.reduce(add);
    })
  );
  return interleave(phases, shape, block);
}

/** Rows of pixels moved down and to the right, and cut off or padded with zeros to `wanted` lengths. */
function shifted(
  part: Value,
  [height, width]: readonly number[],
  [down, right]: readonly number[],
  wanted: readonly number[],
  block: number,
): Value {
  const ends = [wanted[0] - height - down, wanted[1] - width - right];
  if (down === 0 && right === 0 && ends[0] === 0 && ends[1] === 0) return part;
  const lines = reshape(part, [Number(part.shape[0]), height, width * block]);
  const moved = pad(lines, [0, down, right * block, 0, ends[0], ends[1] * block]);
  return reshape(moved, [Number(part.shape[0]), wanted[0] * wanted[1], block]);
}
