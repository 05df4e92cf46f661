/** On a GPU adapter, software ones too: a killed run goes on and ends with the bytes of a run that never stopped. */
import assert from "node:assert/strict";
import { createProvider } from "../../runners/providers/mod.ts";
import { cli, startCli } from "./_cli.ts";
import { during, nothingIsLeft, resultsOf } from "./_kill.ts";
import { openTrial } from "./_trial.ts";
import { canListProcesses } from "./_watch.ts";

const missing = await createProvider("webgpu").unavailable();
const skipped = missing ?? (canListProcesses ? undefined : `processes cannot be listed on ${Deno.build.os}`);

const RUN = ["run", "small.yaml", "--provider=webgpu"];
const SETTINGS = {
  backbone: { use: "convnet", width: 4, depth: 1, image: 16 },
  train: { epochs: 2, batch: 7, checkpoint: 0.001 },
};

Deno.test({
  name: skipped === undefined
    ? "a run on webgpu that was killed ends with the bytes of one that was not"
    : `a run on webgpu that was killed: skipped, ${skipped}`,
  ignore: skipped !== undefined,
  async fn() {
    using calm = openTrial({ settings: SETTINGS });
    const whole = await cli(calm, RUN);
    assert.equal(whole.code, 0, whole.stderr);
    using trial = openTrial({ settings: SETTINGS });
    const run = startCli(trial, RUN);
    await during(0, 2)(run, trial);
    run.kill("SIGKILL");
    assert.equal((await run.ended).signal, "SIGKILL");
    await nothingIsLeft(trial);
    const last = await cli(trial, RUN);
    assert.equal(last.code, 0, last.stderr);
    assert.match(last.stderr, /going on from the checkpoint of epoch \d, step \d/);
    assert.deepEqual(resultsOf(trial), resultsOf(calm));
  },
});
