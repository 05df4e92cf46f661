/** Makes the page that tells what was run and how good it is. */
import { stringify } from "yaml";
import type { Prediction, Reject } from "../contracts/data.ts";
import type { BackboneSpec, Pipeline, Split } from "../contracts/pipeline.ts";
import { byName, type Plugins } from "../contracts/plugins.ts";
import type { EpochRow, MetricsFile, RunReport } from "../contracts/report.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { Blob, BlobRef } from "../contracts/store.ts";
import { bitmapUri } from "./_bitmap.ts";
import { readHistory, readPredictions } from "./_csv.ts";
import { fileName } from "./_files.ts";
import { methodOf } from "./_method.ts";
import { type DatasetSummary, fromJson, packedFaces, type PackedIndex } from "./_tables.ts";
import { readStart } from "./pretrained.ts";

export const report: Stage = {
  name: "report",
  about: "Draws report.html: what was run, the metrics, curves, errors by group, worst faces, the stages.",
  version: 5,
  needs: [
    "dataset.faces",
    "dataset.summary",
    "images.packed",
    "images.index",
    "images.rejects",
    "train.history",
    "evaluate.predictions",
    "evaluate.metrics",
  ],
  wants: ["pretrained.network"],
  makes: ["page"],
  numeric: false,
  params: shownPipeline,
  run,
};

/** Faces shown with the largest errors. */
const WORST = 12;

async function run(inputs: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const predictions = readPredictions(await inputs["evaluate.predictions"].text());
  const history: readonly EpochRow[] = readHistory(await inputs["train.history"].text());
  const summary = await fromJson<DatasetSummary>(inputs["dataset.summary"]);
  const rejects = [...summary.rejects, ...await fromJson<Reject[]>(inputs["images.rejects"])];
  const found: RunReport = {
    title: pipeline.report.title ?? pipeline.name,
    about: pipeline.about,
    pipeline: stringify(shownPipeline(pipeline, context.plugins)),
    provider: await context.world.provider.numericClass(),
    method: methodOf(pipeline, context.plugins, (await readStart(inputs)).network),
    metrics: await fromJson<MetricsFile>(inputs["evaluate.metrics"]),
    predictions,
    history,
    left: { rejects, outside: summary.outside },
    leaks: summary.leaks,
    stages: context.earlier,
    thumbnails: await thumbnails(worst(predictions), inputs),
  };
  const files: Record<string, Uint8Array> = {};
  for (const reporter of context.plugins.reporters) Object.assign(files, await reporter.render(found));
  return { page: await context.put(files["report.html"]) };
}

/** The pipeline without what changes no result: where things lie, how often a checkpoint is written. */
function shownPipeline(pipeline: Pipeline, plugins: Plugins): unknown {
  const { origins: _origins, file: _file, dataset, backbone, train, ...rest } = pipeline;
  const { path: _path, split, ...shownDataset } = dataset;
  const { checkpoint: _checkpoint, ...shownTrain } = train;
  return {
    ...rest,
    dataset: { ...shownDataset, split: shownSplit(split) },
    backbone: shownBackbone(backbone, plugins),
    train: shownTrain,
  };
}

/** The split with the names of its list files, not the folders that they lie in. */
function shownSplit(split: Split): unknown {
  if (split.by !== "list") return split;
  const shown = Object.entries(split).map(([key, value]) => {
    const isFile = typeof value === "string" && key !== "by";
    return [key, isFile ? fileName(value) : value];
  });
  return Object.fromEntries(shown);
}

/** The backbone with the names of its files, not the folders that they lie in. */
function shownBackbone({ params, weights, ...rest }: BackboneSpec, plugins: Plugins): unknown {
  const { file } = byName(plugins.backbones, rest.use);
  return {
    ...rest,
    params: file === undefined ? params : { ...params, [file]: fileName(String(params[file])) },
    weights: weights === null ? null : fileName(weights),
  };
}

function worst(predictions: readonly Prediction[]): readonly Prediction[] {
  const judged = predictions.some(({ split }) => split === "test") ? "test" : "validation";
  const error = ({ age, predicted }: Prediction): number => Math.abs(predicted - age);
  return predictions.filter(({ split }) => split === judged).sort((a, b) => error(b) - error(a)).slice(0, WORST);
}

async function thumbnails(shown: readonly Prediction[], inputs: Artifacts): Promise<Record<string, string>> {
  const index = await fromJson<PackedIndex>(inputs["images.index"]);
  const files = new Set(shown.map(({ file }) => file));
  const pictures: [string, string][] = [];
  for await (const { file, row } of packedFaces(inputs["dataset.faces"], index)) {
    if (files.has(file)) pictures.push([file, await picture(inputs["images.packed"], index.size, row)]);
  }
  return Object.fromEntries(pictures);
}

async function picture(packed: Blob, size: number, row: number): Promise<string> {
  const bytes = size * size * 3;
  return bitmapUri({ width: size, height: size, data: await packed.slice(row * bytes, bytes) });
}
