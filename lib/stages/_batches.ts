/** Batches of one fixed size, since a runtime compiles kernels for every new shape. */

/** A full batch, of which the first `count` rows count; the rest repeats the last one. */
export interface FixedBatch {
  readonly rows: Uint32Array;
  readonly count: number;
}

/** Rows in order, in batches of `size`. */
export function fixedBatches(rows: Uint32Array, size: number): readonly FixedBatch[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => {
    const first = i * size;
    const filled = Uint32Array.from({ length: size }, (_, j) => rows[Math.min(first + j, rows.length - 1)]);
    return { rows: filled, count: Math.min(size, rows.length - first) };
  });
}
