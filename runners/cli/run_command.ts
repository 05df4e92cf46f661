/** `run`: the short way where nothing changed, else the whole way. */
import type { CommandLine } from "./arguments.ts";
import { announce, type FinishedRun, print, summary } from "./present.ts";
import { type Settled, settledRuns } from "./settled.ts";
import type { View } from "./view.ts";

/** @returns the exit status. */
export async function runCommand(line: CommandLine, view: View): Promise<number> {
  const began = performance.now();
  const settled = await settledRuns(line, view.warn.bind(view));
  if (settled) return presentSettled(settled, (performance.now() - began) / 1000, line, view);
  const { runPipelines } = await import("./run_pipelines.ts");
  return await runPipelines(line, view);
}

function presentSettled(settled: readonly Settled[], seconds: number, line: CommandLine, view: View): number {
  const runs = settled.map(({ run, notes }) => {
    announce(run.pipeline, run.provider, notes, view);
    const now = cachedNow(run, seconds / settled.length);
    for (const row of now.stages) view.event({ kind: "finished", stage: row.name, row });
    print(now, line);
    return now;
  });
  view.note(`\n${summary(runs)}`);
  return 0;
}

function cachedNow(run: FinishedRun, seconds: number): FinishedRun {
  const stages = run.stages.map((stage) => ({ ...stage, status: "cached" as const, seconds: 0 }));
  return { ...run, seconds: Number(seconds.toFixed(3)), stages };
}
