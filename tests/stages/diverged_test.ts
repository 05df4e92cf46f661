/** Numbers that are no longer finite end training with the cause, and never reach a checkpoint. */
import assert from "node:assert/strict";
import { tensor } from "../../lib/base/tensor.ts";
import { decodeCheckpoint } from "../../lib/stages/_checkpoint.ts";
import { divergence, isSound } from "../../lib/stages/_diverged.ts";
import { UserError } from "../../mod.ts";
import { folderStore } from "../../runners/stores/folder.ts";
import { type EngineOptions, runInPieces } from "../e2e/_engine.ts";
import { CONVNET, networkWeights, weightsBytes } from "../e2e/_network.ts";
import { testTrial } from "../e2e/_tests.ts";
import type { Trial } from "../e2e/_trial.ts";

function test(name: string, settings: Record<string, unknown>, fn: (trial: Trial) => Promise<void>): void {
  testTrial(name, { settings }, fn);
}

const ONLY = ["pretrained", "dataset", "images", "train"];
/** So fast that the weights overflow within a few steps. */
const WILD = { epochs: 30, batch: 8, schedule: "constant", optimizer: { use: "sgd", lr: 10 } };

/** How the run ends, which must be by an error; after stops it goes on. */
async function failure(trial: Trial, options: EngineOptions = {}): Promise<UserError> {
  try {
    await runInPieces(trial, () => ({ ...options, only: ONLY }));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error("it came to an end");
}

test(
  "the loss, its place, the images, the largest gradients and what to change are said",
  { train: WILD },
  async (trial) => {
    const { message } = await failure(trial);
    const told = new RegExp(
      '^Cannot go on training "small": the loss is (NaN|Infinity) in epoch \\d+, step \\d+ ' +
        '\\(\\S+\\.jpg, .* and 4 more\\); the largest gradient is that of "\\S+" with norm (NaN|Infinity), ' +
        'in the step before that of "\\S+" with \\d+; no checkpoint was written before it; a lower train.optimizer.lr',
    );
    assert.match(message, told);
  },
);

test("the last good checkpoint is kept", { train: WILD }, async (trial) => {
  const { message } = await failure(trial, { exhausted: () => true });
  const [key] = Array.from(Deno.readDirSync(`${trial.cache}/scratch`), ({ name }) => name);
  const scratch = folderStore({ folder: trial.cache }).scratch(key);
  const { standing, state } = decodeCheckpoint((await scratch.read("checkpoint"))!);
  assert.ok(isSound(state), "the checkpoint is finite");
  assert.ok(
    message.includes(`; the checkpoint of epoch ${standing.epoch + 1}, step ${standing.step} is kept; `),
    message,
  );
  const again = await failure(trial);
  assert.match(again.message, /^Cannot go on training "small": /);
});

const MIXED = { ...WILD, optimizer: { use: "sgd", lr: 0.001 }, precision: "mixed" };

test(
  "in mixed precision steps without a finite gradient are skipped, twenty in a row are an error",
  { backbone: CONVNET, train: MIXED },
  async (trial) => {
    const { "layer2.conv.weight": whole, ...others } = networkWeights();
    const broken = { ...whole, data: Float32Array.from(whole.data as Float32Array).fill(3e38, 0, 1) };
    Deno.writeFileSync(`${trial.folder}/face.safetensors`, weightsBytes({ ...others, "layer2.conv.weight": broken }));
    const said: string[] = [];
    const { message } = await failure(trial, {
      onEvent: (event) => void (event.kind === "warning" && said.push(event.message)),
    });
    assert.match(message, /: 20 gradients in a row are not finite in epoch \d+, step \d+ \(/);
    assert.match(message, /; no gradient before them was finite; .*, or train\.precision: float32, which holds larger/);
    assert.ok(said.includes("train.precision: mixed saves nothing on cpu: only webgpu computes in float16"));
  },
);

Deno.test("the parameter with the largest gradient is told, not a number before all", () => {
  const norms = (now: number[], before: number[]) => ({
    "gradient_norms": tensor("float32", [3], now),
    "gradient_norms/before": tensor("float32", [3], before),
  });
  const found = { pipeline: "p", what: "the loss is NaN", epoch: 2, step: 3, files: ["a.jpg"], kept: null };
  const parameters = ["a", "b", "c"];
  const told = (now: number[], before: number[], overflow = false) =>
    divergence({ ...found, parameters, norms: norms(now, before), overflow }).message;
  assert.match(
    told([1, 3, 2], [0, 0, 0]),
    /\(a\.jpg\); the largest gradient is that of "b" with norm 3; no checkpoint/,
  );
  assert.match(told([NaN, 3, NaN], [5, 1, 2]), /of "a" with norm NaN, in the step before that of "a" with 5; no/);
  assert.match(told([7, NaN, 9], [1, 2, 3]), /of "b" with norm NaN, in the step before that of "c" with 3; no/);
  assert.match(told([7, 8, 9], [1, 2, 3], true), /; the largest gradient before them is that of "c" with norm 9; no/);
});
