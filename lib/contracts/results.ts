/** The writing door: where a finished run leaves its files. */
import type { Blob } from "./store.ts";

/** A finished run's files, by name. */
export interface ResultFiles {
  readonly pipeline: string;
  /** Bytes of each file, by file name. */
  readonly files: Readonly<Record<string, Blob | Uint8Array>>;
}

/** Where the files went. */
export interface ResultPlace {
  /** The run's id; ids sort by time. */
  readonly run: string;
  readonly dir: string;
}

export interface Results {
  /** Writes all files or none. A newest run with the very same files is left as it is and named again. */
  write(result: ResultFiles): Promise<ResultPlace>;
}
