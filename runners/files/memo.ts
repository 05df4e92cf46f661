/**
 * What is remembered of a folder between runs: the digest of each file beside the stamp it had, so that a later run reads
 * only files whose stamp is new. One file per folder; its first line tells at once whether anything changed at all.
 */
import type { Digest } from "../../lib/base/digest.ts";
import type { FolderChanges } from "../../lib/contracts/files.ts";
import { readIfThere, removeIfThere, replaceFile } from "../stores/atomic.ts";
import { sha256 } from "../stores/sha256.ts";

const FORMAT = "ageline-files-1";
const SNAPSHOTS_KEPT = 8;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Remembered {
  readonly digest: Digest;
  /** Empty where the file changed too recently to trust its times. */
  readonly stamp: string;
}

export interface FolderMemo {
  /** Digest of all paths and stamps at the time, and the fingerprint that they had. */
  readonly stamps: Digest;
  readonly fingerprint: Digest;
  /** Parsed on demand: it has one entry per file. */
  entries(): ReadonlyMap<string, Remembered>;
}

/** Keeps the memos of all folders below `<cache>/files`. */
export interface MemoFolder {
  load(root: string): FolderMemo | undefined;
  save(root: string, memo: FolderMemo): void;
  /** How `now` differs from the folder with that fingerprint, where it is remembered. */
  changes(since: Digest, now: ReadonlyMap<string, Remembered>): FolderChanges | undefined;
}

export function memoFolder(cache: string): MemoFolder {
  const folder = `${cache}/files`;
  const temporary = `${cache}/tmp`;
  const memoPath = (root: string): string => `${folder}/${sha256(root).slice(0, 32)}`;
  const snapshotPath = (fingerprint: Digest): string => `${folder}/snapshots/${fingerprint}`;
  return {
    load(root) {
      const bytes = readIfThere(memoPath(root));
      return bytes && parseMemo(decoder.decode(bytes));
    },
    save(root, memo) {
      const entries = memo.entries();
      const snapshot = encoder.encode(snapshotText(entries));
      replaceFile(memoPath(root), encoder.encode(memoText(memo, entries)), temporary);
      replaceFile(snapshotPath(memo.fingerprint), snapshot, temporary);
      prune(`${folder}/snapshots`);
    },
    changes(since, now) {
      const bytes = readIfThere(snapshotPath(since));
      return bytes && compare(parseSnapshot(decoder.decode(bytes)), now);
    },
  };
}

function memoText(memo: FolderMemo, entries: ReadonlyMap<string, Remembered>): string {
  const lines = [`${FORMAT} ${memo.stamps} ${memo.fingerprint}`];
  for (const [path, { digest, stamp }] of entries) lines.push(`${digest}\t${stamp}\t${path}`);
  const body = lines.join("\n");
  return `${body}\n${sha256(body)}`;
}

function parseMemo(text: string): FolderMemo | undefined {
  const end = text.lastIndexOf("\n");
  const body = text.slice(0, end);
  const [format, stamps, fingerprint] = body.slice(0, body.indexOf("\n")).split(" ");
  if (format !== FORMAT || sha256(body) !== text.slice(end + 1)) return undefined;
  return { stamps, fingerprint, entries: () => parseEntries(body) };
}

function parseEntries(body: string): ReadonlyMap<string, Remembered> {
  const entries = new Map<string, Remembered>();
  for (const line of body.split("\n").slice(1)) {
    const [digest, stamp, ...path] = line.split("\t");
    entries.set(path.join("\t"), { digest, stamp });
  }
  return entries;
}

function snapshotText(entries: ReadonlyMap<string, Remembered>): string {
  return Array.from(entries, ([path, { digest }]) => `${digest}\t${path}`).join("\n");
}

function parseSnapshot(text: string): ReadonlyMap<string, Digest> {
  const pairs = text.split("\n").map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, 64)] as const);
  return new Map(text === "" ? [] : pairs);
}

function compare(before: ReadonlyMap<string, Digest>, now: ReadonlyMap<string, Remembered>): FolderChanges {
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
