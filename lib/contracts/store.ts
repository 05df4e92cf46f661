/** The cache socket. Records (what a stage made) are kept apart from bytes (the content), so that equal bytes are kept once. */
import type { Digest } from "../base/digest.ts";

/** What is remembered under a stage key. */
export interface Outcome {
  readonly stage: string;
  readonly outputs: Readonly<Record<string, BlobRef>>;
  /** The key's parts, to say what changed when a later key differs. */
  readonly recipe: Readonly<Record<string, unknown>>;
  /** How long the stage took. */
  readonly seconds: number;
}

export interface BlobRef {
  readonly digest: Digest;
  readonly size: number;
}

/** Stored bytes that are read in pieces, so that memory does not grow with their size. */
export interface Blob extends BlobRef {
  bytes(): Promise<Uint8Array>;
  text(): Promise<string>;
  /** `length` bytes from `offset`; fewer at the end. */
  slice(offset: number, length: number): Promise<Uint8Array>;
  /** Where the bytes lie, for workers of the same machine that read them in place; undefined in a store without paths. */
  readonly path?: string;
}

/** Writes one blob piece by piece; nothing is visible under its digest before `close`. */
export interface BlobWriter {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<BlobRef>;
  /** Throws what was written away. */
  abort(): Promise<void>;
}

/** Files of an unfinished stage (checkpoints), replaced atomically, gone when its outcome is remembered. */
export interface Scratch {
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
  clear(): Promise<void>;
}

export interface Store {
  /** The outcome under a key, if it is there and its bytes are whole; a damaged one is reported, dropped and made again. */
  recall(key: Digest): Promise<Outcome | undefined>;
  remember(key: Digest, outcome: Outcome): Promise<void>;
  /** Notes that this pipeline's stage used the outcome under `key`, be it new or recalled. */
  mark(pipeline: string, stage: string, key: Digest): Promise<void>;
  /**
   * The outcome that a stage of this pipeline used last, to say why a key is new; "gone" where it was lost since, undefined
   * where there was none. Its bytes are not checked.
   */
  latest(pipeline: string, stage: string): Promise<Outcome | "gone" | undefined>;
  /** The bytes under a digest, verified as a whole; damaged ones are reported, dropped and undefined like absent ones. */
  open(digest: Digest): Promise<Blob | undefined>;
  put(bytes: Uint8Array): Promise<BlobRef>;
  writer(): Promise<BlobWriter>;
  scratch(key: Digest): Scratch;
}
