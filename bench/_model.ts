/** The rows of the bench as models of ours. */
import { onnx } from "../lib/backbones/onnx.ts";
import { resnet18 } from "../lib/backbones/resnet18.ts";
import type { BackboneModel, ModelSpec } from "../lib/contracts/model_spec.ts";
import { decodeModel } from "../lib/graph/decode.ts";
import { classification } from "../lib/heads/classification.ts";
import { ce } from "../lib/losses/ce.ts";
import { adamw } from "../lib/optim/optimizers/adamw.ts";
import { sgd } from "../lib/optim/optimizers/sgd.ts";
import { CLASSES, type Row } from "./_rows.ts";

const FIRST = 21;

/** Labels FIRST, FIRST + 1, …, one for each class. */
export const LABELS = {
  first: FIRST,
  last: FIRST + CLASSES - 1,
  mean: 35,
  std: 10,
  counts: new Array<number>(CLASSES).fill(100),
};

/** `file`: the ONNX file of the network, where it comes from one. */
export function modelOf(row: Row, file?: Uint8Array): ModelSpec {
  const head = { plugin: classification, params: classification.params.parse({}) };
  const loss = { plugin: ce, params: ce.params.parse({}) };
  return { backbone: backboneOf(row, file), tasks: [{ name: "age", head, loss, weight: 1, labels: LABELS }], seed: 1 };
}

function backboneOf({ network, image }: Row, file?: Uint8Array): BackboneModel {
  if (network.from === "resnet18") {
    const { width, stem } = network;
    return { plugin: resnet18, params: resnet18.params.parse({ width, stem, image }) };
  }
  const output = network.from === "file" ? network.output : "features";
  return { plugin: onnx, params: onnx.params.parse({ path: "network", output, image }), network: decodeModel(file!) };
}

/** The optimizer with the settings that torch_side.py gives it too. */
export function optimizerOf({ optimizer }: Row) {
  return optimizer === "sgd"
    ? { plugin: sgd, params: sgd.params.parse({ weight_decay: 1e-4 }) }
    : { plugin: adamw, params: adamw.params.parse({ weight_decay: 0.05 }) };
}
