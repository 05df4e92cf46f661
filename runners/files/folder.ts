/** The reading door on a local folder. What it lists is as the folder was when the door was first asked. */
import type { Digest } from "../../lib/base/digest.ts";
import { UserError } from "../../lib/base/errors.ts";
import type { FileEntry, Files, FolderChanges } from "../../lib/contracts/files.ts";
import { hasher, sha256, sha256OfFile } from "../stores/sha256.ts";
import { confined, realPath } from "./confine.ts";
import { encodedLines } from "./lines.ts";
import { filesOf, type ListedFile, type Listing, OUTSIDE, stampsOf, walkFolder } from "./listing.ts";
import { type Entries, type MemoFolder, memoFolder, type Remembered } from "./memo.ts";

/** Clocks of disks are coarse: a file changed this recently may change again without a new stamp. */
const UNSETTLED_MS = 2500;

export interface FolderFilesOptions {
  readonly folder: string;
  /** The cache folder where digests are remembered between runs; absent: not remembered. */
  readonly cache?: string;
  /** Milliseconds since 1970; default the system's clock. */
  readonly now?: () => number;
}

export function folderFiles(options: FolderFilesOptions): Files {
  const memos = options.cache === undefined ? undefined : memoFolder(options.cache);
  return new FolderFiles(realPath(options.folder), memos, options.now ?? Date.now);
}

class FolderFiles implements Files {
  #listing: Listing | undefined;
  #files: readonly ListedFile[] | undefined;
  #fingerprint: Digest | undefined;
  #entries: Entries | undefined;

  constructor(readonly folder: string, readonly memos: MemoFolder | undefined, readonly now: () => number) {}

  list(): Promise<readonly FileEntry[]> {
    return promised(() => this.#sorted());
  }

  async read(path: string): Promise<Uint8Array> {
    const real = confined(this.folder, path);
    try {
      return await Deno.readFile(real);
    } catch (error) {
      throw unreadable(path, error);
    }
  }

  async readText(path: string): Promise<string> {
    return new TextDecoder().decode(await this.read(path));
  }

  digest(path: string): Promise<Digest> {
    return promised(() => {
      const known = this.#listing && this.#known().get(path);
      return known?.digest ?? this.#digestNow(path);
    });
  }

  fingerprint(): Promise<Digest> {
    return promised(() => this.#fingerprint ??= this.#remembered() ?? this.#digested());
  }

  changes(since: Digest): Promise<FolderChanges | undefined> {
    return promised(() => this.memos?.changes(since, this.#known()));
  }

  #walked(): Listing {
    return this.#listing ??= walkFolder(this.folder);
  }

  #sorted(): readonly ListedFile[] {
    return this.#files ??= filesOf(this.#walked());
  }

  #known(): Entries {
    if (!this.#entries) this.#fingerprint = this.#digested();
    return this.#entries!;
  }

  /** The fingerprint that the folder had when every stamp was the same. */
  #remembered(): Digest | undefined {
    const head = this.memos?.head(this.folder);
    return head?.stamps === stampsOf(this.#walked()) ? head.fingerprint : undefined;
  }

  /** The fingerprint by the digests of all files; only those with new stamps are read. */
  #digested(): Digest {
    const entries = this.#digestAll(this.#sorted(), this.memos?.entries(this.folder) ?? new Map());
    const fingerprint = fingerprintOf(entries);
    const settled = [...entries.values()].every((entry) => entry.stamp !== "");
    const head = { stamps: settled ? stampsOf(this.#walked()) : "", fingerprint };
    if (this.#remembered() !== fingerprint) this.memos?.save(this.folder, head, entries);
    this.#entries = entries;
    return fingerprint;
  }

  #digestAll(listing: readonly ListedFile[], before: Entries): Map<string, Remembered> {
    const unsettled = this.now() - UNSETTLED_MS;
    const entries = new Map<string, Remembered>();
    for (const { path, stamp, modified } of listing) {
      const old = before.get(path);
      if (old?.stamp === stamp) entries.set(path, old);
      else entries.set(path, { digest: this.#digestOrMark(path, stamp), stamp: modified < unsettled ? stamp : "" });
    }
    return entries;
  }

  /** A file that cannot be read has a digest too, so that the run can go on and list it. */
  #digestOrMark(path: string, stamp: string): Digest {
    // Each its own: files that nobody can read are not the same image.
    if (stamp === OUTSIDE) return sha256(`${OUTSIDE}\t${path}`);
    try {
      return this.#digestNow(path);
    } catch (error) {
      if (error instanceof UserError) return sha256(error.message);
      throw error;
    }
  }

  #digestNow(path: string): Digest {
    const real = confined(this.folder, path);
    try {
      return sha256OfFile(real);
    } catch (error) {
      throw unreadable(path, error);
    }
  }
}

/** The digest of all lines `<digest of the file>\t<path>\n`. */
function fingerprintOf(entries: Entries): Digest {
  const hash = hasher();
  for (const piece of encodedLines(fingerprintLines(entries))) hash.update(piece);
  return hash.digest();
}

/** Ends with an empty line, so that every line has its line feed. */
function* fingerprintLines(entries: Entries): Generator<string> {
  for (const [path, { digest }] of entries) yield `${digest}\t${path}`;
  if (entries.size > 0) yield "";
}

async function promised<T>(work: () => T): Promise<T> {
  return await work();
}

function unreadable(path: string, error: unknown): Error {
  if (error instanceof Deno.errors.NotFound) {
    return new UserError(`Cannot read "${path}": no such file, check the name`);
  }
  if (error instanceof Deno.errors.IsADirectory) {
    return new UserError(`Cannot read "${path}": it is a folder, name a file`);
  }
  const denied = error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
  if (denied) return new UserError(`Cannot read "${path}": permission denied, make the file readable`);
  return error instanceof Error ? error : new Error(String(error));
}
