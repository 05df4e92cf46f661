/** Puts blocked images of every second (third, …) row and column together. */
import type { Value } from "../contracts/op.ts";
import { tensor } from "../base/tensor.ts";
import { concat, gather, reshape } from "../ops/emit.ts";
import { indexTable, tabulate } from "./index_tables.ts";

/**
 * The image of shape [N,C,H,W] whose pixels at rows y and columns x are those of `parts[y % rows][x % columns]`, each given as rows of
 * `block` channels [N·C/b, pixels, b]; pixels of a part that is null are 0. At least one part is there.
 */
export function interleave(
  parts: readonly (readonly (Value | null)[])[],
  shape: readonly number[],
  block: number,
): Value {
  const even = shape[2] % parts.length === 0 && shape[3] % parts[0].length === 0;
  const complete = parts.flat().every((part) => part !== null);
  return even && complete
    ? interleaveEvenly(parts as readonly (readonly Value[])[], shape, block)
    : interleaveByTable(parts, shape, block);
}

/** Two concatenations, of pixels and of lines: half the time of a table. */
function interleaveEvenly(parts: readonly (readonly Value[])[], shape: readonly number[], block: number): Value {
  const [batch, channels, height, width] = shape;
  const lines = batch * channels / block * height / parts.length;
  const across = width / parts[0].length;
  const whole = parts.map((row) => {
    const columns = row.map((part) => reshape(part, [lines * across, block]));
    return reshape(columns.length === 1 ? columns[0] : concat(columns, 1), [lines, width * block]);
  });
  return reshape(whole.length === 1 ? whole[0] : concat(whole, 1), shape);
}

function interleaveByTable(
  parts: readonly (readonly (Value | null)[])[],
  [batch, channels, height, width]: readonly number[],
  block: number,
): Value {
  const [down, across] = [parts.length, parts[0].length];
  const present = parts.flat().filter((part) => part !== null);
  const { builder, type } = present[0];
  const blocks = batch * channels / block;
  const zero = builder.constant(tensor(type, [blocks, 1, block], new Float32Array(blocks * block)));
  const starts = new Map<Value | null, number>();
  let total = 0;
  for (const part of present) {
    starts.set(part, total);
    total += Number(part.shape[1]);
  }
  const order = tabulate([height, width], (y, x) => {
    const start = starts.get(parts[y % down][x % across]);
    const columns = Math.ceil((width - (x % across)) / across);
    return start === undefined ? total : start + Math.floor(y / down) * columns + Math.floor(x / across);
  });
  return reshape(gather(concat([...present, zero], 1), indexTable(builder, order), 1), [
    batch,
    channels,
    height,
    width,
  ]);
}
