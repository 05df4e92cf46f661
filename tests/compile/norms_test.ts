/** The norms of single gradients, which tell where a training went wrong. */
import assert from "node:assert/strict";
import { toNumbers } from "../../lib/base/tensor.ts";
import { compileTrainStep } from "../../lib/compile/train_step.ts";
import { assertClose } from "../nn/_run.ts";
import { batchOf, optimizer, plainModel, task } from "./_models.ts";
import { numbersOfAll, runStep, runSteps } from "./_steps.ts";

const BATCH = 4;
const tasks = [task("classification", "ce")];
const feeds = batchOf(BATCH, tasks);
const step = compileTrainStep(plainModel(tasks), {
  batch: BATCH,
  optimizer: optimizer("sgd", { momentum: 0, weight_decay: 0 }),
  clip: null,
});

Deno.test("gradient norms: of every parameter in this step and in the one before, in the order of the parameters", () => {
  let before = numbersOfAll(step.initial);
  let norms = step.parameters.map(() => 0);
  for (const { outputs, state } of runSteps(step, feeds, 3, 1)) {
    assertClose(state["gradient_norms/before"], norms, 1e-9, "before");
    norms = step.parameters.map((name) => Math.hypot(...state[name].data.map((x, i) => x - before[name].data[i])));
    assertClose(state.gradient_norms, norms, 1e-9, "this step");
    assertClose(outputs.gradient_norm, [Math.hypot(...norms)], 1e-9, "whole gradient");
    before = state;
  }
});

Deno.test("gradient norms: after a step that is not finite those of the step before are still there", () => {
  const good = runStep(step, numbersOfAll(step.initial), feeds, 1, 0.1).state;
  const pixels = Float32Array.from(toNumbers(feeds.image));
  pixels[0] = Infinity;
  const broken = { ...feeds.image, data: pixels };
  const { outputs, state } = runStep(step, good, { ...feeds, image: broken }, 2, 0.1);
  assert.ok(Number.isNaN(outputs.loss.data[0]));
  assert.ok(state.gradient_norms.data.every((norm) => Number.isNaN(norm)));
  assert.deepEqual(state["gradient_norms/before"].data, good.gradient_norms.data);
  assert.ok(good.gradient_norms.data.every((norm) => norm > 0));
});
