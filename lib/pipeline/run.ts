/** Runs what is not cached, stage by stage. */
import { UserError } from "../base/errors.ts";
import type { Pipeline } from "../contracts/pipeline.ts";
import type { Plugins } from "../contracts/plugins.ts";
import type { StageRow } from "../contracts/report.ts";
import type { ResultPlace } from "../contracts/results.ts";
import type { Artifacts, Stage } from "../contracts/stage.ts";
import type { Blob, Outcome } from "../contracts/store.ts";
import type { World } from "../contracts/world.ts";
import { stages as allStages } from "../stages/mod.ts";
import { pluginsOf } from "./bound.ts";
import type { RunEvent, StageResult } from "./events.ts";
import { type Recipe, recipeOf } from "./key.ts";
import { artifactName, neededStages, ordered, producer, stagesOf } from "./order.ts";
import { lookUp, type PlanOptions } from "./plan.ts";
import { writeResults } from "./results.ts";

export interface RunOptions extends PlanOptions {
  onEvent?(event: RunEvent): void;
}

/** What a run made. */
export interface RunResult {
  /** In the order of the run. */
  readonly stages: readonly StageResult[];
  /** Outcomes by stage. */
  readonly outcomes: ReadonlyMap<string, Outcome>;
  /** An artifact's bytes, by `stage.artifact`. */
  open(artifact: string): Promise<Blob>;
  /** Where the result files went, if `world.out` is there. */
  readonly place?: ResultPlace;
}

/** Cached bytes that turn out damaged are made again; more often than this, the disk is at fault. */
const MOST_REPAIRS = 3;

/**
 * Brings every stage to its outcome, from the cache where it is there, and hands the result files to `world.out`.
 * @throws Stopped where `world.signal` or the memory budget ends it; the checkpoint of the stage under way is kept.
 */
export async function runPipeline(pipeline: Pipeline, world: World, options: RunOptions = {}): Promise<RunResult> {
  const run = new Run(pipeline, world, options);
  for (let repairs = 0; repairs <= MOST_REPAIRS; repairs++) {
    try {
      const result = await run.all();
      return { ...result, place: await writeResults(pipeline, world, result) };
    } catch (error) {
      if (!(error instanceof LostArtifact)) throw error;
    }
  }
  throw new UserError(
    `Cannot keep "${pipeline.name}" in the cache: its bytes are damaged again and again, check the disk`,
  );
}

/** An artifact of a recalled outcome whose bytes are gone or damaged. */
class LostArtifact extends Error {}

class Run {
  readonly #plugins: Plugins;
  readonly #stages: readonly Stage[];
  readonly #forced: Set<string>;
  readonly #results = new Map<string, StageResult>();
  readonly #outcomes = new Map<string, Outcome>();

  constructor(readonly pipeline: Pipeline, readonly world: World, readonly options: RunOptions) {
    this.#plugins = options.plugins ?? pluginsOf(pipeline);
    this.#stages = ordered(stagesOf(pipeline, this.#plugins, options.stages ?? allStages));
    this.#forced = new Set(options.force);
  }

  async all(): Promise<RunResult> {
    this.#outcomes.clear();
    for (const stage of this.#stages) await this.#bring(stage);
    const stages = this.#stages.map((stage) => this.#results.get(stage.name)!);
    return { stages, outcomes: this.#outcomes, open: (artifact) => this.#open(artifact) };
  }

  async #bring(stage: Stage): Promise<void> {
    const { pipeline, world } = this;
    const began = world.now();
    const recipe = await recipeOf(stage, pipeline, this.#plugins, world, this.#outcomes);
    const found = await lookUp(recipe, pipeline, world, this.#forced.has(stage.name));
    const outcome = found.outcome ?? await this.#make(stage, recipe, found.key, found.because);
    this.#forced.delete(stage.name);
    await world.store.mark(pipeline.name, stage.name, found.key);
    this.#outcomes.set(stage.name, outcome);
    const before = this.#results.get(stage.name);
    const status = found.outcome && before?.status !== "ran" ? "cached" : "ran";
    const seconds = (before?.seconds ?? 0) + (world.now() - began) / 1000;
    const row: StageResult = { name: stage.name, key: found.key, status, seconds };
    this.#results.set(stage.name, row);
    this.options.onEvent?.({ kind: "finished", stage: stage.name, row });
  }

  async #make(stage: Stage, recipe: Recipe, key: string, because: string): Promise<Outcome> {
    const { world } = this;
    this.#tell({ kind: "started", stage: stage.name, because });
    const inputs = await this.#inputs(stage);
    const began = world.now();
    const outputs = await stage.run(inputs, this.pipeline, {
      world,
      plugins: this.#plugins,
      scratch: world.store.scratch(key),
      earlier: this.#earlier(),
      put: (bytes) => world.store.put(bytes),
      writer: () => world.store.writer(),
      progress: (progress) => this.#tell({ kind: "progress", stage: stage.name, progress }),
      warn: (message) => this.#tell({ kind: "warning", stage: stage.name, message }),
    });
    checkOutputs(stage, outputs);
    const seconds = (world.now() - began) / 1000;
    const outcome: Outcome = { stage: stage.name, outputs, recipe: { ...recipe }, seconds };
    await world.store.remember(key, outcome);
    return outcome;
  }

  #tell(event: RunEvent): void {
    this.options.onEvent?.(event);
  }

  async #inputs(stage: Stage): Promise<Artifacts> {
    const opened = await Promise.all(stage.needs.map(async (need) => [need, await this.#open(need)] as const));
    return Object.fromEntries(opened);
  }

  async #open(artifact: string): Promise<Blob> {
    const ref = this.#outcomes.get(producer(artifact))?.outputs[artifactName(artifact)];
    const blob = ref && await this.world.store.open(ref.digest);
    if (!blob) throw new LostArtifact(artifact);
    return blob;
  }

  #earlier(): readonly StageRow[] {
    return this.#stages.flatMap((stage) => {
      const outcome = this.#outcomes.get(stage.name);
      if (!outcome) return [];
      const { status } = this.#results.get(stage.name)!;
      return [{ name: stage.name, needs: neededStages(stage), status, seconds: outcome.seconds }];
    });
  }
}

function checkOutputs(stage: Stage, outputs: Readonly<Record<string, unknown>>): void {
  const made = Object.keys(outputs).sort();
  const promised = [...stage.makes].sort();
  if (made.join() !== promised.join()) {
    throw new TypeError(`Stage "${stage.name}" promises ${promised.join(", ")}, but made ${made.join(", ")}`);
  }
}
