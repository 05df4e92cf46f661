/** A cache that lives as long as the process: for tests, and for programs that want no folder. */
import type { Digest } from "../../lib/base/digest.ts";
import type { Blob, BlobRef, BlobWriter, Outcome, Scratch, Store } from "../../lib/contracts/store.ts";
import { sha256 } from "./sha256.ts";

export function memoryStore(): Store {
  const records = new Map<Digest, Outcome>();
  const marks = new Map<string, Digest>();
  const blobs = new Map<Digest, Uint8Array>();
  const scratches = new Map<Digest, Map<string, Uint8Array>>();
  const put = (bytes: Uint8Array): Promise<BlobRef> => {
    const digest = sha256(bytes);
    blobs.set(digest, bytes.slice());
    return Promise.resolve({ digest, size: bytes.length });
  };
  return {
    recall(key) {
      const outcome = records.get(key);
      const whole = outcome && Object.values(outcome.outputs).every((ref) => blobs.has(ref.digest));
      return Promise.resolve(whole ? outcome : undefined);
    },
    remember(key, outcome) {
      records.set(key, outcome);
      scratches.delete(key);
      return Promise.resolve();
    },
    mark(pipeline, stage, key) {
      marks.set(`${pipeline}/${stage}`, key);
      return Promise.resolve();
    },
    latest(pipeline, stage) {
      const key = marks.get(`${pipeline}/${stage}`);
      return Promise.resolve(key === undefined ? undefined : records.get(key) ?? "gone");
    },
    open(digest) {
      const bytes = blobs.get(digest);
      return Promise.resolve(bytes && memoryBlob(digest, bytes));
    },
    put,
    writer: () => Promise.resolve(memoryWriter(put)),
    scratch: (key) => memoryScratch(scratches, key),
  };
}

function memoryBlob(digest: Digest, bytes: Uint8Array): Blob {
  return {
    digest,
    size: bytes.length,
    bytes: () => Promise.resolve(bytes.slice()),
    text: () => Promise.resolve(new TextDecoder().decode(bytes)),
    slice: (offset, length) => Promise.resolve(bytes.slice(offset, offset + length)),
  };
}

function memoryWriter(put: (bytes: Uint8Array) => Promise<BlobRef>): BlobWriter {
  let pieces: Uint8Array[] = [];
  return {
    write(bytes) {
      pieces.push(bytes.slice());
      return Promise.resolve();
    },
    close: () => put(joined(pieces)),
    abort() {
      pieces = [];
      return Promise.resolve();
    },
  };
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    out.set(piece, offset);
    offset += piece.length;
  }
  return out;
}

function memoryScratch(all: Map<Digest, Map<string, Uint8Array>>, key: Digest): Scratch {
  return {
    read: (name) => Promise.resolve(all.get(key)?.get(name)?.slice()),
    write(name, bytes) {
      const own = all.get(key) ?? new Map<string, Uint8Array>();
      all.set(key, own.set(name, bytes.slice()));
      return Promise.resolve();
    },
    clear() {
      all.delete(key);
      return Promise.resolve();
    },
  };
}
