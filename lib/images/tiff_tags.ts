/** Tags in the directories of a TIFF structure (TIFF 6.0), which is also how EXIF keeps its fields. */
import { ByteReader } from "./byte_reader.ts";

export const IMAGE_WIDTH = 256;
export const IMAGE_LENGTH = 257;
export const ORIENTATION = 274;

const SHORT = 3;
const LONG = 4;

type Tags = ReadonlyMap<number, number>;

/** The first value of each whole-number tag, directory by directory; what is damaged is left out. */
export function tiffDirectories(bytes: Uint8Array): readonly Tags[] {
  const reader = openTiff(bytes);
  if (!reader) return [];
  const directories: Tags[] = [];
  const visited = new Set<number>();
  let at = reader.u32(4);
  while (at !== 0 && at + 2 <= bytes.length && !visited.has(at)) {
    visited.add(at);
    directories.push(tagsAt(reader, at));
    const next = at + 2 + reader.u16(at) * 12;
    at = next + 4 <= bytes.length ? reader.u32(next) : 0;
  }
  return directories;
}

/** A reader in the byte order of a TIFF structure, or `undefined` where there is none. */
function openTiff(bytes: Uint8Array): ByteReader | undefined {
  if (bytes.length < 8) return undefined;
  const order = String.fromCharCode(bytes[0], bytes[1]);
  if (order !== "II" && order !== "MM") return undefined;
  const reader = new ByteReader(bytes, order === "II");
  return reader.u16(2) === 42 ? reader : undefined;
}

function tagsAt(reader: ByteReader, directory: number): Tags {
  const tags = new Map<number, number>();
  const count = reader.u16(directory);
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + i * 12;
    if (at + 12 > reader.length) break;
    const value = valueAt(reader, at);
    if (value !== undefined) tags.set(reader.u16(at), value);
  }
  return tags;
}

function valueAt(reader: ByteReader, entry: number): number | undefined {
  const type = reader.u16(entry + 2);
  if (type === SHORT) return reader.u16(entry + 8);
  if (type === LONG) return reader.u32(entry + 8);
  return undefined;
}
