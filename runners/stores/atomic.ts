/** Files that are there whole or not at all, whatever kills the process. */

/** A new name below `folder` that no other process uses. */
export function temporaryName(folder: string): string {
  return `${folder}/${crypto.randomUUID()}`;
}

/**
 * Writes a file under a temporary name of the same disk, flushes it and moves it into place. Missing folders are made.
 * @param bytes the content, or the pieces of it.
 */
export function replaceFile(path: string, bytes: Uint8Array | Iterable<Uint8Array>, temporaryFolder: string): void {
  Deno.mkdirSync(temporaryFolder, { recursive: true });
  const temporary = temporaryName(temporaryFolder);
  try {
    writeFlushed(temporary, bytes instanceof Uint8Array ? [bytes] : bytes);
    moveInto(temporary, path);
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** Moves a finished file to its place, replacing what is there. */
export function moveInto(temporary: string, path: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.renameSync(temporary, path);
}

function writeFlushed(path: string, pieces: Iterable<Uint8Array>): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  for (const bytes of pieces) {
    for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
  }
  file.syncSync();
}

/** The bytes of a file, or undefined where there is none. */
export function readIfThere(path: string): Uint8Array | undefined {
  try {
    return Deno.readFileSync(path);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Removes a file or folder, if it is there. */
export function removeIfThere(path: string, recursive = false): void {
  try {
    Deno.removeSync(path, { recursive });
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
