/** Small pictures as data URIs without an encoder library: an uncompressed 24-bit Windows bitmap. */
import type { Pixels } from "../contracts/data.ts";

const HEADER = 54;

/** The image as `data:image/bmp;base64,…`. */
export function bitmapUri(pixels: Pixels): string {
  const stride = Math.ceil((pixels.width * 3) / 4) * 4;
  const bytes = new Uint8Array(HEADER + stride * pixels.height);
  writeHeader(new DataView(bytes.buffer), pixels, bytes.length);
  for (let y = 0; y < pixels.height; y++) {
    // Bitmaps hold the rows from the bottom and the channels as blue, green, red.
    const to = HEADER + (pixels.height - 1 - y) * stride;
    for (let x = 0; x < pixels.width; x++) {
      const from = (y * pixels.width + x) * 3;
      for (let c = 0; c < 3; c++) bytes[to + x * 3 + c] = pixels.data[from + 2 - c];
    }
  }
  return `data:image/bmp;base64,${base64(bytes)}`;
}

function writeHeader(view: DataView, pixels: Pixels, size: number): void {
  view.setUint16(0, 0x4D42, true);
  view.setUint32(2, size, true);
  view.setUint32(10, HEADER, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, pixels.width, true);
  view.setInt32(22, pixels.height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, 24, true);
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
