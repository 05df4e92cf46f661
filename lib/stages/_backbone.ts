/** A backbone as stages take it: what of it enters their keys, what it starts from, how much of it trains. */
import type { BackboneModel } from "../contracts/model_spec.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { backboneFiles, byName, type Plugins } from "../contracts/plugins.ts";
import type { Artifacts } from "../contracts/stage.ts";
import { decodeModel } from "../graph/decode.ts";
import { decodeSafetensors } from "../graph/safetensors.ts";

/** Artifacts of the stage `pretrained`, taken by every stage that compiles the model. */
export const PRETRAINED: readonly string[] = ["pretrained.network", "pretrained.weights"];

/** What of a backbone enters a stage's key: not where its files lie, since their content does. */
export function backboneKey({ backbone }: Pipeline, plugins: Plugins): { use: string; params: unknown } {
  const { use, params } = backbone;
  const { file } = byName(plugins.backbones, use);
  return { use, params: Object.fromEntries(Object.entries(params).filter(([name]) => name !== file)) };
}

/** The same with how it trains. */
export function trainedBackboneKey(pipeline: Pipeline, plugins: Plugins): unknown {
  const { train, lr_scale, batch_norm } = pipeline.backbone;
  return { ...backboneKey(pipeline, plugins), train, lr_scale, batch_norm };
}

/** Whether a backbone starts from a file. */
export function isPretrained({ backbone }: Pipeline, plugins: Plugins): boolean {
  return Object.keys(backboneFiles(backbone, plugins)).length > 0;
}

/** What a backbone starts from. */
export type Start = Pick<BackboneModel, "network" | "weights">;

/** What the artifacts of `pretrained` hold; nothing where the run has no such stage. */
export async function readStart(inputs: Artifacts): Promise<Start> {
  const [network, weights] = await Promise.all(PRETRAINED.map((name) => inputs[name]?.bytes()));
  return {
    ...network === undefined || network.length === 0 ? {} : { network: decodeModel(network) },
    ...weights === undefined || weights.length === 0 ? {} : { weights: decodeSafetensors(weights).weights },
  };
}

/** The backbone that a pipeline names, bound to its plug-in and what it starts from. */
export function bindBackbone({ backbone }: Pipeline, plugins: Plugins, start: Start): BackboneModel {
  const { use, params, train, lr_scale, batch_norm } = backbone;
  return {
    plugin: byName(plugins.backbones, use),
    params,
    ...start,
    ...train === "all" ? {} : { layers: train === "none" ? 0 : train },
    lrScale: lr_scale,
    frozenStatistics: batch_norm === "frozen",
  };
}
