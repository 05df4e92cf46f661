/** Sockets of the data rooms: readers, augmentations, metrics. */
import type { Random } from "../base/random.ts";
import type { Files } from "./files.ts";
import type { Plugin } from "./plugin.ts";

/**
 * Five points of a face in pixels of its upright image, x0, y0, … x4, y4: the eye on the left of the image, the eye on the right,
 * the tip of the nose, the left and the right corner of the mouth. (0, 0) is the middle of the pixel at the top left.
 */
export type Landmarks = readonly number[];

/** One labelled image. */
export interface Face {
  /** Path relative to `dataset.path`, with `/`. */
  readonly file: string;
  /** Years. */
  readonly age: number;
  /** Further labels by column, e.g. `{ gender: "male", race: "white" }`. */
  readonly groups: Readonly<Record<string, string>>;
  readonly landmarks?: Landmarks;
}

/** An image that is left out, and why. */
export interface Reject {
  readonly file: string;
  readonly reason: string;
}

export interface DatasetReader<P> extends Plugin<P> {
  /** Whether its faces can have landmarks; default: no. */
  readonly landmarks?: boolean;
  /** The faces below the dataset's folder, in the order of their file names. Malformed entries are rejects, never guesses. */
  read(files: Files, params: P): AsyncIterable<Face | Reject>;
  /**
   * The columns that `groups` of its faces may have, where they can be told without looking at the images; default: they cannot.
   * `readText` gives the text of a file by its path relative to the dataset's folder, undefined where there is none.
   * @throws UserError where a table is missing or lacks what the parameters name.
   */
  columns?(params: P, readText: (path: string) => Promise<string | undefined>): Promise<readonly string[]>;
}

/** An 8-bit RGB image, rows from the top, three bytes a pixel. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export interface Augmentation<P> extends Plugin<P> {
  /** Gives an image of the same size. May write into `image.data`. All chance comes from `random`. */
  apply(image: Pixels, params: P, random: Random): Pixels;
  /**
   * For one that mirrors an image left to right or leaves it as it is: whether `apply` mirrors it with this chance. Such ones
   * also act on features that were computed once for an image and its mirror image.
   */
  mirrors?(params: P, random: Random): boolean;
}

/** A prediction beside its truth. */
export interface Prediction {
  readonly file: string;
  readonly split: "validation" | "test";
  readonly age: number;
  readonly predicted: number;
  readonly groups: Readonly<Record<string, string>>;
}

export interface Metric<P> extends Plugin<P> {
  /** "lower" or "higher" is better. */
  readonly better: "lower" | "higher";
  readonly unit: "years" | "share";
  /** The figure over at least one prediction. */
  measure(predictions: readonly Prediction[], params: P): number;
}
