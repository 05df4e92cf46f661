/** What is worth knowing of a pipeline before it runs. */
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { backboneFiles, byName } from "../../lib/contracts/plugins.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { pluginsOf } from "../../lib/pipeline/bound.ts";
import { labelColumns } from "../../lib/pipeline/label_columns.ts";
import { listed } from "../../lib/pipeline/words.ts";
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
  const groups = await groupNote(pipeline);
  return [
    ...pipeline.dataset.path === DRAWINGS ? [ABOUT_DRAWINGS] : [],
    ...network === DRAWN_MODEL ? [ABOUT_MODEL] : [],
    ...features === undefined ? [] : [features],
    ...groups === undefined ? [] : [groups],
  ];
}

/** The grouping that is made of the age itself. */
const AGE_BAND = "age_band";

/** Which columns that the pipeline names for groups the dataset lacks. */
async function groupNote(pipeline: Pipeline): Promise<string | undefined> {
  const { dataset: { use, params, path }, evaluate, origins } = pipeline;
  const written = evaluate.by.filter((name, i) => name !== AGE_BAND && origins[`evaluate.by.${i}`] !== "default");
  if (written.length === 0) return undefined;
  const reader = byName(pluginsOf(pipeline).datasets, use);
  const columns = await labelColumns({ reader, params, folder: path }, Deno.readTextFile);
  const absent = columns === undefined ? [] : written.filter((name) => !columns.includes(name));
  if (absent.length === 0) return undefined;
  return `No figures by ${listed(absent)} (evaluate.by): the dataset's columns are ${listed(columns!) || "none"}.`;
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
