/** From the bytes of any image file to a small upright square. */
import type { Landmarks, Pixels } from "../../lib/contracts/data.ts";
import type { PrepareOptions } from "../../lib/contracts/world.ts";
import { alignFace, alignmentProblem } from "../../lib/images/align.ts";
import { isComplete } from "../../lib/images/complete.ts";
import { describeKind, sniff } from "../../lib/images/format.ts";
import { type ImageHeader, readHeader } from "../../lib/images/header.ts";
import { type Orientation, readOrientation, storedCrop, upright } from "../../lib/images/orientation.ts";
import { type Raster, resizeSquare, WHOLE } from "../../lib/images/resize.ts";
import { JpegDecoder } from "./jpeg.ts";
import { decodeByJimp } from "./other_formats.ts";
import { truncated, UnreadableImage } from "./unreadable.ts";

export const MAX_PIXELS = 50_000_000;

/** Bytes of the largest file that is looked at: twice what 50 million 16-bit RGB pixels take. */
export const MAX_BYTES = 600_000_000;

/** How one image is prepared. */
export interface PrepareImage extends Omit<PrepareOptions, "landmarks"> {
  /** Of the face in the image, to align it by; null: it has none, which is a reason to leave it out. */
  readonly landmarks?: Landmarks | null;
}

/** Prepares one image after another with one decoder. */
export class ImagePreparer {
  readonly #jpeg = new JpegDecoder();

  /** Decodes, puts upright, and cuts or aligns and resizes to a square. @throws UnreadableImage with the reason. */
  async prepare(bytes: Uint8Array, options: PrepareImage): Promise<Pixels> {
    const { size, landmarks, crop = WHOLE } = options;
    const header = checkedHeader(bytes, options.maxPixels ?? MAX_PIXELS);
    if (landmarks !== undefined) checkLandmarks(landmarks);
    const { raster, orientation } = await this.#decode(bytes, header);
    if (landmarks) return alignFace(upright(raster, orientation), landmarks, size);
    // A small picture is quicker to turn than a large one.
    return upright(resizeSquare(raster, size, storedCrop(crop, orientation)), orientation);
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

function checkLandmarks(landmarks: Landmarks | null): void {
  const problem = alignmentProblem(landmarks);
  if (problem !== undefined) throw new UnreadableImage(problem);
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
