/** One pipeline to its results: from the cache in this process, and what is missing in a child process. */
import { Stopped, UserError } from "../../lib/base/errors.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import type { ResultPlace } from "../../lib/contracts/results.ts";
import type { Stage } from "../../lib/contracts/stage.ts";
import type { World } from "../../lib/contracts/world.ts";
import type { RunEvent, StageResult } from "../../lib/pipeline/events.ts";
import { planPipeline } from "../../lib/pipeline/plan.ts";
import { runPipeline, type RunResult } from "../../lib/pipeline/run.ts";
import { stages } from "../../lib/stages/mod.ts";
import { openWorld } from "../world.ts";
import { type ChildConduct, runChild } from "./child_process.ts";
import { Failed } from "./failed.ts";
import { refuseImpossible } from "./memory_forecast.ts";
import { inputsOf } from "./permissions.ts";
import { EXIT, type Message, type ProviderFacts, type RunOrder } from "./protocol.ts";
import { plannedProvider } from "./provider_memo.ts";
import { type FolderAnswers, recordedWorld } from "./recorder.ts";

export interface ExecuteOptions extends ChildConduct {
  readonly facts: ProviderFacts;
  /** Absolute. */
  readonly cache: string;
  readonly out: string;
  readonly force: readonly string[];
  /** Bytes; null: what suits the provider. */
  readonly memory: number | null;
  readonly onEvent: (event: RunEvent) => void;
  /** Hears of damaged cache entries. */
  readonly warn: (message: string) => void;
  /** Hears of processes that are replaced. */
  readonly note: (message: string) => void;
}

/** What a pipeline came to. */
export interface Executed {
  readonly stages: readonly StageResult[];
  readonly place: ResultPlace;
  readonly metrics: string;
  /** What the stage keys depended on outside the pipeline. */
  readonly folders: FolderAnswers;
}

/** Inputs that change while a run goes on make it start again, but not for ever. */
const MOST_ROUNDS = 4;

export async function execute(pipeline: Pipeline, options: ExecuteOptions): Promise<Executed> {
  const { facts, cache, out, warn } = options;
  await using world = openWorld({ provider: plannedProvider(facts), cache, out, warn });
  const ran = new Map<string, StageResult>();
  let force = options.force;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const recorded = recordedWorld(world);
    const cached = await fromCache(pipeline, recorded.world, force);
    if (cached) return { ...await executed(cached, ran, options), folders: recorded.answers };
    if (round === 0) await admit(pipeline, world, options);
    await compute(pipeline, force, ran, options);
    force = [];
  }
  throw new UserError(
    `Cannot finish "${pipeline.name}": its inputs change while it runs, leave them alone until it is done`,
  );
}

/** @throws UserError where training would take more memory than there is, or numbers that the provider does not have. */
async function admit(pipeline: Pipeline, world: World, { facts, memory, force }: ExecuteOptions): Promise<void> {
  const { stages: planned } = await planPipeline(pipeline, world, { force });
  await refuseImpossible(pipeline, planned, facts, memory);
}

/** The whole run from the cache; undefined where a stage would have to run. */
async function fromCache(pipeline: Pipeline, world: World, force: readonly string[]): Promise<RunResult | undefined> {
  try {
    return await runPipeline(pipeline, world, { stages: stages.map(unrun), force });
  } catch (error) {
    if (error instanceof NotCached) return undefined;
    throw error;
  }
}

class NotCached extends Error {}

function unrun(stage: Stage): Stage {
  return { ...stage, run: () => Promise.reject(new NotCached(stage.name)) };
}

async function executed(
  result: RunResult,
  ran: ReadonlyMap<string, StageResult>,
  { onEvent }: ExecuteOptions,
): Promise<Omit<Executed, "folders">> {
  const rows = result.stages.map((row) => ran.get(row.name) ?? row);
  for (const row of rows) if (!ran.has(row.name)) onEvent({ kind: "finished", stage: row.name, row });
  const metrics = await result.open("evaluate.metrics");
  return { stages: rows, place: result.place!, metrics: await metrics.text() };
}

/** Runs child processes until one comes to the end; a process that has grown too large is replaced by a new one. */
async function compute(
  pipeline: Pipeline,
  forced: readonly string[],
  ran: Map<string, StageResult>,
  options: ExecuteOptions,
): Promise<void> {
  const force = new Set(forced);
  let progressed = true;
  const onMessage = (message: Message): void => {
    if (message.kind === "damage") options.warn(message.message);
    if (message.kind === "progress") progressed = true;
    if (message.kind === "finished") {
      if (ran.has(message.stage)) return;
      ran.set(message.stage, message.row);
      force.delete(message.stage);
    }
    if (isEvent(message)) options.onEvent(message);
  };
  let code: number = EXIT.recycle;
  while (code === EXIT.recycle) {
    if (!progressed) throw new Failed(`Cannot finish "${pipeline.name}": it needs more memory than it may take`, null);
    progressed = false;
    const order = orderFor(pipeline, force, options);
    code = await runChild({ ...options, order, inputs: inputsOf(pipeline), onMessage });
    if (code === EXIT.recycle) {
      options.note("  the process reached its memory budget: a new one goes on from the checkpoint");
    }
  }
  if (code === EXIT.interrupted || options.stop.aborted) throw new Stopped("interrupted");
}

const EVENTS: readonly string[] = ["started", "progress", "warning", "finished"] satisfies readonly RunEvent["kind"][];

function isEvent(message: Message): message is RunEvent {
  return EVENTS.includes(message.kind);
}

function orderFor(pipeline: Pipeline, force: ReadonlySet<string>, { facts, cache, memory }: ExecuteOptions): RunOrder {
  const { name, numericClass } = facts;
  return { kind: "run", pipeline, provider: name, numericClass, cache, force: [...force], memory };
}
