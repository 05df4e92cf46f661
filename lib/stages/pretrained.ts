/** Reads the files that the backbone starts from, and checks them before anything is computed. */
import { UserError } from "../base/errors.ts";
import { surveyBackbone } from "../compile/layers.ts";
import { bindBackbone, type Start } from "../compile/pipeline_model.ts";
import type { ModelTensor } from "../compile/scope.ts";
import { initialWeight } from "../compile/weights.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import { backboneFiles, type Plugins } from "../contracts/plugins.ts";
import type { Artifacts, Stage, StageContext } from "../contracts/stage.ts";
import type { BlobRef } from "../contracts/store.ts";
import { decodeModel } from "../graph/decode.ts";
import { decodeSafetensors, encodeSafetensors } from "../graph/safetensors.ts";
import { backboneKey } from "./_backbone_key.ts";
import { namedFile } from "./_files.ts";
import { matchWeights, refuseUnsound } from "./_match_weights.ts";
import { listed } from "./_words.ts";

export const pretrained: Stage = {
  name: "pretrained",
  about: "Reads the network and the weights that the backbone starts from, and checks that they fit.",
  version: 1,
  applies: isPretrained,
  needs: [],
  makes: ["network", "weights"],
  numeric: false,
  params: backboneKey,
  sources: async (pipeline, world, plugins) => {
    const files = Object.entries(backboneFiles(pipeline.backbone, plugins));
    const digests = files.map(async ([what, path]) => [what, await namedFile(path, world).digest()] as const);
    return Object.fromEntries(await Promise.all(digests));
  },
  run,
};

/** Its artifacts, taken by every stage that compiles the model. */
export const PRETRAINED: readonly string[] = ["pretrained.network", "pretrained.weights"];

/** Whether a backbone starts from a file. */
export function isPretrained({ backbone }: Pipeline, plugins: Plugins): boolean {
  return Object.keys(backboneFiles(backbone, plugins)).length > 0;
}

/** What the artifacts hold; nothing where the run has no such stage. */
export async function readStart(inputs: Artifacts): Promise<Start> {
  const [network, weights] = await Promise.all(PRETRAINED.map((name) => inputs[name]?.bytes()));
  return {
    ...network === undefined || network.length === 0 ? {} : { network: decodeModel(network) },
    ...weights === undefined || weights.length === 0 ? {} : { weights: decodeSafetensors(weights).weights },
  };
}

/** What stands for a file that the pipeline does not name. */
const NONE = new Uint8Array();

async function run(_: Artifacts, pipeline: Pipeline, context: StageContext): Promise<Record<string, BlobRef>> {
  const files = backboneFiles(pipeline.backbone, context.plugins);
  const file = files.network === undefined ? undefined : namedFile(files.network, context.world);
  const bytes = await file?.read() ?? NONE;
  const network = file && calledBy(file.name, decodeModel, bytes);
  const { tensors } = surveyBackbone(bindBackbone(pipeline, context.plugins, { network }));
  if (files.weights === undefined && file !== undefined) {
    refuseUnsound(tensors, (tensor) => initialWeight(tensor, pipeline.train.seed), file.name);
  }
  return {
    network: await context.put(bytes),
    weights: await context.put(await startingWeights(files.weights, tensors, context)),
  };
}

/** A safetensors file with exactly the tensors of the backbone; empty where the pipeline names none. */
async function startingWeights(
  path: string | undefined,
  tensors: readonly ModelTensor[],
  context: StageContext,
): Promise<Uint8Array> {
  if (path === undefined) return NONE;
  const file = namedFile(path, context.world);
  const { weights: found } = calledBy(file.name, decodeSafetensors, await file.read());
  const { weights, head } = matchWeights(found, tensors, file.name);
  refuseUnsound(tensors, ({ name }) => weights[name], file.name);
  if (head.length > 0) context.warn(`the head in ${file.name} is left out, a new one is trained: ${listed(head, 4)}`);
  return encodeSafetensors(weights);
}

/** What a file holds; where it is damaged, the error names it. */
export function calledBy<T>(name: string, decode: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return decode(bytes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const called = `Cannot read "${name}"`;
    const { message } = error;
    throw new UserError(
      message.replace(/^Cannot read "[^"]*"/, () => called).replace(/^Cannot read tensor/, () => `${called}: tensor`),
    );
  }
}
