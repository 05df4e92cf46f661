/** Evaluation in batches of one fixed size, since a runtime compiles kernels for every new shape. */
import type { Tensor } from "../base/tensor.ts";
import type { Blob } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";

/** A full batch, of which the first `count` images count; the rest repeats the last one. */
export interface EvaluationBatch {
  readonly image: Tensor;
  readonly rows: Uint32Array;
  readonly count: number;
}

/** The images of `rows`, unaugmented, in order. */
export async function* fixedBatches(
  world: World,
  images: Blob,
  size: number,
  rows: Uint32Array,
  batch: number,
): AsyncGenerator<EvaluationBatch> {
  const batches = Array.from({ length: Math.ceil(rows.length / batch) }, (_, i) => filled(rows, i * batch, batch));
  let first = 0;
  for await (const part of world.images.batches(images, { size, batches, augmentations: [], seed: 0, epoch: 0 })) {
    const image: Tensor = { type: "float32", dims: [batch, 3, size, size], data: part.images };
    yield { image, rows: part.rows, count: Math.min(batch, rows.length - first) };
    first += batch;
  }
}

function filled(rows: Uint32Array, first: number, batch: number): Uint32Array {
  return Uint32Array.from({ length: batch }, (_, i) => rows[Math.min(first + i, rows.length - 1)]);
}
