/** Runs the exported model on the validation and test images and measures it. */
import type { Prediction } from "../contracts/data.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { byName } from "../contracts/plugins.ts";
import type { Session } from "../contracts/provider.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { Blob, BlobRef } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";
import { decodeModel } from "../graph/decode.ts";
import { encodeModel } from "../graph/encode.ts";
import { lower, targetOf } from "../lowering/mod.ts";
import { summarise } from "../metrics/_groups.ts";
import { fixedBatches } from "./_batches.ts";
import { predictionsCsv } from "./_csv.ts";
import { type Examples, imageExamples } from "./_examples.ts";
import { fromJson, type PackedFace, packedFaces, type PackedIndex, toJson } from "./_tables.ts";

export const evaluate: Stage = {
  name: "evaluate",
  about: "Predicts the validation and test images with the exported model and measures the errors.",
  version: 3,
  needs: ["dataset.faces", "images.packed", "images.index", "export.model"],
  makes: ["predictions", "metrics"],
  numeric: true,
  params: ({ evaluate: { metrics, by } }) => ({ metrics, by }),
  run,
};

/** Images per call of the model. */
const BATCH = 64;

async function run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const index = await fromJson<PackedIndex>(inputs["images.index"]);
  const judged = await judgedFaces(inputs["dataset.faces"], index);
  await using session = await openModel(await inputs["export.model"].bytes(), context.world);
  const packed = { images: inputs["images.packed"], size: index.size };
  const examples = imageExamples({ world: context.world, ...packed, augmentation: [], seed: 0 });
  const ages = await predict(session, judged, examples, context);
  const predictions = judged.map((face, i) => predictionOf(face, ages[i]));
  const { metrics, by } = pipeline.evaluate;
  const figures = summarise(predictions, metrics.map((name) => byName(context.plugins.metrics, name)), by);
  return {
    predictions: await context.put(predictionsCsv(predictions)),
    metrics: await context.put(toJson(figures)),
  };
}

async function judgedFaces(table: Blob, index: PackedIndex): Promise<PackedFace[]> {
  const judged: PackedFace[] = [];
  for await (const face of packedFaces(table, index)) {
    if (face.split !== "train") judged.push(face);
  }
  return judged;
}

/** The exported model in the form that is fastest for batches of this size. */
async function openModel(bytes: Uint8Array, { provider }: World): Promise<Session> {
  const graph = decodeModel(bytes);
  const images = graph.inputs.map((input) => ({ ...input, shape: [BATCH, ...input.shape!.slice(1)] }));
  return await provider.open(encodeModel(lower({ ...graph, inputs: images }, await targetOf(provider))));
}

async function predict(
  session: Session,
  faces: readonly PackedFace[],
  examples: Examples,
  context: StageContext,
): Promise<Float64Array> {
  const ages = new Float64Array(faces.length);
  const batches = fixedBatches(Uint32Array.from(faces.map((face) => face.row)), BATCH);
  let at = 0;
  let done = 0;
  for await (const { inputs } of examples.plain(batches.map(({ rows }) => rows))) {
    const { age } = await session.run(inputs, ["age"]);
    const { count } = batches[at++];
    for (let i = 0; i < count; i++) ages[done + i] = Number(age.data[i]);
    done += count;
    context.progress({ done, total: faces.length, unit: "images" });
    context.world.signal.throwIfAborted();
  }
  return ages;
}

function predictionOf(face: PackedFace, predicted: number): Prediction {
  const { file, age, groups } = face;
  return { file, age, groups, predicted: Number(predicted.toFixed(4)), split: face.split as Prediction["split"] };
}
