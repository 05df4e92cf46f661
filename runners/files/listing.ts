/** All files below a folder with what the disk tells of them; 20,000 files take a tenth of a second. */
import type { Digest } from "../../lib/base/digest.ts";
import { UserError } from "../../lib/base/errors.ts";
import type { FileEntry } from "../../lib/contracts/files.ts";
import { hasher } from "../stores/sha256.ts";
import { isBelow, realPath } from "./confine.ts";

/** A file with a stamp that changes when the file does: size, times, inode. */
export interface ListedFile extends FileEntry {
  readonly stamp: string;
  /** Milliseconds since 1970 of the last change of content, name or rights, as coarse as the disk's clock. */
  readonly modified: number;
}

/** What a walk finds, in the order of the disk; plain arrays, as objects would take longer than the walk itself. */
export interface Listing {
  readonly paths: readonly string[];
  /** By file: size in bytes, time of change and of status change in milliseconds since 1970, inode. */
  readonly facts: readonly number[];
}

/** The stamp of a link that leads out of the folder, or nowhere, and of what has a name that is no text: it is listed, but never read. */
export const OUTSIDE = "outside";

/** What stands in a name for bytes that are not UTF-8; such a name finds nothing. */
const NO_TEXT = "\ufffd";

const FACTS = 4;
const NO_FACTS = [-1, 0, 0, 0] as const;

/** @throws UserError where there is no such folder, or it or one below it cannot be read. */
export function walkFolder(root: string): Listing {
  const found = { paths: [], facts: [] };
  walk(root, "", found, root);
  return found;
}

interface Found {
  readonly paths: string[];
  readonly facts: number[];
}

function walk(folder: string, prefix: string, found: Found, root: string): void {
  for (const entry of entriesOf(folder)) {
    const path = prefix + entry.name;
    if (entry.isDirectory) walk(`${folder}/${entry.name}`, `${path}/`, found, root);
    else if (entry.isFile) addOrMark(found, path, infoOf(Deno.lstatSync, `${folder}/${entry.name}`));
    else if (entry.isSymlink) follow(`${folder}/${entry.name}`, path, found, root);
  }
}

function entriesOf(folder: string): Iterable<Deno.DirEntry> {
  try {
    return Deno.readDirSync(folder);
  } catch (error) {
    throw unreadable(folder, error);
  }
}

function unreadable(folder: string, error: unknown): unknown {
  const has = (...kinds: readonly (new () => Error)[]): boolean => kinds.some((kind) => error instanceof kind);
  if (folder.includes(NO_TEXT)) {
    return new UserError(`Cannot read "${folder}": its name is not text in UTF-8, rename the folder`);
  }
  if (has(Deno.errors.NotFound, Deno.errors.NotADirectory)) {
    return new UserError(`Cannot read "${folder}": no such folder, check the path`);
  }
  if (!has(Deno.errors.PermissionDenied, Deno.errors.NotCapable)) return error;
  return new UserError(`Cannot read "${folder}": permission denied, make the folder readable`);
}

/** A link to a file is listed as that file; one to a folder is passed over, as it may lead in circles. */
function follow(link: string, path: string, found: Found, root: string): void {
  const info = isBelow(realPath(link), root) ? infoOf(Deno.statSync, link) : undefined;
  if (!info || info.isFile) addOrMark(found, path, info);
}

/** Undefined where there is nothing, such as behind a dead link, or the name that the disk has is not text. */
function infoOf(stat: (path: string) => Deno.FileInfo, path: string): Deno.FileInfo | undefined {
  try {
    return stat(path);
  } catch {
    return undefined;
  }
}

function addOrMark({ paths, facts }: Found, path: string, info: Deno.FileInfo | undefined): void {
  paths.push(path);
  if (info) facts.push(info.size, info.mtime?.getTime() ?? 0, info.ctime?.getTime() ?? 0, info.ino ?? 0);
  else facts.push(...NO_FACTS);
}

/** The digest of everything that a walk found. It depends on the order of the disk, which stays while nothing changes. */
export function stampsOf({ paths, facts }: Listing): Digest {
  const hash = hasher();
  hash.update(new TextEncoder().encode(paths.join("\n")));
  hash.update(new Uint8Array(Float64Array.from(facts).buffer));
  return hash.digest();
}

/** The files in the order of their paths (code units). */
export function filesOf({ paths, facts }: Listing): readonly ListedFile[] {
  const files = paths.map((path, i) => fileOf(path, facts.slice(i * FACTS, (i + 1) * FACTS)));
  return files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function fileOf(path: string, facts: readonly number[]): ListedFile {
  const [size, written, changed] = facts;
  if (size < 0) return { path, size: 0, stamp: OUTSIDE, modified: 0 };
  return { path, size, stamp: facts.join("."), modified: Math.max(written, changed) };
}
