/** `train`: how long, with which optimizer and schedule. */
import type { Optimizer, Schedule } from "../contracts/optimizer.ts";
import type { TrainSpec, Use } from "../contracts/pipeline.ts";
import type { Plugin } from "../contracts/plugin.ts";
import { checked, keysOf } from "./issues.ts";
import { trainSchema } from "./schema.ts";
import { type Checking, checkSlot, mapAt, seedOf } from "./sections.ts";
import { type Dict, filtered, placeOf } from "./tree.ts";

const DEFAULT_OPTIMIZER = "adamw";
const DEFAULT_SCHEDULE = "one_cycle";
/** Checked elsewhere: plug-ins here, weights with the tasks. */
const APART = ["optimizer", "schedule", "weights"];

export function checkTrain(checking: Checking): TrainSpec | undefined {
  const { findings } = checking;
  const tree = filtered(mapAt(checking, ["train"]), (key) => !APART.includes(key));
  const known = [...keysOf(trainSchema), ...APART];
  const spec = checked(trainSchema, { tree, path: ["train"], known }, findings);
  if (spec) refuseUnevenParts(spec, tree, checking);
  const optimizer = namedAt<Optimizer<unknown>>("optimizer", checking.plugins.optimizers, DEFAULT_OPTIMIZER, checking);
  const schedule = namedAt<Schedule<unknown>>("schedule", checking.plugins.schedules, DEFAULT_SCHEDULE, checking);
  if (!spec || !optimizer || !schedule) return undefined;
  const seed = seedOf(spec.seed, "train.seed", checking);
  return { ...spec, seed, optimizer, lr: peakRate(optimizer), schedule };
}

function refuseUnevenParts(
  { batch, accumulate }: Pick<TrainSpec, "batch" | "accumulate">,
  tree: Dict,
  { findings }: Checking,
): void {
  if (batch % accumulate === 0) return;
  const nearest = Math.ceil(batch / accumulate) * accumulate;
  findings.complain(
    placeOf(tree, ["accumulate"]),
    `"train.accumulate" must divide "train.batch": ${batch} images make no ${accumulate} equal parts, ${nearest} do`,
  );
}

/** The peak learning rate is a parameter of every optimizer, with a default that suits it. */
function peakRate({ params }: Use): number {
  return params.lr as number;
}

function namedAt<T extends Plugin<unknown>>(
  word: string,
  plugins: readonly T[],
  fallback: string,
  checking: Checking,
): Use | undefined {
  return checkSlot<T>({ word, plugins }, ["train", word], checking, { fallback })?.use;
}
