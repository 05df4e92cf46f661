/** Everything outside the library that a run may touch, handed in as one value. */
import type { Landmarks, Pixels } from "./data.ts";
import type { Files } from "./files.ts";
import type { Provider } from "./provider.ts";
import type { Results } from "./results.ts";
import type { Blob, Store } from "./store.ts";

export interface World {
  readonly provider: Provider;
  readonly store: Store;
  /** The reading door on a folder that the pipeline names. */
  files(folder: string): Files;
  readonly images: ImageWorkers;
  /** Where a finished run leaves its files; absent: nowhere. */
  readonly out?: Results;
  /** Milliseconds on a clock that only goes forward; for rates and `seconds`, never for results. */
  now(): number;
  /** Aborted on interrupt, or when the process must be recycled: a stage writes its checkpoint and throws the reason. */
  readonly signal: AbortSignal;
  /** Milliseconds between checkpoints. */
  readonly checkpointEvery: number;
  /**
   * True when the process has grown past its memory budget, or would with `reserve` bytes more, which its checkpoint takes
   * (default 0): it should write that and be recycled.
   */
  exhausted(reserve?: number): boolean;
}

/** Image work spread over the cores. */
export interface ImageWorkers {
  /** Decodes and resizes files to squares, in order; a file that cannot be read gives its reason. */
  prepare(
    files: Files,
    paths: readonly string[],
    options: PrepareOptions,
  ): AsyncIterable<{ path: string; pixels?: Pixels; reason?: string }>;
  /** Batches from a packed file (uint8 [n,S,S,3]); drawn ahead while the caller computes. */
  batches(packed: Blob, options: BatchOptions): AsyncIterable<Batch>;
}

export interface PrepareOptions {
  /** Side of the square result in pixels. */
  readonly size: number;
  /** Left, top, right and bottom edge of the part of the upright image that is used, in fractions; default: all of it. */
  readonly crop?: readonly [number, number, number, number];
  /** By path: each face is warped so that its landmarks lie where face-recognition networks expect them; null: it has none. */
  readonly landmarks?: readonly (Landmarks | null)[];
  /** Largest width times height that is decoded; more is refused (decompression bombs). Default 50 million. */
  readonly maxPixels?: number;
}

export interface BatchOptions {
  readonly size: number;
  /** Rows of the packed file, batch by batch, in the order wanted. */
  readonly batches: readonly Uint32Array[];
  /** Applied in this order with `random(seed, epoch, row, position, name)`; empty for evaluation. */
  readonly augmentations: readonly { readonly use: string; readonly params: unknown }[];
  readonly seed: number;
  readonly epoch: number;
  /** Element type of the batches: bytes are a quarter to copy and to upload. Default float32. */
  readonly form?: PixelForm;
}

/** The whole numbers 0 to 255 as bytes or as floats. */
export type PixelForm = "float32" | "uint8";

export interface Batch {
  /** [B,3,S,S], RGB 0-255, in the form asked for. */
  readonly images: Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;
  readonly rows: Uint32Array;
  /** Milliseconds that the consumer waited for this batch. */
  readonly waited: number;
}
