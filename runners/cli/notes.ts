/** What is worth knowing of a pipeline before it runs. */
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { backboneFiles, byName } from "../../lib/contracts/plugins.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { pluginsOf } from "../../lib/pipeline/bound.ts";
import { fileName } from "../../lib/stages/_files.ts";
import { calledBy } from "../../lib/stages/pretrained.ts";
import { DRAWINGS, DRAWN_MODEL } from "./places.ts";

const ABOUT_DRAWINGS =
  "The dataset is fixtures/faces: drawings, made to try things out. UTKFACE=/path/to/UTKFace names a real one.";
const ABOUT_MODEL =
  "The backbone is fixtures/models/drawn_faces.onnx, which knows drawings alone. FACE_MODEL=/path/to/face.onnx names a real one.";

/** One line each: what stands in for data and models of the user's own, and where the features are taken. */
export async function notesOf(pipeline: Pipeline): Promise<readonly string[]> {
  const { network } = backboneFiles(pipeline.backbone, pluginsOf(pipeline));
  const features = await featureNote(pipeline);
  return [
    ...pipeline.dataset.path === DRAWINGS ? [ABOUT_DRAWINGS] : [],
    ...network === DRAWN_MODEL ? [ABOUT_MODEL] : [],
    ...features === undefined ? [] : [features],
  ];
}

/** Which tensor of its file a backbone gives; undefined where it is read from none. */
export async function featureNote(pipeline: Pipeline): Promise<string | undefined> {
  const network = await readNetwork(pipeline);
  const { use, params } = pipeline.backbone;
  const words = network && byName(pluginsOf(pipeline).backbones, use).featuresOf?.(params, network);
  return words === undefined ? undefined : `features: ${words}`;
}

/** The network that the backbone is read from, if any. @throws UserError where the file holds none. */
export async function readNetwork(pipeline: Pipeline): Promise<Graph | undefined> {
  const { network } = backboneFiles(pipeline.backbone, pluginsOf(pipeline));
  return network === undefined ? undefined : calledBy(fileName(network), decodeModel, await Deno.readFile(network));
}
