/** A small pretrained network as files: ONNX, and its weights alone. */
import { convnet } from "../../lib/backbones/convnet.ts";
import type { Tensors } from "../../lib/base/tensor.ts";
import { compileFeatures } from "../../lib/compile/features.ts";
import { surveyBackbone } from "../../lib/compile/layers.ts";
import { initialWeight } from "../../lib/compile/weights.ts";
import type { BackboneModel } from "../../lib/contracts/model_spec.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { encodeSafetensors } from "../../lib/graph/safetensors.ts";

/** Side of its images in pixels. */
export const SIDE = 16;
/** Its layers that can train. */
export const LAYERS = 2;

const params = { width: 4, depth: LAYERS, image: SIDE };
const net: BackboneModel = { plugin: convnet, params };

/** The network, made with random weights of a seed, from float32 images of 0 to 255 to 8 features. */
export function networkBytes(seed = 7): Uint8Array {
  return encodeModel(compileFeatures({ backbone: net, tasks: [], seed }, { batch: "N" }));
}

/** Its weights by name. */
export function networkWeights(seed = 7): Tensors {
  return Object.fromEntries(surveyBackbone(net).tensors.map((tensor) => [tensor.name, initialWeight(tensor, seed)]));
}

export function weightsBytes(weights: Tensors): Uint8Array {
  return encodeSafetensors(weights, { format: "pt" });
}

/** What a pipeline says to start from the ONNX file beside it. */
export const ONNX = { use: "onnx", path: "./face.onnx", image: SIDE } as const;
/** What a pipeline says to start from the weights beside it. */
export const CONVNET = { use: "convnet", ...params, weights: "./face.safetensors" } as const;

/** Writes both files into a folder. */
export function writeNetwork(folder: string, seed = 7): void {
  Deno.writeFileSync(`${folder}/face.onnx`, networkBytes(seed));
  Deno.writeFileSync(`${folder}/face.safetensors`, weightsBytes(networkWeights(seed)));
}
