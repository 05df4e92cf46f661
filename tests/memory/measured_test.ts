/** The forecast against what a process really takes: three train steps of a small network on `cpu`. */
import assert from "node:assert/strict";
import { measureStep } from "../../bench/_measured.ts";
import { createProvider } from "../../runners/providers/mod.ts";

/** Parts of what was measured by which the forecast may miss it. */
const TOLERANCE = 0.25;

/** Half of what it takes are values of the step, so that to count them wrong shows. */
const STEP = ["backbone={ use: convnet, width: 16, depth: 3, image: 64 }", "train.batch=128"];

const missing = Deno.build.os === "linux"
  ? await createProvider("cpu").unavailable()
  : `the peak of a process is read from /proc, which ${Deno.build.os} lacks`;
if (missing !== undefined) console.log(`skipped: the memory of a train step is not measured, ${missing}`);

Deno.test({
  name: "what a train step takes is forecast",
  ignore: missing !== undefined,
  fn: async () => {
    const { measured, forecast } = await measureStep("cpu", "pipelines/coral.yaml", STEP);
    const ratio = forecast / measured;
    assert.ok(Math.abs(ratio - 1) < TOLERANCE, `forecast ${forecast}, measured ${measured}: ${ratio.toFixed(2)}`);
  },
});
