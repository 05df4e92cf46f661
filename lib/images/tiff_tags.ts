/** Tags in the directories of a TIFF structure (TIFF 6.0), which is also how EXIF keeps its fields. */
import { ByteReader } from "./byte_reader.ts";

export const IMAGE_WIDTH = 256;
export const IMAGE_LENGTH = 257;
export const STRIP_OFFSETS = 273;
export const ORIENTATION = 274;
export const STRIP_BYTE_COUNTS = 279;
export const TILE_OFFSETS = 324;
export const TILE_BYTE_COUNTS = 325;

const SHORT = 3;
const LONG = 4;

/** The values of whole-number tags. */
export type Tags = ReadonlyMap<number, readonly number[]>;

/** The whole-number tags, directory by directory; a directory that is cut off has none. */
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
  const tags = new Map<number, readonly number[]>();
  const count = reader.u16(directory);
  if (directory + 2 + count * 12 > reader.length) return tags;
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + i * 12;
    const values = valuesAt(reader, at);
    if (values) tags.set(reader.u16(at), values);
  }
  return tags;
}

/** The values of an entry: in its last four bytes where they fit, else where those point. */
function valuesAt(reader: ByteReader, entry: number): readonly number[] | undefined {
  const type = reader.u16(entry + 2);
  if (type !== SHORT && type !== LONG) return undefined;
  const count = reader.u32(entry + 4);
  const width = type === SHORT ? 2 : 4;
  const start = count * width <= 4 ? entry + 8 : reader.u32(entry + 8);
  if (start + count * width > reader.length) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const at = start + i * width;
    return type === SHORT ? reader.u16(at) : reader.u32(at);
  });
}
