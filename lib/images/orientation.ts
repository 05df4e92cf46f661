/** The EXIF orientation: which way up a camera held the picture, and how to put it upright. */
import { ByteReader } from "./byte_reader.ts";
import type { ImageFormat } from "./format.ts";
import { jpegSegments } from "./jpeg_segments.ts";
import type { Crop } from "./resize.ts";
import { ORIENTATION, tiffDirectories } from "./tiff_tags.ts";

/** 1 upright, 2 mirrored, 3 upside down, 4 flipped, 5 transposed, 6 turned left, 7 transversed, 8 turned right (EXIF 2.32, tag 0x0112). */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const APP1 = 0xE1;

/** The orientation that a file states; 1 where it states none, or nonsense. */
export function readOrientation(bytes: Uint8Array, format: ImageFormat): Orientation {
  const [tags] = tiffDirectories(exifOf(bytes, format));
  const value = tags?.get(ORIENTATION)?.[0] ?? 1;
  return value >= 1 && value <= 8 ? value as Orientation : 1;
}

/** The TIFF structure that holds a file's EXIF fields; empty where there is none. */
function exifOf(bytes: Uint8Array, format: ImageFormat): Uint8Array {
  if (format === "tiff") return bytes;
  if (format === "jpeg") return jpegExif(bytes);
  if (format === "png") return pngExif(bytes);
  return new Uint8Array(0);
}

function jpegExif(bytes: Uint8Array): Uint8Array {
  for (const { marker, body } of jpegSegments(bytes)) {
    if (marker !== APP1 || body.length < 6) continue;
    if (new ByteReader(body).text(0, 6) === "Exif\0\0") return body.subarray(6);
  }
  return new Uint8Array(0);
}

/** The chunk `eXIf`, which may stand before or after the pixels. */
function pngExif(bytes: Uint8Array): Uint8Array {
  const reader = new ByteReader(bytes);
  let at = 8;
  while (at + 12 <= bytes.length) {
    const length = reader.u32(at);
    if (reader.text(at + 4, 4) === "eXIf") return bytes.subarray(at + 8, at + 8 + length);
    at += 12 + length;
  }
  return new Uint8Array(0);
}

/**
 * Where the upright picture finds its pixels: whether its axes are those of the stored one exchanged, and whether it then runs
 * through the stored columns or rows backwards.
 */
interface Turn {
  readonly exchanged: boolean;
  readonly backwardsX: boolean;
  readonly backwardsY: boolean;
}

const TURNS: Readonly<Record<Orientation, Turn>> = {
  1: { exchanged: false, backwardsX: false, backwardsY: false },
  2: { exchanged: false, backwardsX: true, backwardsY: false },
  3: { exchanged: false, backwardsX: true, backwardsY: true },
  4: { exchanged: false, backwardsX: false, backwardsY: true },
  5: { exchanged: true, backwardsX: false, backwardsY: false },
  6: { exchanged: true, backwardsX: false, backwardsY: true },
  7: { exchanged: true, backwardsX: true, backwardsY: true },
  8: { exchanged: true, backwardsX: true, backwardsY: false },
};

/** An 8-bit picture with any number of bytes a pixel. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** The picture put upright. The same object where it already is. */
export function upright<P extends Picture>(image: P, orientation: Orientation): P | Picture & { data: Uint8Array } {
  if (orientation === 1) return image;
  const turn = TURNS[orientation];
  const width = turn.exchanged ? image.height : image.width;
  const height = turn.exchanged ? image.width : image.height;
  const bytes = image.data.length / (width * height);
  const data = new Uint8Array(image.data.length);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = sourceIndex(image, turn, x, y) * bytes;
      for (let i = 0; i < bytes; i++) data[at++] = image.data[from + i];
    }
  }
  return { width, height, data };
}

/** The part of the stored picture that a part of the upright one shows. */
export function storedCrop([left, top, right, bottom]: Crop, orientation: Orientation): Crop {
  const { exchanged, backwardsX, backwardsY } = TURNS[orientation];
  const across = exchanged ? [top, bottom] : [left, right];
  const down = exchanged ? [left, right] : [top, bottom];
  const [x0, x1] = backwardsX ? [1 - across[1], 1 - across[0]] : across;
  const [y0, y1] = backwardsY ? [1 - down[1], 1 - down[0]] : down;
  return [x0, y0, x1, y1];
}

/** Index of the stored pixel that the upright picture shows at (x, y). */
function sourceIndex(image: Picture, turn: Turn, x: number, y: number): number {
  const column = turn.exchanged ? y : x;
  const row = turn.exchanged ? x : y;
  const sourceX = turn.backwardsX ? image.width - 1 - column : column;
  const sourceY = turn.backwardsY ? image.height - 1 - row : row;
  return sourceY * image.width + sourceX;
}
