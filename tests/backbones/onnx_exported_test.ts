/** Networks of torchvision as PyTorch's exporters write them, against PyTorch (`scripts/oracle/export_backbones.py`). */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import type { Tensor, Tensors } from "../../lib/base/tensor.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { decodeSafetensors } from "../../lib/graph/safetensors.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { derivedGradients } from "./_onnx_derived.ts";
import { difference, firstTensors, gradientGraph, importNetwork } from "./_onnx_run.ts";

const FOLDER = "fixtures/exported/backbones";
const RELATIVE = 1e-3;
const IMAGE = 32;

function read(file: string): Graph {
  return decodeModel(Deno.readFileSync(`${FOLDER}/${file}`));
}

/** What PyTorch gives, with the names of the parameters that it has gradients by. */
function reference(network: string): { tensors: Tensors; names: readonly string[] } {
  const tensors = decodeSafetensors(Deno.readFileSync(`${FOLDER}/${network}.safetensors`)).weights;
  const names = Object.keys(tensors).filter((name) => name.startsWith("grad/")).map((name) => name.slice(5));
  assert.ok(names.length > 20, network);
  return { tensors, names };
}

/** The features of a file whose graph takes any batch. */
function openFeatures(file: string, image: Tensor): Tensor {
  const { features, model } = importNetwork(read(file), { params: { image: IMAGE }, batch: "N" });
  assert.equal(features.shape[0], "N", file);
  features.builder.output("features", features);
  return evaluate(features.builder.finish(), { image, ...firstTensors(model) }).features;
}

/** What we give: features and gradients, and the tensors that the file starts from. */
function run(file: string, { input, cotangent }: Tensors): { results: Tensors; first: Tensors } {
  const imported = importNetwork(read(file), { params: { image: IMAGE }, batch: input.dims[0] });
  const first = firstTensors(imported.model);
  return { results: evaluate(gradientGraph(imported, cotangent), { image: input, ...first }), first };
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".onnx")).sort()) {
  const [network, form] = file.split(".");
  Deno.test(`${network} by ${form}: features and the gradients by all of PyTorch's parameters`, () => {
    const { tensors, names } = reference(network);
    const { results, first } = run(file, tensors);
    const derived = form === "folded" || form === "fixed"
      ? derivedGradients(names, read(`${network}.dynamo.onnx`), first, results)
      : Object.fromEntries(names.map((name) => [name, results[`grad/${name}`]]));
    assert.ok(difference(results.features, tensors.features) < RELATIVE, "features");
    for (const name of names) {
      assert.ok(derived[name], `no gradient by ${name}`);
      const off = difference(derived[name], tensors[`grad/${name}`]);
      assert.ok(off < RELATIVE, `gradient by ${name} is off by ${off}`);
    }
  });
}

for (const network of ["resnet", "mobilenet_v3", "efficientnet_v2", "convnext", "vit", "swin"]) {
  Deno.test(`${network}: a graph for any batch, from files that take any batch or one image`, () => {
    const { tensors } = reference(network);
    for (const form of ["torchscript", "dynamo", "folded", "fixed"]) {
      const off = difference(openFeatures(`${network}.${form}.onnx`, tensors.input), tensors.features);
      assert.ok(off < RELATIVE, `${form} is off by ${off}`);
    }
  });
}
