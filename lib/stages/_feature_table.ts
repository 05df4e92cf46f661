/** The features of every packed image in one file: float32 [n, views, F], views being the image and its mirror image. */
import { viewBytes } from "../base/tensor.ts";
import type { Blob } from "../contracts/store.ts";

/** What the file holds. */
export interface FeatureIndex {
  /** Rows, as the packed images have them. */
  readonly rows: number;
  /** 1, or 2 with the mirror images. */
  readonly views: number;
  /** Features of a view, F. */
  readonly features: number;
}

/** Reads rows of the file. */
export interface FeatureTable extends FeatureIndex {
  /** float32 [rows, F]: of each row the view that `view` names, 0 or 1. */
  read(rows: Uint32Array, view: (row: number) => number): Promise<Float32Array>;
}

/** Tables up to this many bytes are held in memory; of larger ones each batch is read from the file. */
const HELD = 128 * 1024 * 1024;

export async function openFeatureTable(blob: Blob, index: FeatureIndex): Promise<FeatureTable> {
  const width = index.features * Float32Array.BYTES_PER_ELEMENT;
  const held = blob.size <= HELD ? await blob.bytes() : undefined;
  const slice = async (offset: number): Promise<Uint8Array> =>
    held?.subarray(offset, offset + width) ?? await blob.slice(offset, width);
  return {
    ...index,
    async read(rows, view) {
      const out = new Uint8Array(rows.length * width);
      await Promise.all(Array.from(rows, async (row, i) => {
        out.set(await slice((row * index.views + view(row)) * width), i * width);
      }));
      return viewBytes("float32", out) as Float32Array;
    },
  };
}
