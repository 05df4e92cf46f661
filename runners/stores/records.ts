/** Records: what each stage key gave, one small file per key, apart from the bytes. */
import { canonical } from "../../lib/base/canonical.ts";
import type { Digest } from "../../lib/base/digest.ts";
import type { Outcome } from "../../lib/contracts/store.ts";
import { readIfThere, removeIfThere, replaceFile } from "./atomic.ts";
import { sha256 } from "./sha256.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface RecordFolder {
  /** The record of a key; undefined where there is none, "damaged" where the file does not hold what was written. */
  read(key: Digest): Outcome | "damaged" | undefined;
  write(key: Digest, outcome: Outcome): void;
  drop(key: Digest): void;
  /** The key that was noted last for a stage of a pipeline. */
  marked(pipeline: string, stage: string): Digest | undefined;
  mark(pipeline: string, stage: string, key: Digest): void;
}

/** The records below `<folder>/records`, the marks below `<folder>/latest`. */
export function recordFolder(folder: string): RecordFolder {
  const temporary = `${folder}/tmp`;
  const pathOf = (key: Digest): string => `${folder}/records/${key.slice(0, 2)}/${key}.json`;
  const markOf = (pipeline: string, stage: string): string => `${folder}/latest/${pipeline}/${stage}`;
  const marked = (pipeline: string, stage: string): Digest | undefined => {
    const bytes = readIfThere(markOf(pipeline, stage));
    const text = bytes && decoder.decode(bytes);
    return text && /^[0-9a-f]{64}$/.test(text) ? text : undefined;
  };
  return {
    read(key) {
      const bytes = readIfThere(pathOf(key));
      return bytes && (parse(bytes) ?? "damaged");
    },
    write(key, outcome) {
      replaceFile(
        pathOf(key),
        encoder.encode(JSON.stringify({ outcome, check: sha256(canonical(outcome)) })),
        temporary,
      );
    },
    drop: (key) => removeIfThere(pathOf(key)),
    marked,
    mark(pipeline, stage, key) {
      if (marked(pipeline, stage) === key) return;
      replaceFile(markOf(pipeline, stage), encoder.encode(key), temporary);
    },
  };
}

function parse(bytes: Uint8Array): Outcome | undefined {
  try {
    const { outcome, check } = JSON.parse(decoder.decode(bytes));
    return sha256(canonical(outcome)) === check ? outcome : undefined;
  } catch {
    return undefined;
  }
}
