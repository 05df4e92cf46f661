/** Computes the features of every image once, where the backbone does not train: any number of heads then learn from them. */
import { Stopped } from "../base/errors.ts";
import { bytesOf, type Tensor } from "../base/tensor.ts";
import { compileFeatures, featureCount } from "../compile/features.ts";
import { bindBackbone } from "../compile/pipeline_model.ts";
import type { BackboneModel } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName, type Plugins } from "../contracts/plugins.ts";
import type { Session } from "../contracts/provider.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { Blob, BlobRef } from "../contracts/store.ts";
import { encodeModel } from "../graph/encode.ts";
import { lower, targetOf } from "../lowering/mod.ts";
import { backboneKey } from "./_backbone_key.ts";
import { fixedBatches } from "./_batches.ts";
import { imageExamples } from "./_examples.ts";
import type { FeatureIndex } from "./_feature_table.ts";
import { Pieces } from "./_pieces.ts";
import { fromJson, type PackedIndex, toJson } from "./_tables.ts";
import { PRETRAINED, readStart } from "./pretrained.ts";

export const features: Stage = {
  name: "features",
  about: "Runs the frozen backbone over every image, and its mirror image where it is wanted.",
  version: 2,
  applies: ({ backbone }) => backbone.train === "none",
  needs: ["images.packed", "images.index"],
  wants: PRETRAINED,
  makes: ["table", "index"],
  numeric: true,
  params: (pipeline, plugins) => ({ backbone: backboneKey(pipeline, plugins), mirror: needsMirror(pipeline, plugins) }),
  run,
};

/** Images per call of the backbone: fixed, so that a resumed run computes every image in the same company. */
const BATCH = 64;

/** Whether the mirror images count too: in training, or in the predictions. */
function needsMirror({ augmentation, evaluate }: Pipeline, { augmentations }: Plugins): boolean {
  return evaluate.mirror || augmentation.some(({ use }) => byName(augmentations, use).mirrors !== undefined);
}

async function run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const images = await fromJson<PackedIndex>(inputs["images.index"]);
  const backbone = bindBackbone(pipeline, context.plugins, await readStart(inputs));
  const index: FeatureIndex = {
    rows: images.faces.length,
    views: needsMirror(pipeline, context.plugins) ? 2 : 1,
    features: featureCount({ backbone, tasks: [], seed: pipeline.train.seed }),
  };
  const pieces = await Pieces.open(context.scratch);
  await using session = await openBackbone(backbone, pipeline.train.seed, context);
  await compute(session, pieces, { images: inputs["images.packed"], size: images.size, index }, context);
  return { table: await pieces.joined(await context.writer()), index: await context.put(toJson(index)) };
}

async function openBackbone(backbone: BackboneModel, seed: number, { world }: StageContext): Promise<Session> {
  const graph = compileFeatures({ backbone, tasks: [], seed }, { batch: BATCH, image: "uint8" });
  const lowered = lower(graph, await targetOf(world.provider));
  return await world.provider.open(encodeModel(lowered));
}

interface Packed {
  readonly images: Blob;
  /** Side of an image in pixels. */
  readonly size: number;
  readonly index: FeatureIndex;
}

/** Adds what is missing to the pieces, batch by batch. */
async function compute(session: Session, pieces: Pieces, packed: Packed, context: StageContext): Promise<void> {
  const { images, size, index } = packed;
  const { world } = context;
  let done = pieces.length / bytesPerRow(index);
  const batches = fixedBatches(Uint32Array.from({ length: index.rows - done }, (_, i) => done + i), BATCH);
  const { plain } = imageExamples({ world, images, size, augmentation: [], seed: 0, form: "uint8" });
  const pause = pauses(pieces, context);
  let at = 0;
  let before = world.now();
  for await (const { inputs } of plain(batches.map(({ rows }) => rows))) {
    const { count } = batches[at++];
    const found = await viewsOf(session, inputs.image, index);
    await pieces.add(found.subarray(0, count * bytesPerRow(index)));
    done += count;
    const now = world.now();
    context.progress({ done, total: index.rows, unit: "images", rate: (1000 * count) / (now - before) });
    before = now;
    await pause();
  }
}

function bytesPerRow({ views, features }: FeatureIndex): number {
  return views * features * Float32Array.BYTES_PER_ELEMENT;
}

/** The features of a batch as bytes of float32 [B, views, F]. */
async function viewsOf(session: Session, image: Tensor, { views, features }: FeatureIndex): Promise<Uint8Array> {
  const width = features * Float32Array.BYTES_PER_ELEMENT;
  const out = new Uint8Array(image.dims[0] * views * width);
  for (const [view, seen] of [image, mirrored(image)].slice(0, views).entries()) {
    const bytes = bytesOf((await session.run({ image: seen })).features);
    for (let i = 0; i < image.dims[0]; i++) {
      out.set(bytes.subarray(i * width, (i + 1) * width), (i * views + view) * width);
    }
  }
  return out;
}

/** [B,3,S,S] with left and right exchanged; not in the graph, as predictions have it, which would hold the backbone twice. */
function mirrored({ type, dims, data }: Tensor): Tensor {
  const side = dims[3];
  const turned = data.slice();
  for (let at = 0; at < turned.length; at += side) turned.subarray(at, at + side).reverse();
  return { type, dims, data: turned };
}

/** Writes a piece when it is time, and stops when asked to. */
function pauses(pieces: Pieces, { world }: StageContext): () => Promise<void> {
  let saved = world.now();
  return async () => {
    const stop = world.signal.aborted ? "interrupted" : world.exhausted() ? "recycle" : undefined;
    if (stop === undefined && world.now() - saved < world.checkpointEvery) return;
    await pieces.flush();
    saved = world.now();
    if (stop !== undefined) throw new Stopped(stop);
  };
}
