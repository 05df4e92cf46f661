/** Models that ageline exported as backbones of others. */
import assert from "node:assert/strict";
import { onnx } from "../../lib/backbones/onnx.ts";
import { compileInference } from "../../lib/compile/inference.ts";
import { compileTrainStep } from "../../lib/compile/train_step.ts";
import type { ModelSpec } from "../../lib/contracts/model_spec.ts";
import { byName } from "../../lib/contracts/plugins.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { optimizers } from "../../lib/optim/optimizers/mod.ts";
import { task, tinyModel } from "../compile/_models.ts";

/** Side of the images and number of features of the tiny model. */
const SIDE = 16;
const WIDTH = 8;

function stepOf(model: ModelSpec) {
  const plugin = byName(optimizers, "adamw");
  return compileTrainStep(model, { batch: 2, optimizer: { plugin, params: plugin.params.parse({}) }, clip: null });
}

/** The model as a run exports it, before any step. */
function exported(model: ModelSpec, mirror: boolean): Graph {
  return decodeModel(encodeModel(compileInference(model, stepOf(model).initial, { batch: "N", mirror })));
}

const params = onnx.params.parse({ path: "own.onnx", image: SIDE });

const CASES = [
  ["regression", "mse", {}],
  ["regression", "mse", { hidden: 6 }],
  ["classification", "ce", {}],
  ["classification", "ce", { decode: "median" }],
  ["classification", "ce", { decode: "argmax", hidden: 6 }],
  ["coral", "coral", {}],
  ["coral", "coral", { decode: "expected", hidden: 6 }],
  ["corn", "corn", {}],
  ["corn", "corn", { decode: "expected", hidden: 6 }],
] as const;

for (const [i, [head, loss, settings]] of CASES.entries()) {
  Deno.test(`what ${head} ${JSON.stringify(settings)} took of a model is taken by a new head of that kind`, () => {
    const model = tinyModel([task(head, loss, { head: settings })]);
    const network = exported(model, i % 2 === 0);
    const width = "hidden" in settings ? settings.hidden : WIDTH;
    assert.match(
      onnx.featuresOf!(params, network),
      new RegExp(`\\[N, ${width}\\], before the classifier "head\\.age\\.`),
    );
    const { parameters } = stepOf({ ...model, backbone: { plugin: onnx, params, network } });
    const before = stepOf(model).parameters;
    const renamed = "hidden" in settings ? ["head.age.hidden.weight.weight", "head.age.hidden.bias.weight"] : [];
    assert.deepEqual([...parameters].sort(), [...before, ...renamed].sort());
  });
}
