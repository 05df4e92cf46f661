/** From packed 8-bit rows to one augmented batch. */
import { random } from "../../lib/base/random.ts";
import type { Augmentation, Pixels } from "../../lib/contracts/data.ts";
import type { PixelForm } from "../../lib/contracts/world.ts";

/** An augmentation with its checked parameters. */
export interface Step {
  // deno-lint-ignore no-explicit-any
  readonly plugin: Augmentation<any>;
  readonly params: unknown;
}

export interface DrawOptions {
  /** Side of the square images in pixels. */
  readonly size: number;
  readonly steps: readonly Step[];
  readonly seed: number;
  readonly epoch: number;
  readonly form: PixelForm;
}

/** A batch [B,3,S,S] of 0 to 255. */
export type DrawnImages = Float32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/**
 * packed: uint8 [B,S,S,3], the images of `rows`; may be written into. All chance comes from
 * (seed, epoch, row, position of the augmentation, its name), so a batch is the same wherever and whenever it is drawn.
 */
export function drawBatch(packed: Uint8Array, rows: Uint32Array, options: DrawOptions): DrawnImages {
  const length = options.size * options.size * 3;
  const out = new (options.form === "uint8" ? Uint8Array : Float32Array)(rows.length * length);
  for (let i = 0; i < rows.length; i++) {
    const data = packed.subarray(i * length, (i + 1) * length);
    const image = augment({ width: options.size, height: options.size, data }, rows[i], options);
    writePlanes(image, out, i * length);
  }
  return out;
}

function augment(image: Pixels, row: number, options: DrawOptions): Pixels {
  return options.steps.reduce((result, { plugin, params }, position) => {
    const stream = random(options.seed, options.epoch, row, position, plugin.name);
    return plugin.apply(result, params, stream);
  }, image);
}

/** Interleaved bytes to one plane a colour. */
function writePlanes(image: Pixels, out: DrawnImages, at: number): void {
  const { data } = image;
  const plane = image.width * image.height;
  for (let i = 0, from = 0; i < plane; i++, from += 3) {
    out[at + i] = data[from];
    out[at + plane + i] = data[from + 1];
    out[at + 2 * plane + i] = data[from + 2];
  }
}
