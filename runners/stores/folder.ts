/**
 * The cache as a local folder. Every file is moved into place whole and never changed afterwards, or replaced whole (marks,
 * checkpoints), so that any number of processes may share the folder without locks.
 */
import type { Digest } from "../../lib/base/digest.ts";
import type { Outcome, Store } from "../../lib/contracts/store.ts";
import { removeIfThere } from "./atomic.ts";
import { type BlobFolder, blobFolder } from "./blobs.ts";
import { type RecordFolder, recordFolder } from "./records.ts";
import { scratchFolder } from "./scratch.ts";

export interface FolderStoreOptions {
  /** Absolute path, or one relative to the working directory; made when first written to. */
  readonly folder: string;
  /** Hears of damaged entries. */
  readonly warn?: (message: string) => void;
}

export function folderStore(options: FolderStoreOptions): Store {
  const folder = options.folder.replaceAll("\\", "/").replace(/\/+$/, "");
  const warn = options.warn ?? (() => {});
  const blobs = blobFolder(folder);
  const records = recordFolder(folder);
  return {
    recall: (key) => Promise.resolve(recall(key, records, blobs, warn)),
    remember(key, outcome) {
      records.write(key, outcome);
      removeIfThere(`${folder}/scratch/${key}`, true);
      return Promise.resolve();
    },
    mark(pipeline, stage, key) {
      records.mark(pipeline, stage, key);
      return Promise.resolve();
    },
    latest(pipeline, stage) {
      const key = records.marked(pipeline, stage);
      if (key === undefined) return Promise.resolve(undefined);
      const outcome = records.read(key);
      return Promise.resolve(typeof outcome === "object" ? outcome : "gone");
    },
    open(digest) {
      const condition = blobs.verify(digest);
      if (condition === "whole") return Promise.resolve(blobs.open(digest));
      if (condition === "damaged") {
        warn(`Cached bytes ${short(digest)} are damaged: they are dropped and made again`);
        blobs.drop(digest);
      }
      return Promise.resolve(undefined);
    },
    put: (bytes) => blobs.put(bytes),
    writer: () => Promise.resolve(blobs.writer()),
    scratch: (key) => scratchFolder(`${folder}/scratch/${key}`, `${folder}/tmp`, warn),
  };
}

function recall(
  key: Digest,
  records: RecordFolder,
  blobs: BlobFolder,
  warn: (message: string) => void,
): Outcome | undefined {
  const outcome = records.read(key);
  if (outcome === undefined) return undefined;
  if (outcome === "damaged") {
    warn(`The cache record ${short(key)} is damaged: its stage runs again`);
    records.drop(key);
    return undefined;
  }
  for (const [name, ref] of Object.entries(outcome.outputs)) {
    const condition = blobs.check(ref);
    if (condition === "whole") continue;
    warn(`The cached "${outcome.stage}/${name}" is ${condition}: stage "${outcome.stage}" runs again`);
    blobs.drop(ref.digest);
    records.drop(key);
    return undefined;
  }
  return outcome;
}

const short = (digest: Digest): string => digest.slice(0, 12);
