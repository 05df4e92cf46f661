import { sha256 } from "@noble/hashes/sha2";
import { bytesToHex } from "@noble/hashes/utils";
import { canonical } from "./canonical.ts";

/** A sha-256 in 64 lower-case hex digits: the name of bytes or of a stage's outcome. */
export type Digest = string;

/** The digest of bytes. Pure and slow (some 100 MB/s): the doors in `runners/` digest files by native code. */
export function digestBytes(bytes: Uint8Array): Digest {
  return bytesToHex(sha256(bytes));
}

/** The digest of plain data: equal data, equal digest, whatever the order of its keys. */
export function digestOf(value: unknown): Digest {
  return digestBytes(new TextEncoder().encode(canonical(value)));
}
