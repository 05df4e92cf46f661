/** sha-256 by native code, some ten times as fast as the pure one of `lib/base`. */
import { createHash } from "node:crypto";
import type { Digest } from "../../lib/base/digest.ts";

/** Where files are read to: a new array for each of many small files would take ten times as long as reading them. */
const PIECE = new Uint8Array(1 << 20);

/** Takes bytes piece by piece. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Digest;
}

export function hasher(): Hasher {
  const hash = createHash("sha256");
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}

export function sha256(bytes: Uint8Array | string): Digest {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The digest of a file's content, read in pieces of 1 MiB. */
export function sha256OfFile(path: string): Digest {
  using file = Deno.openSync(path);
  const hash = createHash("sha256");
  for (let n = file.readSync(PIECE); n !== null; n = file.readSync(PIECE)) hash.update(PIECE.subarray(0, n));
  return hash.digest("hex");
}
