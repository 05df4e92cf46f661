/** From the bytes of any image file to a small upright square. */
import type { Pixels } from "../../lib/contracts/data.ts";
import type { PrepareOptions } from "../../lib/contracts/world.ts";
import { isComplete } from "../../lib/images/complete.ts";
import { describeKind, sniff } from "../../lib/images/format.ts";
import { type ImageHeader, readHeader } from "../../lib/images/header.ts";
import { type Orientation, readOrientation, upright } from "../../lib/images/orientation.ts";
import { type Raster, resizeSquare } from "../../lib/images/resize.ts";
import { JpegDecoder } from "./jpeg.ts";
import { decodeByJimp } from "./other_formats.ts";
import { truncated, UnreadableImage } from "./unreadable.ts";

export const MAX_PIXELS = 50_000_000;

/** Bytes of the largest file that is looked at: twice what 50 million 16-bit RGB pixels take. */
export const MAX_BYTES = 600_000_000;

/** Prepares one image after another with one decoder. */
export class ImagePreparer {
  readonly #jpeg = new JpegDecoder();

  /** Decodes, resizes to a square and puts upright. @throws UnreadableImage with the reason. */
  async prepare(bytes: Uint8Array, options: PrepareOptions): Promise<Pixels> {
    const header = checkedHeader(bytes, options.maxPixels ?? MAX_PIXELS);
    const { raster, orientation } = await this.#decode(bytes, header);
    return upright(resizeSquare(raster, options.size), orientation);
  }

  async #decode(bytes: Uint8Array, header: ImageHeader): Promise<{ raster: Raster; orientation: Orientation }> {
    const { format } = header;
    const cmyk = header.components === 4;
    if (format === "jpeg" && !cmyk) {
      return { raster: await this.#jpeg.decode(bytes), orientation: readOrientation(bytes, format) };
    }
    const raster = await decodeByJimp(bytes);
    return { raster, orientation: cmyk ? 1 : readOrientation(bytes, format) };
  }
}

/** The header, once it is sure that the file is an image of a bearable size. */
function checkedHeader(bytes: Uint8Array, maxPixels: number): ImageHeader {
  if (bytes.length > MAX_BYTES) throw tooLarge(bytes.length);
  const format = sniff(bytes);
  if (!format) throw new UnreadableImage(describeKind(bytes));
  const header = readHeader(bytes, format);
  if (!header) throw new UnreadableImage(`truncated: the ${format.toUpperCase()} header is incomplete`);
  if (header.pixels > maxPixels) {
    const size = `${header.width} x ${header.height}`;
    throw new UnreadableImage(`too large: ${size} pixels, at most ${millions(maxPixels)} million are decoded`);
  }
  if (!isComplete(bytes, header)) throw truncated();
  return header;
}

/** The reason for a file that is too long to look at. */
export function tooLarge(bytes: number): UnreadableImage {
  const megabytes = (count: number): number => Math.round(count / 1e6);
  return new UnreadableImage(`too large: ${megabytes(bytes)} MB, at most ${megabytes(MAX_BYTES)} MB are read`);
}

function millions(pixels: number): string {
  return String(Number((pixels / 1e6).toPrecision(3)));
}
