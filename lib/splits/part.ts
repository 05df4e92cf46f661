/** What a split says of a face. */
export type Part = "train" | "validation" | "test" | "unused";

/** The least that a split must know of a face. */
export interface Labelled {
  /** Path relative to the dataset's folder. */
  readonly file: string;
  /** Years. */
  readonly age: number;
}

/** Entries of a list whose files are not among the faces. */
export interface Absent {
  readonly list: string;
  readonly count: number;
  /** Length of the list. */
  readonly of: number;
  /** The first few. */
  readonly examples: readonly string[];
}

export interface SplitResult {
  /** One entry by face, in the order given. */
  readonly parts: readonly Part[];
  /** One entry by face: its age, or what a list says instead. */
  readonly ages: readonly number[];
  /** Faces whose age in a list is another than in the dataset. */
  readonly relabelled: number;
  readonly absent: readonly Absent[];
}
