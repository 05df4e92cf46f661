/** Long tables as JSON, an array of objects, written and read in pieces: memory does not grow with their text. */
import type { Blob, BlobRef, BlobWriter } from "../contracts/store.ts";

/** Rows that are written at once. */
const GROUP = 1000;
/** Bytes that are read at once. */
const PIECE = 256 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes the text that `JSON.stringify` makes of all rows. */
export async function writeRows(rows: readonly object[], writer: BlobWriter): Promise<BlobRef> {
  await writer.write(encoder.encode("["));
  for (let at = 0; at < rows.length; at += GROUP) {
    const text = JSON.stringify(rows.slice(at, at + GROUP)).slice(1, -1);
    await writer.write(encoder.encode(at === 0 ? text : `,${text}`));
  }
  await writer.write(encoder.encode("]"));
  return await writer.close();
}

/** The rows of such a table, in order. */
export async function* readRows<T extends object>(table: Blob): AsyncGenerator<T, void, void> {
  const ends = new RowEnds();
  let left = new Uint8Array();
  for (let at = 0; at < table.size; at += PIECE) {
    const piece = await table.slice(at, PIECE);
    const end = ends.lastIn(piece);
    const whole = joined(left, piece.subarray(0, end));
    if (end > 0) yield* rowsIn<T>(whole);
    left = end > 0 ? piece.slice(end) : joined(left, piece);
  }
}

/** @param bytes whole rows, behind the bracket or comma that stands before the first. */
function rowsIn<T>(bytes: Uint8Array): Awaited<T>[] {
  return JSON.parse(`[${decoder.decode(bytes.subarray(1))}]`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(first.length + second.length);
  out.set(first);
  out.set(second, first.length);
  return out;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5C;
const OPEN = 0x7B;
const CLOSE = 0x7D;

/** Finds the ends of rows in bytes that come piece by piece. */
class RowEnds {
  /** Braces that are open. */
  #depth = 0;
  #quoted = false;
  #escaped = false;

  /** The place behind the last row that ends in the next bytes; 0 where none does. */
  lastIn(bytes: Uint8Array): number {
    let end = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (this.#closes(bytes[i])) end = i + 1;
    }
    return end;
  }

  /** Whether a row ends with this byte. */
  #closes(byte: number): boolean {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#quoted = !this.#quoted;
    else if (byte === OPEN && !this.#quoted) this.#depth++;
    else if (byte === CLOSE && !this.#quoted) return --this.#depth === 0;
    return false;
  }
}
