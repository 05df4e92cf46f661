/** `run`, the whole way: compile, run what is not cached, write the results. */
import { Stopped } from "../../lib/base/errors.ts";
import type { MetricsFile } from "../../lib/contracts/report.ts";
import type { CommandLine } from "./arguments.ts";
import { execute, type Executed } from "./execute.ts";
import { notesOf } from "./notes.ts";
import { cacheFolder, outFolder } from "./places.ts";
import { announce, type FinishedRun, print, summary } from "./present.ts";
import type { ProviderFacts } from "./protocol.ts";
import { forgetProvider, providerFacts } from "./provider_memo.ts";
import { reportError } from "./report_error.ts";
import { checkForced, compileAll, type Compiled, hearInterrupts, memoryBudget } from "./session.ts";
import { settle } from "./settled.ts";
import { tryFolder } from "./try_folder.ts";
import type { View } from "./view.ts";

/** @returns the exit status. */
export async function runPipelines(line: CommandLine, view: View): Promise<number> {
  checkForced(line);
  const compiled = await compileAll(line);
  const runOne = await preparedRun(line, view);
  const done: FinishedRun[] = [];
  let status = 0;
  for (const one of compiled) {
    try {
      const run = await runOne(one);
      done.push(run);
      print(run, line);
    } catch (error) {
      if (error instanceof Stopped) throw error;
      reportError(error, view);
      forgetProvider(line.provider, cacheFolder(line));
      status = 1;
    }
  }
  if (done.length > 0) view.note(`\n${summary(done)}`);
  return status;
}

/** What all pipelines of one command share is found out once. */
async function preparedRun(line: CommandLine, view: View): Promise<(compiled: Compiled) => Promise<FinishedRun>> {
  const wishes = hearInterrupts(view);
  const cache = cacheFolder(line);
  tryFolder(outFolder(line));
  const conduct = { ...wishes, onDownload: once(() => view.note("downloading packages, this once")) };
  const facts = await providerFacts(line.provider, cache, conduct);
  for (const warning of facts.warnings) view.warn(warning);
  const tell = { onEvent: view.event.bind(view), warn: view.warn.bind(view), note: view.note.bind(view) };
  const options = {
    ...conduct,
    ...tell,
    facts,
    cache,
    out: outFolder(line),
    force: line.force,
    memory: memoryBudget(),
  };
  return async ({ file, pipeline, answers }) => {
    const began = performance.now();
    const notes = await notesOf(pipeline);
    announce(pipeline.name, facts.name, notes, view);
    const executed = await execute(pipeline, options);
    const run = finished(pipeline.name, facts, executed, (performance.now() - began) / 1000);
    settle(line, file, { compiled: answers, folders: executed.folders, provider: facts, run, notes });
    return run;
  };
}

function once(tell: () => void): () => void {
  let told = false;
  return () => {
    if (!told) tell();
    told = true;
  };
}

function finished(pipeline: string, facts: ProviderFacts, executed: Executed, seconds: number): FinishedRun {
  const { test, validation } = JSON.parse(executed.metrics) as MetricsFile;
  const stages = executed.stages.map((row) => ({ ...row, seconds: rounded(row.seconds) }));
  const metrics = test ?? validation ?? {};
  const part = test ? "test" : validation ? "validation" : null;
  return { pipeline, ...executed.place, provider: facts.name, seconds: rounded(seconds), metrics, part, stages };
}

function rounded(seconds: number): number {
  return Number(seconds.toFixed(3));
}
