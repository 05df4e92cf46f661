/** Finished runs on the terminal and on standard output. */
import type { CommandLine } from "./arguments.ts";
import { figure, table } from "./table.ts";
import type { View } from "./view.ts";

/** A finished run; `--json` prints it without `part`. */
export interface FinishedRun {
  readonly pipeline: string;
  readonly run: string;
  readonly dir: string;
  readonly provider: string;
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** The images that the metrics are of; null: there were none to evaluate. */
  readonly part: "test" | "validation" | null;
  readonly stages: readonly {
    readonly name: string;
    readonly key: string;
    readonly status: "ran" | "cached";
    readonly seconds: number;
  }[];
}

/** Said before a pipeline runs. */
export function announce(pipeline: string, provider: string, notes: readonly string[], view: View): void {
  view.note(`${pipeline} on ${provider}`);
  for (const note of notes) view.note(`  ${note}`);
}

/** A result, on standard output. */
export function print(run: FinishedRun, { json }: CommandLine): void {
  const { part: _part, ...told } = run;
  console.log(json ? JSON.stringify(told) : run.dir);
}

/** One row per pipeline, and what the figures are of where it is not the test images. */
export function summary(runs: readonly FinishedRun[]): string {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  const rows = runs.map((run) => {
    const cached = run.stages.filter((stage) => stage.status === "cached").length;
    const figures = names.map((name) => (run.metrics[name] === undefined ? "" : figure(run.metrics[name])));
    return [run.pipeline, ...figures, `${run.seconds.toFixed(1)} s`, `${cached} of ${run.stages.length}`, run.dir];
  });
  const titles = names.map((name) => name === "n" ? "images" : name);
  return [table(["pipeline", ...titles, "time", "cached", "results"], rows), ...runs.flatMap(caveat)].join("\n");
}

/** A reader takes figures for those of the test images. */
function caveat({ pipeline, part }: FinishedRun): readonly string[] {
  if (part === "test") return [];
  const state = part === null
    ? "no figures, as the split leaves no test and no validation images"
    : "figures of the validation images, as the split leaves no test images";
  return [`${pipeline}: ${state}`];
}
