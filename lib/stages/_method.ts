/** How a model was trained, in words, for the report. */
import type { BackboneSpec, Pipeline, TrainSpec } from "../contracts/pipeline.ts";
import { backboneFiles, byName, type Plugins } from "../contracts/plugins.ts";
import type { Graph } from "../graph/graph.ts";
import { fileName } from "./_files.ts";

/** By topic. @param network that the backbone is read from. */
export function methodOf(pipeline: Pipeline, plugins: Plugins, network?: Graph): Record<string, string> {
  const { backbone, train, evaluate } = pipeline;
  return {
    backbone: backbone.use,
    "starts from": startOf(pipeline, plugins),
    ...featuresOf(pipeline, plugins, network),
    trains: [trainedPart(backbone.train), ...unfreezing(train.unfreeze), ...statistics(backbone)].join("; "),
    "learning rate": rateOf(backbone, train),
    batches: batchesOf(train),
    "weights kept": train.average === null
      ? "those of the best epoch"
      : `averages over the steps with decay ${train.average}, of the best epoch`,
    predicts: evaluate.mirror ? "the mean over each image and its mirror image" : "each image as it is",
  };
}

function startOf({ backbone }: Pipeline, plugins: Plugins): string {
  const { network, weights } = backboneFiles(backbone, plugins);
  const files = [network, weights].filter((path) => path !== undefined).map(fileName);
  return files.length === 0 ? "random weights" : files.join(", weights of ");
}

/** The tensor of the network that the heads take. */
function featuresOf({ backbone }: Pipeline, plugins: Plugins, network: Graph | undefined): Record<string, string> {
  const words = network && byName(plugins.backbones, backbone.use).featuresOf?.(backbone.params, network);
  return words === undefined ? {} : { features: words };
}

function trainedPart(train: BackboneSpec["train"]): string {
  if (train === "all") return "the backbone and the head";
  return train === "none"
    ? "the head alone, on features that were computed once"
    : `the last ${train} layers of the backbone and the head`;
}

function unfreezing(unfreeze: TrainSpec["unfreeze"]): readonly string[] {
  if (unfreeze === null) return [];
  const { head, layers, every } = unfreeze;
  return [
    `${counted(head, "epoch")} the head alone, then ${counted(layers, "layer")} more every ${counted(every, "epoch")}`,
  ];
}

function statistics({ batch_norm, train }: BackboneSpec): readonly string[] {
  return batch_norm === "frozen" && train !== "none" ? ["batch normalisation keeps its statistics"] : [];
}

function rateOf({ lr_scale, train: part }: BackboneSpec, { lr, optimizer, schedule, layer_decay }: TrainSpec): string {
  const moves = part !== "none";
  const scale = moves && lr_scale !== 1 ? [`times ${lr_scale} in the backbone`] : [];
  const decay = moves && layer_decay !== 1 ? [`times ${layer_decay} from each of its layers to the one before`] : [];
  return [`at most ${lr} (${optimizer.use}, ${schedule.use})`, ...scale, ...decay].join(", ");
}

function batchesOf({ batch, accumulate, precision }: TrainSpec): string {
  const parts = accumulate > 1 ? [`in ${accumulate} parts`] : [];
  const mixed = precision === "mixed" ? ["in mixed precision"] : [];
  return [counted(batch, "image"), ...parts, ...mixed].join(", ");
}

function counted(count: number, singular: string): string {
  return `${count} ${singular}${count === 1 ? "" : "s"}`;
}
