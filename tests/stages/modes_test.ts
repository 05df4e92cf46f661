/** Whatever the way to train: a run that stops after every step ends with the bytes of one that never stopped. */
import assert from "node:assert/strict";
import { type RunResult, Stopped } from "../../mod.ts";
import { digests, type EngineOptions, runTrial, withoutCpu } from "../e2e/_engine.ts";
import { writeNetwork } from "../e2e/_network.ts";
import { openTrial } from "../e2e/_trial.ts";
import { MODES } from "./_modes.ts";

const missing = await withoutCpu();
if (missing !== undefined) console.log(`Ways to train are not tested here: ${missing}`);

/** The stages that compute; the report would only cost time. */
const ONLY = ["pretrained", "dataset", "images", "features", "train", "export", "evaluate"];
/** More than any of these runs has steps. */
const MOST_STOPS = 50;

async function finished(mode: string, options: () => EngineOptions): Promise<[RunResult, number]> {
  using trial = openTrial({ settings: MODES[mode] });
  writeNetwork(trial.folder);
  for (let stops = 0; stops < MOST_STOPS; stops++) {
    try {
      return [await runTrial(trial, { ...options(), only: ONLY }), stops];
    } catch (error) {
      if (!(error instanceof Stopped)) throw error;
    }
  }
  throw new Error(`no end after ${MOST_STOPS} pieces`);
}

for (const mode of Object.keys(MODES)) {
  Deno.test({
    name: `${mode}: a run that is recycled after every step ends with the bytes of one that is not`,
    ignore: missing !== undefined,
    // The runtime keeps threads of its own, which outlive a session.
    sanitizeOps: false,
    sanitizeResources: false,
    async fn() {
      const [pieces, stops] = await finished(mode, () => ({ exhausted: () => true }));
      const [whole] = await finished(mode, () => ({}));
      assert.ok(stops >= 9, `it stopped only ${stops} times`);
      assert.deepEqual(digests(pieces), digests(whole));
    },
  });
}
