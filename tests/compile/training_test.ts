/** Whole training steps against PyTorch: normalisation, network, loss, clipping, optimizer and running statistics together. */
import assert from "node:assert/strict";
import { toNumbers } from "../../lib/base/tensor.ts";
import { basicBlock, resnet, type ResnetParams } from "../../lib/backbones/_resnet.ts";
import { compileTrainStep } from "../../lib/compile/train_step.ts";
import type { Backbone } from "../../lib/contracts/model.ts";
import { byName } from "../../lib/contracts/plugins.ts";
import { backbones } from "../../lib/backbones/mod.ts";
import { evaluateNumbers } from "../../lib/ops/evaluate.ts";
import { numbersOf } from "../../lib/ops/numbers.ts";
import { assertClose, readGoldenTensors } from "../nn/_run.ts";
import { optimizer, scalarOf, task } from "./_models.ts";

const params: ResnetParams = { width: 4, stem: "small", image: 32 };

/** Two stages of one block each. */
const tinyResnet: Backbone<ResnetParams> = {
  ...byName(backbones, "resnet18"),
  build: (images, params, scope) => resnet(images, basicBlock, [1, 1], params, scope),
};

Deno.test("five training steps: losses, gradient norms, weights and statistics as PyTorch's", () => {
  const golden = readGoldenTensors("train_step");
  const model = { backbone: { plugin: tinyResnet, params }, tasks: [task("classification", "ce")], seed: 1 };
  const adamw = optimizer("adamw", { weight_decay: 0.1 });
  const batch = golden.age.dims[0];
  const step = compileTrainStep(model, { batch, optimizer: adamw, clip: 1.5 });
  const fixed = {
    image: numbersOf(golden.image),
    "target/age": numbersOf(golden.age),
    "weight/age": numbersOf(golden.weight),
  };
  const start = Object.keys(step.initial).map((name) =>
    [name, golden[`before.${name}`] ?? step.initial[name]] as const
  );
  let state = Object.fromEntries(start.map(([name, value]) => [name, numbersOf(value)]));
  toNumbers(golden.rates).forEach((rate, t) => {
    const scalars = { lr: numbersOf(scalarOf(rate)), step: numbersOf(scalarOf(t + 1)) };
    const found = evaluateNumbers(step.graph, { ...state, ...fixed, ...scalars });
    assertClose(found.loss, [Number(golden.losses.data[t])], 1e-6, `loss of step ${t + 1}`);
    assertClose(found.gradient_norm, [Number(golden.norms.data[t])], 1e-6, `gradient norm of step ${t + 1}`);
    state = Object.fromEntries(Object.entries(step.carry).map(([output, input]) => [input, found[output]]));
  });
  const kept = [...step.parameters, ...step.buffers];
  assert.equal(kept.length, Object.keys(golden).filter((name) => name.startsWith("after.")).length);
  for (const name of kept) assertClose(state[name], toNumbers(golden[`after.${name}`]), 1e-5, name);
});
