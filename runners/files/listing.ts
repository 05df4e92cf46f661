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

/** The stamp of a link that leads out of the folder, or nowhere: it is listed, but never read. */
export const OUTSIDE = "outside";

const FACTS = 4;
const NO_FACTS = [-1, 0, 0, 0] as const;

/** @throws UserError where there is no such folder. */
export function walkFolder(root: string): Listing {
  const found = { paths: [], facts: [] };
  try {
    walk(root, "", found, root);
  } catch (error) {
    const absent = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    if (absent) throw new UserError(`Cannot read "${root}": no such folder, check the path`);
    throw error;
  }
  return found;
}

interface Found {
  readonly paths: string[];
  readonly facts: number[];
}

function walk(folder: string, prefix: string, found: Found, root: string): void {
  for (const entry of Deno.readDirSync(folder)) {
    const path = prefix + entry.name;
    if (entry.isDirectory) walk(`${folder}/${entry.name}`, `${path}/`, found, root);
    else if (entry.isFile) add(found, path, Deno.lstatSync(`${folder}/${entry.name}`));
    else if (entry.isSymlink) follow(`${folder}/${entry.name}`, path, found, root);
  }
}

/** A link to a file is listed as that file; one to a folder is passed over, as it may lead in circles. */
function follow(link: string, path: string, found: Found, root: string): void {
  const info = isBelow(realPath(link), root) ? statOf(link) : undefined;
  if (info?.isFile) add(found, path, info);
  else if (!info) {
    found.paths.push(path);
    found.facts.push(...NO_FACTS);
  }
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function add({ paths, facts }: Found, path: string, { size, mtime, ctime, ino }: Deno.FileInfo): void {
  paths.push(path);
  facts.push(size, mtime?.getTime() ?? 0, ctime?.getTime() ?? 0, ino ?? 0);
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
