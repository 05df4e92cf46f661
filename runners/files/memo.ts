/**
 * What is remembered of a folder between runs: the digest of each file beside the stamp it had, so that a later run reads
 * only files whose stamp is new. A head of one line tells at once whether anything changed at all.
 */
import type { Digest } from "../../lib/base/digest.ts";
import type { FolderChanges } from "../../lib/contracts/files.ts";
import { readIfThere, removeIfThere, replaceFile } from "../stores/atomic.ts";
import { hasher, sha256 } from "../stores/sha256.ts";
import { encodedLines } from "./lines.ts";

const FORMAT = "ageline-files-2";
const SNAPSHOTS_KEPT = 8;
const LINE_FEED = 0x0A;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Remembered {
  readonly digest: Digest;
  /** Empty where the file changed too recently to trust its times. */
  readonly stamp: string;
}

/** By path, in order. */
export type Entries = ReadonlyMap<string, Remembered>;

export interface MemoHead {
  /** Digest of the whole listing; empty where a file changed too recently. */
  readonly stamps: Digest;
  /** Of the folder, when it had those stamps. */
  readonly fingerprint: Digest;
}

/** Keeps the memos of all folders below `<cache>/files`. */
export interface MemoFolder {
  head(root: string): MemoHead | undefined;
  entries(root: string): Entries | undefined;
  save(root: string, head: MemoHead, entries: Entries): void;
  /** How `now` differs from the folder with that fingerprint, where it is remembered. */
  changes(since: Digest, now: Entries): FolderChanges | undefined;
}

export function memoFolder(cache: string): MemoFolder {
  const folder = `${cache}/files`;
  const pathOf = (root: string, part: string): string => `${folder}/${sha256(root).slice(0, 32)}.${part}`;
  const snapshotPath = (fingerprint: Digest): string => `${folder}/snapshots/${fingerprint}`;
  const load = (path: string): string | undefined => {
    const bytes = readIfThere(path);
    return bytes && unsealed(bytes);
  };
  const save = (path: string, lines: Iterable<string>): void => replaceFile(path, sealed(lines), `${cache}/tmp`);
  return {
    head(root) {
      const [format, stamps, fingerprint] = load(pathOf(root, "head"))?.split(" ") ?? [];
      return format === FORMAT ? { stamps, fingerprint } : undefined;
    },
    entries(root) {
      const body = load(pathOf(root, "entries"));
      return body === undefined ? undefined : parseEntries(body);
    },
    save(root, { stamps, fingerprint }, entries) {
      save(pathOf(root, "entries"), entryLines(entries));
      save(snapshotPath(fingerprint), snapshotLines(entries));
      save(pathOf(root, "head"), [`${FORMAT} ${stamps} ${fingerprint}`]);
      prune(`${folder}/snapshots`);
    },
    changes(since, now) {
      const body = load(snapshotPath(since));
      return body === undefined ? undefined : compare(parseSnapshot(body), now);
    },
  };
}

/** The bytes of the lines, and on a line of its own the digest of them. */
function* sealed(lines: Iterable<string>): Generator<Uint8Array> {
  const hash = hasher();
  for (const piece of encodedLines(lines)) {
    hash.update(piece);
    yield piece;
  }
  yield encoder.encode(`\n${hash.digest()}`);
}

/** The body of a file that ends with the digest of it. */
function unsealed(bytes: Uint8Array): string | undefined {
  const end = bytes.lastIndexOf(LINE_FEED);
  const body = bytes.subarray(0, Math.max(0, end));
  return sha256(body) === decoder.decode(bytes.subarray(end + 1)) ? decoder.decode(body) : undefined;
}

function* entryLines(entries: Entries): Generator<string> {
  for (const [path, { digest, stamp }] of entries) yield `${digest}\t${stamp}\t${path}`;
}

function parseEntries(body: string): Entries {
  const entries = new Map<string, Remembered>();
  for (const line of body === "" ? [] : body.split("\n")) {
    const [digest, stamp, ...path] = line.split("\t");
    entries.set(path.join("\t"), { digest, stamp });
  }
  return entries;
}

function* snapshotLines(entries: Entries): Generator<string> {
  for (const [path, { digest }] of entries) yield `${digest}\t${path}`;
}

function parseSnapshot(body: string): ReadonlyMap<string, Digest> {
  const lines = body === "" ? [] : body.split("\n");
  return new Map(lines.map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, 64)] as const));
}

function compare(before: ReadonlyMap<string, Digest>, now: Entries): FolderChanges {
  let added = 0;
  let changed = 0;
  for (const [path, { digest }] of now) {
    const old = before.get(path);
    if (old === undefined) added++;
    else if (old !== digest) changed++;
  }
  const removed = before.size - (now.size - added);
  return { added, removed, changed };
}

/** Keeps the newest snapshots only; they serve the wording of reasons, nothing else. */
function prune(folder: string): void {
  const files = [...Deno.readDirSync(folder)].map((entry) => `${folder}/${entry.name}`);
  if (files.length <= SNAPSHOTS_KEPT) return;
  const aged = files.map((path) => ({ path, time: timeOf(path) })).sort((a, b) => b.time - a.time);
  for (const { path } of aged.slice(SNAPSHOTS_KEPT)) removeIfThere(path);
}

function timeOf(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}
