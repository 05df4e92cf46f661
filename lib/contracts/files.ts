/** The reading door: a folder that a pipeline names, and nothing outside it. */
import type { Digest } from "../base/digest.ts";

/** One file of a folder, as its listing tells. */
export interface FileEntry {
  /** Relative path with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

export interface Files {
  /** Absolute path of the folder, links followed, where it lies on this machine: workers then read its files in place. */
  readonly folder?: string;
  /** Every file below the folder, sorted by path (code units). */
  list(): Promise<readonly FileEntry[]>;
  /** @throws UserError where the path leaves the folder or the file cannot be read. */
  read(path: string): Promise<Uint8Array>;
  readText(path: string): Promise<string>;
  /** The digest of a file's content; known files are not read again while size, time and inode stay. */
  digest(path: string): Promise<Digest>;
  /** The digest of every path with its content's digest: changes when a file is added, deleted, renamed or changed. */
  fingerprint(): Promise<Digest>;
  /** How the folder differs from what it was at an earlier fingerprint; undefined where that one is not remembered. */
  changes(since: Digest): Promise<FolderChanges | undefined>;
}

/** Numbers of files. */
export interface FolderChanges {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
}
