/** Reading by the thread that needs the bytes, without a detour over the main thread. */
import { confined } from "../files/confine.ts";
import { MAX_BYTES, tooLarge } from "./prepare.ts";
import { UnreadableImage } from "./unreadable.ts";

/**
 * A file of a folder (an absolute path without links).
 * @throws UnreadableImage where it is missing, not a file, or too large to look at.
 * @throws UserError where the path leads out of the folder.
 */
export function readImageFile(folder: string, path: string): Uint8Array {
  const file = confined(folder, path);
  try {
    const size = Deno.statSync(file).size;
    if (size > MAX_BYTES) throw tooLarge(size);
    return Deno.readFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new UnreadableImage("there is no such file");
    if (error instanceof Deno.errors.IsADirectory) throw new UnreadableImage("a folder, not a file");
    throw error;
  }
}

/** The given rows of a packed file, `length` bytes each, one after another. */
export function readRows(file: string, rows: Uint32Array, length: number): Uint8Array {
  const out = new Uint8Array(rows.length * length);
  using packed = Deno.openSync(file);
  rows.forEach((row, i) => {
    packed.seekSync(row * length, Deno.SeekMode.Start);
    fill(packed, out.subarray(i * length, (i + 1) * length), row);
  });
  return out;
}

function fill(file: Deno.FsFile, into: Uint8Array, row: number): void {
  let done = 0;
  while (done < into.length) {
    const count = file.readSync(into.subarray(done));
    if (count === null) throw new RangeError(`Cannot read row ${row} of the packed images: the file ends before it`);
    done += count;
  }
}
