/** The marker segments in front of a JPEG's compressed data (ITU-T T.81, annex B). */
import { ByteReader } from "./byte_reader.ts";

export interface Segment {
  /** Second byte of the marker: 0xE1 is APP1. */
  readonly marker: number;
  /** What follows the length field. */
  readonly body: Uint8Array;
}

const START_OF_SCAN = 0xDA;
const END_OF_IMAGE = 0xD9;

/** The segments up to the start of the first scan; a damaged file ends the walk early. */
export function* jpegSegments(bytes: Uint8Array): Generator<Segment> {
  const reader = new ByteReader(bytes);
  let at = 2;
  while (at + 4 <= reader.length) {
    if (reader.u8(at) !== 0xFF) return;
    const marker = reader.u8(at + 1);
    if (marker === 0xFF) {
      at += 1;
      continue;
    }
    if (marker === START_OF_SCAN || marker === END_OF_IMAGE) return;
    if (isStandalone(marker)) {
      at += 2;
      continue;
    }
    const length = reader.u16(at + 2);
    if (length < 2) return;
    yield { marker, body: bytes.subarray(at + 4, at + 2 + length) };
    at += 2 + length;
  }
}

/** Markers without a length field: TEM, RST0 … RST7, SOI. */
function isStandalone(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xD0 && marker <= 0xD8);
}

/** Start of frame of any coding: SOF0 … SOF15 without DHT, JPG and DAC. */
export function isStartOfFrame(marker: number): boolean {
  return marker >= 0xC0 && marker <= 0xCF && marker !== 0xC4 && marker !== 0xC8 && marker !== 0xCC;
}
