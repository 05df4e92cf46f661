/** Images of a pipeline's dataset, as an earlier run has prepared them. */
import { sizeOf } from "../../lib/base/tensor.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { Blob } from "../../lib/contracts/store.ts";
import type { World } from "../../lib/contracts/world.ts";
import { planPipeline } from "../../lib/pipeline/plan.ts";
import { fromJson, packedFaces, type PackedIndex } from "../../lib/stages/_tables.ts";
import { dataset } from "../../lib/stages/dataset.ts";
import { images } from "../../lib/stages/images.ts";
import type { Faces } from "./pipeline_case.ts";

/** `count` images from all over the dataset; undefined where the cache does not hold as many. */
export async function preparedFaces(pipeline: Pipeline, world: World, count: number): Promise<Faces | undefined> {
  const { outcomes } = await planPipeline(pipeline, world, { stages: [dataset, images] });
  const open = async (stage: string, artifact: string): Promise<Blob | undefined> => {
    const ref = outcomes.get(stage)?.outputs[artifact];
    return ref && await world.store.open(ref.digest);
  };
  const table = await open("dataset", "faces");
  const [index, packed] = [await open("images", "index"), await open("images", "packed")];
  if (!table || !index || !packed) return undefined;
  const layout = await fromJson<PackedIndex>(index);
  const faces = await Array.fromAsync(packedFaces(table, layout));
  if (faces.length < count) return undefined;
  const chosen = Array.from({ length: count }, (_, i) => faces[Math.floor(i * faces.length / count)]);
  return { images: await pixelsOf(packed, layout.size, chosen.map(({ row }) => row)), ages: chosen.map((f) => f.age) };
}

/** [N,3,S,S] of rows of a packed file, which is [n,S,S,3]. */
async function pixelsOf(packed: Blob, size: number, rows: readonly number[]): Promise<Float32Array> {
  const bytes = sizeOf([size, size, 3]);
  const pixels = new Float32Array(rows.length * bytes);
  for (const [i, row] of rows.entries()) {
    const image = await packed.slice(row * bytes, bytes);
    image.forEach((level, at) => {
      const [pixel, channel] = [Math.floor(at / 3), at % 3];
      pixels[i * bytes + channel * size * size + pixel] = level;
    });
  }
  return pixels;
}
