/** The door to jimp, which reads what is not an ordinary JPEG: PNG, GIF, BMP, TIFF, and JPEG in CMYK. */
import type { Raster } from "../../lib/images/resize.ts";
import { UnreadableImage } from "./unreadable.ts";

/**
 * The first frame or page as RGBA, transparency ignored. jimp puts JPEG pictures upright, and leaves other formats as stored.
 * It is imported at the first use: most datasets never need it.
 * @throws UnreadableImage
 */
export async function decodeByJimp(bytes: Uint8Array): Promise<Raster> {
  const { Jimp } = await import("jimp");
  try {
    const own = bytes.slice().buffer as ArrayBuffer;
    const { width, height, data } = (await Jimp.fromBuffer(own)).bitmap;
    if (data.length < width * height * 4) throw new Error("the file ends before its picture does");
    return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  } catch (error) {
    throw new UnreadableImage(`damaged: ${error instanceof Error ? error.message : error}`);
  }
}
