/** Whatever the way to train: a run that stops after every step ends with the bytes of one that never stopped. */
import assert from "node:assert/strict";
import type { RunResult } from "../../mod.ts";
import { digests, type EngineOptions, runInPieces } from "../e2e/_engine.ts";
import { writeNetwork } from "../e2e/_network.ts";
import { testOnCpu } from "../e2e/_tests.ts";
import { openTrial } from "../e2e/_trial.ts";
import { MODES } from "./_modes.ts";

/** The stages that compute; the report would only cost time. */
const ONLY = ["pretrained", "dataset", "images", "features", "train", "export", "evaluate"];
async function finished(mode: string, options: EngineOptions): Promise<[RunResult, number]> {
  using trial = openTrial({ settings: MODES[mode] });
  writeNetwork(trial.folder);
  return await runInPieces(trial, () => ({ ...options, only: ONLY }));
}

for (const mode of Object.keys(MODES)) {
  testOnCpu(`${mode}: a run that is recycled after every step ends with the bytes of one that is not`, async () => {
    const [pieces, stops] = await finished(mode, { exhausted: () => true });
    const [whole] = await finished(mode, {});
    assert.ok(stops >= 9, `it stopped only ${stops} times`);
    assert.deepEqual(digests(pieces), digests(whole));
  });
}
