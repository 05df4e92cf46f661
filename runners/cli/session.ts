/** What the commands share: compiled pipelines, the folders in use, the wish to stop. */
import { PipelineError, type Problem, UserError } from "../../lib/base/errors.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { builtin } from "../../lib/pipeline/builtin.ts";
import { compilePipeline } from "../../lib/pipeline/load.ts";
import { hint } from "../../lib/pipeline/words.ts";
import { stages } from "../../lib/stages/mod.ts";
import { type CommandLine, UsageError } from "./arguments.ts";
import { localDoors } from "../doors.ts";
import { userFolder } from "./places.ts";
import { type CompileAnswers, recordedDoors } from "./recorder.ts";
import type { View } from "./view.ts";

/** A pipeline with what its compilation asked of this machine. */
export interface Compiled {
  /** As the user named it. */
  readonly file: string;
  readonly pipeline: Pipeline;
  readonly answers: CompileAnswers;
}

/** Compiles all files. @throws PipelineError with every problem of all of them. */
export async function compileAll({ names, overrides }: CommandLine): Promise<readonly Compiled[]> {
  const problems: Problem[] = [];
  const pipelines: Compiled[] = [];
  for (const name of names) {
    try {
      const { doors, answers } = recordedDoors(localDoors(userFolder()));
      pipelines.push({
        file: name,
        pipeline: await compilePipeline(name, doors, { plugins: builtin, overrides }),
        answers,
      });
    } catch (error) {
      if (!(error instanceof PipelineError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new PipelineError(problems);
  return pipelines;
}

/** @throws UsageError where `--force` names no stage. */
export function checkForced({ force }: CommandLine): void {
  const known = stages.map((stage) => stage.name);
  const unknown = force.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`Cannot force "${unknown}": no such stage${hint(unknown, known)}`);
}

/** The wishes of the user at the keyboard. */
export interface Wishes {
  /** Write a checkpoint and end. */
  readonly stop: AbortSignal;
  /** End at once. */
  readonly kill: AbortSignal;
}

/** A key press arrives more than once: from the terminal, and from the task runner that passes it on. */
const SAME_PRESS_MS = 500;

const STOPPING = "stopping: the checkpoint is being written; interrupt once more to end at once";

/** The first interrupt asks the run to stop with a checkpoint, of which `note` tells, the second ends it. */
export function hearInterrupts(view: View, note = STOPPING): Wishes {
  const stop = new AbortController();
  const kill = new AbortController();
  let first = 0;
  const interrupt = (): void => {
    if (stop.signal.aborted && performance.now() - first > SAME_PRESS_MS) kill.abort();
    if (stop.signal.aborted) return;
    first = performance.now();
    view.note(note);
    stop.abort();
  };
  Deno.addSignalListener("SIGINT", interrupt);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupt);
  return { stop: stop.signal, kill: kill.signal };
}

/** Bytes that the process which computes may take, from AGELINE_MEMORY in MiB; null where it is not set. */
export function memoryBudget(): number | null {
  const text = Deno.env.get("AGELINE_MEMORY");
  if (text === undefined || text === "") return null;
  const budget = Number(text);
  if (budget > 0) return budget * 1024 * 1024;
  throw new UserError(`Cannot use AGELINE_MEMORY="${text}": it must be a number of MiB, such as 4096`);
}
