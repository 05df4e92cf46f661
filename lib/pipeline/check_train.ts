/** `train`: how long, with which optimizer and schedule. */
import type { Optimizer, Schedule } from "../contracts/optimizer.ts";
import type { TrainSpec, Use } from "../contracts/pipeline.ts";
import { checked, keysOf } from "./issues.ts";
import { optimizerSchema, trainSchema } from "./schema.ts";
import { type Checking, checkSlot, mapAt, seedOf } from "./sections.ts";
import { filtered } from "./tree.ts";

const DEFAULT_OPTIMIZER = "adamw";
const DEFAULT_SCHEDULE = "one_cycle";
/** Checked elsewhere: plug-ins here, weights with the tasks. */
const APART = ["optimizer", "schedule", "weights"];

export function checkTrain(checking: Checking): TrainSpec | undefined {
  const { findings } = checking;
  const tree = filtered(mapAt(checking, ["train"]), (key) => !APART.includes(key));
  const known = [...keysOf(trainSchema), ...APART];
  const spec = checked(trainSchema, { tree, path: ["train"], known }, findings);
  const optimizer = checkOptimizer(checking);
  const { schedules } = checking.plugins;
  const room = { word: "schedule", plugins: schedules };
  const schedule = checkSlot<Schedule<unknown>>(room, ["train", "schedule"], checking, { fallback: DEFAULT_SCHEDULE });
  if (!spec || !optimizer || !schedule) return undefined;
  const seed = seedOf(spec.seed, "train.seed", checking);
  return { ...spec, seed, optimizer: optimizer.use, lr: optimizer.lr, schedule: schedule.use };
}

function checkOptimizer(checking: Checking): { use: Use; lr: number } | undefined {
  const path = ["train", "optimizer"];
  const room = { word: "optimizer", plugins: checking.plugins.optimizers };
  const options = { own: keysOf(optimizerSchema), fallback: DEFAULT_OPTIMIZER };
  const optimizer = checkSlot<Optimizer<unknown>>(room, path, checking, options);
  const tree = filtered(mapAt(checking, path), (key) => options.own.includes(key));
  const own = checked(optimizerSchema, { tree, path }, checking.findings);
  return optimizer && own && { use: optimizer.use, lr: own.lr };
}
