/** What a model learns from, batch by batch: images, or the features of a backbone that does not train. */
import type { Tensors } from "../base/tensor.ts";
import type { Use } from "../contracts/pipeline.ts";
import type { Blob } from "../contracts/store.ts";
import type { PixelForm, World } from "../contracts/world.ts";

/** The examples of one part of a batch. */
export interface ExampleBatch {
  /** Graph inputs: `image`, or `features` (with `features/mirrored` for evaluation). */
  readonly inputs: Tensors;
  /** Rows of the packed images. */
  readonly rows: Uint32Array;
  /** Milliseconds that the consumer waited for this batch. */
  readonly waited: number;
}

export interface Examples {
  /** Number of features, where examples are features; absent for images. */
  readonly features?: number;
  /** Form of the input `image`, where examples are images. */
  readonly image?: PixelForm;
  /** Batches of these rows, in order, as they are seen in an epoch of training (from 0). */
  training(batches: readonly Uint32Array[], epoch: number): AsyncIterable<ExampleBatch>;
  /** Batches of these rows, in order, unaugmented. */
  plain(batches: readonly Uint32Array[]): AsyncIterable<ExampleBatch>;
}

export interface ImageExamplesOptions {
  readonly world: World;
  /** Packed images, uint8 [n,S,S,3]. */
  readonly images: Blob;
  /** Side of an image in pixels. */
  readonly size: number;
  readonly augmentation: readonly Use[];
  readonly seed: number;
  /** Default float32, which exported models take. */
  readonly form?: PixelForm;
}

export function imageExamples(
  { world, images, size, augmentation, seed, form = "float32" }: ImageExamplesOptions,
): Examples {
  async function* draw(batches: readonly Uint32Array[], augmentations: readonly Use[], epoch: number) {
    const drawn = world.images.batches(images, { size, batches, augmentations, seed, epoch, form });
    for await (const { images: data, rows, waited } of drawn) {
      yield { inputs: { image: { type: form, dims: [rows.length, 3, size, size], data } }, rows, waited };
    }
  }
  return {
    image: form,
    training: (batches, epoch) => draw(batches, augmentation, epoch),
    plain: (batches) => draw(batches, [], 0),
  };
}
