/** Examples that are rows of a feature table: what a frozen backbone makes of an image never changes. */
import { random } from "../base/random.ts";
import type { Tensor, Tensors } from "../base/tensor.ts";
import type { Augmentation } from "../contracts/data.ts";
import type { Use } from "../contracts/pipeline.ts";
import { byName } from "../contracts/plugins.ts";
import type { ExampleBatch, Examples } from "./_examples.ts";
import type { FeatureTable } from "./_feature_table.ts";

export interface FeatureExamplesOptions {
  readonly table: FeatureTable;
  /** Those that mirror and nothing else. */
  readonly augmentation: readonly Use[];
  readonly augmentations: readonly Augmentation<unknown>[];
  readonly seed: number;
  /** Whether plain batches also hold the mirror images. */
  readonly mirror: boolean;
  /** Milliseconds on a clock. */
  now(): number;
}

export function featureExamples(options: FeatureExamplesOptions): Examples {
  const { table, mirror } = options;
  const tensorOf = async (rows: Uint32Array, view: (row: number) => number): Promise<Tensor> => {
    return { type: "float32", dims: [rows.length, table.features], data: await table.read(rows, view) };
  };
  const plain = async (rows: Uint32Array): Promise<Tensors> => {
    const features = await tensorOf(rows, () => 0);
    return mirror ? { features, "features/mirrored": await tensorOf(rows, () => 1) } : { features };
  };
  const flips = mirrorings(options);
  return {
    features: table.features,
    training: (batches, epoch) =>
      ahead(batches, async (rows) => ({ features: await tensorOf(rows, (row) => flips(epoch, row)) }), options),
    plain: (batches) => ahead(batches, plain, options),
  };
}

/** 1 where an odd number of augmentations mirrors the image of this row, by the chance that it would have as an image. */
function mirrorings({ augmentation, augmentations, seed }: FeatureExamplesOptions) {
  const steps = augmentation.map(({ use, params }) => ({ plugin: byName(augmentations, use), params }));
  return (epoch: number, row: number): number =>
    steps.reduce((flipped, { plugin, params }, position) => {
      const stream = random(seed, epoch, row, position, plugin.name);
      return plugin.mirrors?.(params, stream) ? 1 - flipped : flipped;
    }, 0);
}

/** Reads the next batch while the consumer computes with this one. */
async function* ahead(
  batches: readonly Uint32Array[],
  read: (rows: Uint32Array) => Promise<Tensors>,
  { now }: Pick<FeatureExamplesOptions, "now">,
): AsyncGenerator<ExampleBatch> {
  let next = batches.length > 0 ? read(batches[0]) : undefined;
  for (const [i, rows] of batches.entries()) {
    const asked = now();
    const inputs = await next!;
    next = i + 1 < batches.length ? read(batches[i + 1]) : undefined;
    next?.catch(() => {}); // thrown where it is awaited
    yield { inputs, rows, waited: now() - asked };
  }
}
