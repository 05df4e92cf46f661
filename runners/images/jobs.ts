/** What is asked of a team, and how it is done; a worker and the calling thread run the same code. */
import type { Augmentation } from "../../lib/contracts/data.ts";
import { byName } from "../../lib/contracts/plugins.ts";
import type { PixelForm, PrepareOptions } from "../../lib/contracts/world.ts";
import { drawBatch, type DrawnImages } from "./draw.ts";
import { ImagePreparer } from "./prepare.ts";
import { readImageFile, readRows } from "./read_in_place.ts";
import { NotAllowed, reasonOf, UnreadableImage } from "./unreadable.ts";

/** An image to prepare: where it lies, or what it holds, or why it could not be read. */
export type Source =
  | { readonly folder: string; readonly path: string }
  | { readonly bytes: Uint8Array }
  | { readonly reason: string };

export interface PrepareJob {
  readonly kind: "prepare";
  readonly sources: readonly Source[];
  /** `landmarks` by source. */
  readonly options: PrepareOptions;
}

/** One entry by source: where `reasons` is null, its square lies in `pixels` (uint8 [n,S,S,3]). */
export interface Prepared {
  readonly pixels: Uint8Array<ArrayBuffer>;
  readonly reasons: readonly (string | null)[];
}

export interface DrawJob {
  readonly kind: "draw";
  readonly rows: Uint32Array;
  /** Path of the packed file, or the rows themselves, uint8 [B,S,S,3]. */
  readonly packed: string | Uint8Array;
  readonly size: number;
  /** By name, with checked parameters. */
  readonly augmentations: readonly { readonly use: string; readonly params: unknown }[];
  readonly seed: number;
  readonly epoch: number;
  readonly form: PixelForm;
}

export interface Drawn {
  readonly images: DrawnImages;
}

export class ImageJobs {
  readonly #preparer = new ImagePreparer();

  constructor(private readonly augmentations: readonly Augmentation<unknown>[]) {}

  /** @throws NotAllowed */
  async prepare(job: PrepareJob): Promise<Prepared> {
    const { landmarks, ...options } = job.options;
    const length = options.size ** 2 * 3;
    const pixels = new Uint8Array(job.sources.length * length);
    const reasons: (string | null)[] = [];
    for (const [i, source] of job.sources.entries()) {
      try {
        const image = await this.#preparer.prepare(bytesOf(source), { ...options, landmarks: landmarks?.[i] });
        pixels.set(image.data, i * length);
        reasons.push(null);
      } catch (error) {
        if (error instanceof NotAllowed) throw error;
        reasons.push(reasonOf(error));
      }
    }
    return { pixels, reasons };
  }

  draw(job: DrawJob): Drawn {
    const length = job.size ** 2 * 3;
    const packed = typeof job.packed === "string" ? readRows(job.packed, job.rows, length) : job.packed;
    const steps = job.augmentations.map(({ use, params }) => ({ plugin: byName(this.augmentations, use), params }));
    return { images: drawBatch(packed, job.rows, { ...job, steps }) };
  }
}

function bytesOf(source: Source): Uint8Array {
  if ("reason" in source) throw new UnreadableImage(source.reason);
  return "bytes" in source ? source.bytes : readImageFile(source.folder, source.path);
}
