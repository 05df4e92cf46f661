/**
 * The pixels under windows of images as columns of matrices, one for each place of the window in each image. The batch comes last: then
 * a product over all images is one, whose columns fill the kernel's tiles also where images are small, and the weight gradient reads
 * the same columns as the convolution. On llvmpipe 16 images of 16 channels and 16×16 pixels take 15 ms to lay out, and 2 to move.
 */
import { sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import { isStatic, type Node, staticShape } from "../graph/graph.ts";
import { gather, pad, reshape, slice, transpose } from "../ops/emit.ts";
import type { Window } from "../ops/window.ts";
import { intOf } from "./attributes.ts";
import { indexTable } from "./index_tables.ts";
import type { Rewriting } from "./rewrite.ts";

/** A table of pixel numbers for each tap and each place; the number behind the last pixel stands for 0. */
export type Table = (window: Window) => Int32Array;

/**
 * Columns up to this size in bytes are laid out once and kept from the convolution to its gradient; larger ones are laid out again,
 * since nine times the image would stay in memory.
 */
const KEPT_BYTES = 4 * 2 ** 20;

/** Lays out what is asked for, images in portions and moved axes once for all who ask. */
export class Columns {
  readonly #portions = new Map<string, readonly Value[]>();
  readonly #moved = new Map<Value, Value>();
  readonly #kept = new Map<string, Value>();

  /** The batch [N,…] in portions of at most `most` images. */
  portions(x: Value, most: number): readonly Value[] {
    const [batch] = dims(x);
    if (most >= batch) return [x];
    return remembered(this.#portions, `${x.name} ${most}`, () => {
      const starts = Array.from({ length: Math.ceil(batch / most) }, (_, i) => i * most);
      return starts.map((start) => slice(x, [start], [Math.min(batch, start + most)], [0]));
    });
  }

  /** [N,C,H,W] to [C,H·W,N]. */
  batchLast(x: Value): Value {
    return remembered(this.#moved, x, () => transpose(planes(x), [1, 2, 0]));
  }

  /** [C·T,P·N] of the images [N,C,H,W]: what the table tells for T taps and P places. */
  of(x: Value, window: Window, table: Table): Value {
    const make = (): Value => {
      const images = this.batchLast(x);
      const [channels, , batch] = dims(images);
      const taps = sizeOf(window.kernel);
      const pixels = gathered(images, 1, table(window));
      return reshape(pixels, [channels * taps, (dims(pixels)[1] / taps) * batch]);
    };
    const key = `${x.name} ${table.name} ${placesOf(window)}`;
    const columns = this.#kept.get(key) ?? make();
    if (4 * sizeOf(dims(columns)) <= KEPT_BYTES) this.#kept.set(key, columns);
    return columns;
  }
}

/** Pixels by number along `axis`; the number behind the last one stands for 0. */
export function gathered(x: Value, axis: number, table: Int32Array): Value {
  const length = dims(x)[axis];
  const ends = dims(x).map((_, i) => (i === axis ? 1 : 0));
  const source = table.includes(length) ? pad(x, [...ends.map(() => 0), ...ends]) : x;
  return gather(source, indexTable(x.builder, table), axis);
}

/** [N,C,H,W] to [N,C,H·W]. */
export function planes(x: Value): Value {
  const [batch, channels, ...size] = dims(x);
  return reshape(x, [batch, channels, sizeOf(size)]);
}

export function dims(x: Value): readonly number[] {
  return staticShape(x.shape, `"${x.name}"`);
}

/** Whether a convolution or its gradient is of one group, with static first inputs of two spatial axes. */
export function isOfImages(node: Node, rewriting: Rewriting): boolean {
  const shapes = node.inputs.slice(0, 2).map((name) => rewriting.value(name).shape);
  return intOf(node.attrs, "group", 1) === 1 && shapes.every((shape) => isStatic(shape) && shape.length === 4);
}

/** What a window's tables depend on. */
function placesOf({ kernel, strides, dilations, begins, input, output }: Window): string {
  return [kernel, strides, dilations, begins, input, output].map((list) => list.join("x")).join(" ");
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const value = known.get(key) ?? make();
  known.set(key, value);
  return value;
}
