/**
 * Stored bytes, one file per content, named by digest. A finished blob carries one fixed time stamp, as in the Nix store: a
 * file with another stamp or size was touched by someone, which a glance at the folder tells without reading it.
 */
import type { Digest } from "../../lib/base/digest.ts";
import type { Blob, BlobRef, BlobWriter } from "../../lib/contracts/store.ts";
import { moveInto, removeIfThere, temporaryName } from "./atomic.ts";
import { hasher, sha256, sha256OfFile } from "./sha256.ts";

const SEAL = new Date("2000-01-01T00:00:00Z");
const ABANDONED_AFTER = 24 * 3600 * 1000;

/** What a look at a blob found. */
export type Condition = "whole" | "absent" | "damaged";

export interface BlobFolder {
  /** A glance: size and seal; the content is read only where the seal is broken. */
  check(ref: BlobRef): Condition;
  /** Reads and digests the whole content, once in the life of this value while the seal is unbroken. */
  verify(digest: Digest): Condition;
  open(digest: Digest): Blob;
  writer(): BlobWriter;
  put(bytes: Uint8Array): Promise<BlobRef>;
  drop(digest: Digest): void;
}

/** The blobs below `<folder>/blobs`; unfinished ones lie in `<folder>/tmp`. */
export function blobFolder(folder: string): BlobFolder {
  const pathOf = (digest: Digest): string => `${folder}/blobs/${digest.slice(0, 2)}/${digest}`;
  const verified = new Set<Digest>();
  const verify = (digest: Digest): Condition => {
    if (verified.has(digest) && glance(pathOf(digest))?.sealed) return "whole";
    const condition = examine(pathOf(digest), digest);
    if (condition === "whole") verified.add(digest);
    return condition;
  };
  const check = (ref: BlobRef): Condition => {
    const seen = glance(pathOf(ref.digest));
    if (!seen) return "absent";
    if (seen.size !== ref.size) return "damaged";
    return seen.sealed ? "whole" : verify(ref.digest);
  };
  const writer = (): BlobWriter => fileWriter(`${folder}/tmp`, pathOf);
  const put = async (bytes: Uint8Array): Promise<BlobRef> => {
    const ref = { digest: sha256(bytes), size: bytes.length };
    if (check(ref) === "whole") return ref;
    const sink = writer();
    await sink.write(bytes);
    return await sink.close();
  };
  const drop = (digest: Digest): void => {
    verified.delete(digest);
    removeIfThere(pathOf(digest));
  };
  return { check, verify, open: (digest) => fileBlob(pathOf(digest), digest), writer, put, drop };
}

function glance(path: string): { size: number; sealed: boolean } | undefined {
  try {
    const { size, mtime } = Deno.statSync(path);
    return { size, sealed: mtime?.getTime() === SEAL.getTime() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function examine(path: string, digest: Digest): Condition {
  const seen = glance(path);
  if (!seen) return "absent";
  if (sha256OfFile(path) !== digest) return "damaged";
  if (!seen.sealed) seal(path);
  return "whole";
}

function seal(path: string): void {
  Deno.utimeSync(path, SEAL, SEAL);
}

function fileWriter(temporaryFolder: string, pathOf: (digest: Digest) => string): BlobWriter {
  Deno.mkdirSync(temporaryFolder, { recursive: true });
  removeAbandoned(temporaryFolder);
  const temporary = temporaryName(temporaryFolder);
  const file = Deno.openSync(temporary, { write: true, createNew: true });
  const hash = hasher();
  let size = 0;
  let isOpen = true;
  const giveUp = (): void => {
    if (isOpen) file.close();
    isOpen = false;
    removeIfThere(temporary);
  };
  return {
    async write(bytes) {
      hash.update(bytes);
      size += bytes.length;
      try {
        for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      } catch (error) {
        giveUp(); // a full disk must not stay full of what is of no use
        throw error;
      }
    },
    async close() {
      await file.sync();
      file.close();
      const digest = hash.digest();
      moveInto(temporary, pathOf(digest));
      // Not before: with a seal's date, another process would take the temporary file for an abandoned one.
      seal(pathOf(digest));
      return { digest, size };
    },
    abort() {
      giveUp();
      return Promise.resolve();
    },
  };
}

/** Removes what killed processes left, a day later, so that nothing is taken from one that still writes. */
function removeAbandoned(temporaryFolder: string): void {
  for (const entry of Deno.readDirSync(temporaryFolder)) {
    const path = `${temporaryFolder}/${entry.name}`;
    const age = Date.now() - modified(path);
    if (age > ABANDONED_AFTER) removeIfThere(path, true);
  }
}

function modified(path: string): number {
  try {
    return Deno.statSync(path).mtime?.getTime() ?? Date.now();
  } catch {
    return Date.now();
  }
}

function fileBlob(path: string, digest: Digest): Blob {
  const bytes = (): Promise<Uint8Array> => Deno.readFile(path);
  return {
    digest,
    size: Deno.statSync(path).size,
    path,
    bytes,
    text: async () => new TextDecoder().decode(await bytes()),
    slice: (offset, length) => readSlice(path, offset, length),
  };
}

async function readSlice(path: string, offset: number, length: number): Promise<Uint8Array> {
  using file = await Deno.open(path);
  await file.seek(offset, Deno.SeekMode.Start);
  const out = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const n = await file.read(out.subarray(filled));
    if (n === null) break;
    filled += n;
  }
  return out.subarray(0, filled);
}
