/** Writes the trained model as an ONNX file with everything inside, and its weights under their published names. */
import { compileInference } from "../compile/inference.ts";
import { bindModel, imageSize } from "../compile/pipeline_model.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { BlobRef } from "../contracts/store.ts";
import { encodeModel } from "../graph/encode.ts";
import { decodeSafetensors, encodeSafetensors } from "../graph/safetensors.ts";
import { backboneKey } from "./_backbone_key.ts";
import { fromJson } from "./_tables.ts";
import { PRETRAINED, readStart } from "./pretrained.ts";
import type { LabelSummaries } from "./train.ts";

/** `export` is a reserved word; the stage's name in files and on screen is its `name`. */
export const exportStage: Stage = {
  name: "export",
  about: "Writes model.onnx (preprocessing, network, decoding) and model.safetensors.",
  version: 2,
  needs: ["train.weights", "train.labels"],
  wants: PRETRAINED,
  makes: ["model", "weights"],
  numeric: false,
  params: (pipeline, plugins) => {
    const { name, dataset, tasks, evaluate, export: options } = pipeline;
    return {
      name,
      ages: dataset.ages,
      part: partOf(dataset),
      backbone: backboneKey(pipeline, plugins),
      tasks: tasks.map(({ name, head }) => ({ name, head })),
      mirror: evaluate.mirror,
      options,
    };
  },
  run,
};

async function run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const { weights } = decodeSafetensors(await inputs["train.weights"].bytes());
  const labels = await fromJson<LabelSummaries>(inputs["train.labels"]);
  const model = bindModel(pipeline, context.plugins, labels, await readStart(inputs));
  const { mirror } = pipeline.evaluate;
  const graph = compileInference(model, weights, { batch: "N", mirror, metadata: metadata(pipeline, context) });
  return {
    model: await context.put(encodeModel(graph)),
    weights: await context.put(encodeSafetensors(weights, { format: "pt" })),
  };
}

/** Which part of a picture the model is to be shown. */
function partOf({ crop, align }: Pipeline["dataset"]): string {
  if (align !== null) return "the face, aligned by five points to the template of ArcFace";
  if (crop !== null) return `left, top, right, bottom: ${crop.join(", ")} of width and height`;
  return "the whole picture";
}

/** What a person who meets the file alone must know. */
function metadata(pipeline: Pipeline, context: StageContext): Record<string, string> {
  const size = imageSize(pipeline, context.plugins);
  const [first, last] = pipeline.dataset.ages;
  return {
    "ageline.pipeline": pipeline.name,
    "ageline.size": String(size),
    "ageline.ages": `${first}-${last}`,
    "ageline.input": `image: float32 [N,3,${size},${size}], RGB, 0-255, already resized to ${size}x${size}`,
    "ageline.part": partOf(pipeline.dataset),
    "ageline.output": "age: float32 [N], years; posterior, where present: [N,K] over the ages of the range",
    "ageline.licence": pipeline.export.licence,
  };
}
