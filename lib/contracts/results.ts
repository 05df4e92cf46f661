/** The writing door: where a finished run leaves its files. */
import type { Blob, BlobRef } from "./store.ts";

/** The content of a file, read only where it is written. */
export interface ResultFile extends BlobRef {
  open(): Promise<Blob>;
}

/** A finished run's files, by name. */
export interface ResultFiles {
  readonly pipeline: string;
  /** Content by file name; what the run computed is kept apart from what describes it, which is small. */
  readonly files: Readonly<Record<string, ResultFile>>;
  readonly texts: Readonly<Record<string, string>>;
}

/** Where the files went. */
export interface ResultPlace {
  /** The run's id; ids sort by time. */
  readonly run: string;
  readonly dir: string;
}

export interface Results {
  /** Writes all files or none. A newest run with the same texts and files of the same sizes is left as it is and named again. */
  write(result: ResultFiles): Promise<ResultPlace>;
}
