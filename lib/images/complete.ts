/** Whether a file is as long as its own structure says, so that a picture without its tail is not taken for a whole one. */
import { ByteReader } from "./byte_reader.ts";
import type { ImageHeader } from "./header.ts";
import {
  STRIP_BYTE_COUNTS,
  STRIP_OFFSETS,
  type Tags,
  tiffDirectories,
  TILE_BYTE_COUNTS,
  TILE_OFFSETS,
} from "./tiff_tags.ts";

/** False where the file certainly ends too early. */
export function isComplete(bytes: Uint8Array, header: ImageHeader): boolean {
  if (header.format === "jpeg") return hasEndOfImage(bytes);
  if (header.format === "png") return hasEndChunk(bytes);
  if (header.format === "bmp") return holdsAllRows(bytes, header);
  if (header.format === "tiff") return holdsAllPages(bytes);
  return bytes.includes(GIF_TRAILER, -GIF_TAIL);
}

/** The byte that ends a GIF, and how far from the file's end it is looked for. */
const GIF_TRAILER = 0x3B;
const GIF_TAIL = 64;

/** A marker EOI, wherever it stands: bytes may follow it. */
function hasEndOfImage(bytes: Uint8Array): boolean {
  for (let i = bytes.length - 2; i > 1; i--) {
    if (bytes[i] === 0xFF && bytes[i + 1] === 0xD9) return true;
  }
  return false;
}

function hasEndChunk(bytes: Uint8Array): boolean {
  const reader = new ByteReader(bytes);
  let at = 8;
  while (at + 12 <= bytes.length) {
    if (reader.text(at + 4, 4) === "IEND") return true;
    at += 12 + reader.u32(at);
  }
  return false;
}

/** Rows of an uncompressed bitmap are padded to four bytes; a compressed one is left to the decoder. */
function holdsAllRows(bytes: Uint8Array, { width, height }: ImageHeader): boolean {
  const reader = new ByteReader(bytes, true);
  const old = reader.u32(14) === 12;
  if (!old && (bytes.length < 34 || reader.u32(30) !== 0)) return bytes.length >= 34;
  const bitsPerPixel = reader.u16(old ? 24 : 28);
  const row = Math.ceil((width * bitsPerPixel) / 32) * 4;
  return reader.u32(10) + row * height <= bytes.length;
}

function holdsAllPages(bytes: Uint8Array): boolean {
  return tiffDirectories(bytes).every((tags) => holdsPage(bytes, tags));
}

function holdsPage(bytes: Uint8Array, tags: Tags): boolean {
  const offsets = tags.get(STRIP_OFFSETS) ?? tags.get(TILE_OFFSETS) ?? [];
  const lengths = tags.get(STRIP_BYTE_COUNTS) ?? tags.get(TILE_BYTE_COUNTS) ?? [];
  if (offsets.length === 0 || lengths.length !== offsets.length) return false;
  return offsets.every((offset, i) => offset + lengths[i] <= bytes.length);
}
