/** The door to jimp, which reads what is not an ordinary JPEG: PNG, GIF, BMP, TIFF, and JPEG in CMYK. */
import type { Raster } from "../../lib/images/resize.ts";
import { NotAllowed, UnreadableImage } from "./unreadable.ts";

/**
 * The first frame or page as RGBA, transparency ignored. jimp puts JPEG pictures upright, and leaves other formats as stored.
 * It is imported at the first use: most datasets never need it.
 * @throws UnreadableImage
 * @throws NotAllowed where the process may not read the environment
 */
export async function decodeByJimp(bytes: Uint8Array): Promise<Raster> {
  const { Jimp } = await import("jimp");
  try {
    const own = bytes.slice().buffer as ArrayBuffer;
    const { width, height, data } = (await Jimp.fromBuffer(own)).bitmap;
    if (data.length < width * height * 4) throw new Error("the file ends before its picture does");
    return { width, height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw notAllowed();
    throw new UnreadableImage(`damaged: ${error instanceof Error ? error.message : error}`);
  }
}

function notAllowed(): NotAllowed {
  return new NotAllowed(
    "Cannot decode images other than colour and grey JPEG: jimp, which does it, reads the environment; allow it with --allow-env",
  );
}
