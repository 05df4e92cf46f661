/** Training goes on from a checkpoint as if it had never stopped, wherever it stopped. */
import assert from "node:assert/strict";
import { Stopped, type WorldOptions } from "../../mod.ts";
import { digests, type EngineOptions, runTrial, withoutCpu } from "../e2e/_engine.ts";
import { openTrial, type Settings } from "../e2e/_trial.ts";

const missing = await withoutCpu();
if (missing !== undefined) console.log(`Training on cpu is not tested here: ${missing}`);

function test(name: string, fn: () => Promise<void>): void {
  // The runtime keeps threads of its own, which outlive a session.
  Deno.test({ name, ignore: missing !== undefined, sanitizeOps: false, sanitizeResources: false, fn });
}

/** Runs again and again until the run is through; every run ends at the first moment that `stop` allows. */
async function inPieces(
  settings: Settings,
  stop: () => Partial<WorldOptions>,
): Promise<[Record<string, string>, number]> {
  using trial = openTrial({ settings });
  for (let stops = 0;; stops++) {
    try {
      return [digests(await runTrial(trial, stop())), stops];
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  }
}

async function atOnce(settings: Settings, options: EngineOptions = {}): Promise<Record<string, string>> {
  using trial = openTrial({ settings });
  return digests(await runTrial(trial, options));
}

const THREE_STEPS = { epochs: 2, batch: 8, optimizer: { use: "adamw", lr: 0.01 } };

test("a run that is recycled after every step ends with the bytes of one that is not", async () => {
  const [pieces, stops] = await inPieces({ train: THREE_STEPS }, () => ({ exhausted: () => true }));
  assert.deepEqual(pieces, await atOnce({ train: THREE_STEPS }));
  assert.ok(stops >= 2 * 3, `it stopped only ${stops} times`);
});

test("the same without a validation part, where the last weights count", async () => {
  const split = { by: "random", test: 0.2, validation: 0 };
  const settings = { dataset: { use: "utkface", path: "./images", ages: [1, 90], split }, train: THREE_STEPS };
  const [pieces] = await inPieces(settings, () => ({ exhausted: () => true }));
  assert.deepEqual(pieces, await atOnce(settings));
});
