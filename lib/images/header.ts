/** The size of an image as its header states it, read without decoding anything. */
import { ByteReader } from "./byte_reader.ts";
import type { ImageFormat } from "./format.ts";
import { isStartOfFrame, jpegSegments } from "./jpeg_segments.ts";
import { IMAGE_LENGTH, IMAGE_WIDTH, type Tags, tiffDirectories } from "./tiff_tags.ts";

export interface ImageHeader {
  readonly format: ImageFormat;
  /** Pixels, as stored: before any EXIF rotation. */
  readonly width: number;
  readonly height: number;
  /** Pixels that decoding makes: more than width times height where a file holds several pages or an oversized frame. */
  readonly pixels: number;
  /** Colour components of a JPEG: 1 grey, 3 colour, 4 CMYK. */
  readonly components?: number;
}

type Found = Omit<ImageHeader, "format" | "pixels"> & { readonly pixels?: number };
type Parser = (bytes: Uint8Array) => Found | undefined;

const PARSERS: Readonly<Record<ImageFormat, Parser>> = { jpeg, png, gif, bmp, tiff };

/** The header of an image of this format; `undefined` where the file ends or is damaged before its size. */
export function readHeader(bytes: Uint8Array, format: ImageFormat): ImageHeader | undefined {
  const found = PARSERS[format](bytes);
  if (!found || found.width < 1 || found.height < 1) return undefined;
  return { format, ...found, pixels: found.pixels ?? found.width * found.height };
}

function jpeg(bytes: Uint8Array): ReturnType<Parser> {
  for (const { marker, body } of jpegSegments(bytes)) {
    if (!isStartOfFrame(marker)) continue;
    if (body.length < 6) return undefined;
    const reader = new ByteReader(body);
    return { height: reader.u16(1), width: reader.u16(3), components: reader.u8(5) };
  }
  return undefined;
}

function png(bytes: Uint8Array): ReturnType<Parser> {
  if (bytes.length < 24) return undefined;
  const reader = new ByteReader(bytes);
  if (reader.text(12, 4) !== "IHDR") return undefined;
  return { width: reader.u32(16), height: reader.u32(20) };
}

/** The logical screen; a first frame larger than it costs its own size. */
function gif(bytes: Uint8Array): ReturnType<Parser> {
  if (bytes.length < 13) return undefined;
  const reader = new ByteReader(bytes, true);
  const width = reader.u16(6);
  const height = reader.u16(8);
  return { width, height, pixels: Math.max(width * height, firstFramePixels(reader)) };
}

const EXTENSION = 0x21;
const IMAGE_DESCRIPTOR = 0x2C;

function firstFramePixels(reader: ByteReader): number {
  let at = 13 + colorTableBytes(reader.u8(10));
  while (at + 9 <= reader.length) {
    const block = reader.u8(at);
    if (block === IMAGE_DESCRIPTOR) return reader.u16(at + 5) * reader.u16(at + 7);
    if (block !== EXTENSION) return 0;
    at = endOfSubBlocks(reader, at + 2);
  }
  return 0;
}

/** The top bit says whether there is a table, the low three its size. */
function colorTableBytes(flags: number): number {
  return (flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1);
}

function endOfSubBlocks(reader: ByteReader, start: number): number {
  let at = start;
  while (at < reader.length && reader.u8(at) !== 0) at += reader.u8(at) + 1;
  return at + 1;
}

/** Either the old 12-byte core header or one of the later ones, whose height is negative for rows from the top. */
function bmp(bytes: Uint8Array): ReturnType<Parser> {
  if (bytes.length < 26) return undefined;
  const reader = new ByteReader(bytes, true);
  if (reader.u32(14) === 12) return { width: reader.u16(18), height: reader.u16(20) };
  return { width: reader.i32(18), height: Math.abs(reader.i32(22)) };
}

/** The first page; every page is decoded and costs its size. */
function tiff(bytes: Uint8Array): ReturnType<Parser> {
  const pages = tiffDirectories(bytes).map(pageSize);
  const pixels = pages.reduce((sum, page) => sum + page.width * page.height, 0);
  return pages.length === 0 ? undefined : { ...pages[0], pixels };
}

function pageSize(tags: Tags): { width: number; height: number } {
  return { width: tags.get(IMAGE_WIDTH)?.[0] ?? 0, height: tags.get(IMAGE_LENGTH)?.[0] ?? 0 };
}
