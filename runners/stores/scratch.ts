/** Checkpoints of unfinished stages: each file is replaced as a whole and carries its digest, so that a torn one is noticed. */
import { UserError } from "../../lib/base/errors.ts";
import type { Scratch } from "../../lib/contracts/store.ts";
import { readIfThere, removeIfThere, replaceFile } from "./atomic.ts";
import { sha256 } from "./sha256.ts";

const DIGEST_LENGTH = 64;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The scratch files in `folder`; `warn` hears of damaged ones, which read as absent. */
export function scratchFolder(folder: string, temporary: string, warn: (message: string) => void): Scratch {
  const pathOf = (name: string): string => `${folder}/${plain(name)}`;
  return {
    read(name) {
      const content = readIfThere(pathOf(name));
      if (!content) return Promise.resolve(undefined);
      const bytes = unsealed(content);
      if (!bytes) warn(`The checkpoint "${name}" is damaged: it is left out, and its work is done again`);
      return Promise.resolve(bytes);
    },
    write(name, bytes) {
      replaceFile(pathOf(name), [encoder.encode(sha256(bytes)), bytes], temporary);
      return Promise.resolve();
    },
    clear() {
      removeIfThere(folder, true);
      return Promise.resolve();
    },
  };
}

function unsealed(content: Uint8Array): Uint8Array | undefined {
  const bytes = content.subarray(DIGEST_LENGTH);
  return sha256(bytes) === decoder.decode(content.subarray(0, DIGEST_LENGTH)) ? bytes : undefined;
}

function plain(name: string): string {
  if (/^[\w][\w.-]*$/.test(name)) return name;
  throw new UserError(`Cannot keep the scratch file "${name}": use letters, digits, ".", "_" and "-" only`);
}
