/** Batches that are on their way to the device before their step begins. */
import type { Tensors } from "../base/tensor.ts";
import type { ExampleBatch } from "./_examples.ts";

export interface UploadOptions {
  /** Begins to copy the inputs of a batch to where the step is computed. */
  upload(inputs: Tensors): void;
  /** Milliseconds on a clock. */
  now(): number;
}

/**
 * The same batches in the same order. While the consumer computes with one, the next is taken from the source and its upload begins;
 * so at most two are on the device.
 */
export async function* uploadedAhead(
  batches: AsyncIterable<ExampleBatch>,
  { upload, now }: UploadOptions,
): AsyncGenerator<ExampleBatch> {
  const source = batches[Symbol.asyncIterator]();
  const take = async () => {
    const taken = await source.next();
    if (!taken.done) upload(taken.value.inputs);
    return taken;
  };
  let next = take();
  try {
    while (true) {
      const asked = now();
      const { done, value } = await next;
      if (done) return;
      next = take();
      next.catch(() => {}); // thrown where it is awaited
      yield { ...value, waited: now() - asked };
    }
  } finally {
    await source.return?.();
  }
}
