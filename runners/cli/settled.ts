/**
 * The short way to a run that is cached as a whole. Beside each finished run the cache keeps what it depended on: the texts of
 * the pipeline files, variables, folders, the provider, the stage keys, the code. While every answer is the same, so is the
 * result, and neither YAML nor schemas nor stages have to be loaded to say so.
 */
import type { Digest } from "../../lib/base/digest.ts";
import type { Store } from "../../lib/contracts/store.ts";
import { localDoors } from "../doors.ts";
import { folderFiles } from "../files/folder.ts";
import { filesOf, stampsOf, walkFolder } from "../files/listing.ts";
import { latestRun } from "../files/results.ts";
import { readIfThere, replaceFile } from "../stores/atomic.ts";
import { folderStore } from "../stores/folder.ts";
import { sha256 } from "../stores/sha256.ts";
import type { CommandLine } from "./arguments.ts";
import { cacheFolder, outFolder, PROJECT, userFolder } from "./places.ts";
import type { FinishedRun } from "./present.ts";
import type { ProviderFacts } from "./protocol.ts";
import { rememberedProvider } from "./provider_memo.ts";
import type { CompileAnswers, FolderAnswers } from "./recorder.ts";

/** A finished run with everything that it depended on. */
export interface Settled {
  readonly code: Digest;
  readonly compiled: CompileAnswers;
  readonly folders: FolderAnswers;
  readonly provider: ProviderFacts;
  readonly run: FinishedRun;
  /** What was said before it ran. */
  readonly notes: readonly string[];
  /** Sizes of the result files by name. */
  readonly results: Readonly<Record<string, number>>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Keeps a finished run, unless it asked something whose answer cannot be compared. */
export function settle(line: CommandLine, file: string, settled: Omit<Settled, "code" | "results">): void {
  if (settled.folders.open) return;
  const whole: Settled = { ...settled, code: codeStamp(), results: sizesIn(settled.run.dir) };
  const cache = cacheFolder(line);
  replaceFile(pathOf(line, file), encoder.encode(JSON.stringify(whole)), `${cache}/tmp`);
}

/**
 * What is kept of the files of a command, if everything is as it was for all of them.
 * @param warn hears of damaged cache entries, which are dropped.
 */
export async function settledRuns(
  line: CommandLine,
  warn: (message: string) => void = () => {},
): Promise<readonly Settled[] | undefined> {
  if (line.force.length > 0) return undefined;
  const runs: Settled[] = [];
  for (const file of line.names) {
    const settled = load(line, file);
    if (!settled || !await holds(settled, line, warn)) return undefined;
    runs.push(settled);
  }
  return runs;
}

async function holds(settled: Settled, line: CommandLine, warn: (message: string) => void): Promise<boolean> {
  const facts = rememberedProvider(line.provider, cacheFolder(line));
  return JSON.stringify(facts) === JSON.stringify(settled.provider) &&
    settled.code === codeStamp() &&
    await sameCompilation(settled.compiled) &&
    sameResults(settled) &&
    await sameFolders(settled.folders, cacheFolder(line)) &&
    await sameStore(settled.run, folderStore({ folder: cacheFolder(line), warn }));
}

async function sameCompilation({ texts, environment, kinds }: CompileAnswers): Promise<boolean> {
  const doors = localDoors(userFolder());
  for (const [name, value] of Object.entries(environment)) {
    if ((doors.environment(name) ?? null) !== value) return false;
  }
  for (const [path, kind] of Object.entries(kinds)) if ((await doors.kindOf(path) ?? null) !== kind) return false;
  for (const [path, digest] of Object.entries(texts)) {
    const text = await doors.readText(path);
    if ((text === undefined ? null : sha256(text)) !== digest) return false;
  }
  return true;
}

function sameResults({ run, results }: Settled): boolean {
  const folder = run.dir.slice(0, run.dir.lastIndexOf("/"));
  return latestRun(folder) === run.run && JSON.stringify(sizesIn(run.dir)) === JSON.stringify(results);
}

async function sameFolders({ fingerprints, digests }: FolderAnswers, cache: string): Promise<boolean> {
  for (const [folder, fingerprint] of Object.entries(fingerprints)) {
    if (await folderFiles({ folder, cache }).fingerprint() !== fingerprint) return false;
  }
  for (const [folder, paths] of Object.entries(digests)) {
    const files = folderFiles({ folder, cache });
    for (const [path, digest] of Object.entries(paths)) if (await files.digest(path) !== digest) return false;
  }
  return true;
}

/** Whether all outcomes are there and whole at a glance; and notes that they were used last. */
async function sameStore(run: FinishedRun, store: Store): Promise<boolean> {
  for (const { name, key } of run.stages) {
    if (!await store.recall(key)) return false;
    await store.mark(run.pipeline, name, key);
  }
  return true;
}

function load(line: CommandLine, file: string): Settled | undefined {
  const bytes = readIfThere(pathOf(line, file));
  try {
    return bytes && JSON.parse(decoder.decode(bytes));
  } catch {
    return undefined;
  }
}

function pathOf(line: CommandLine, file: string): string {
  const words = [file, line.overrides, line.provider, outFolder(line), userFolder()];
  return `${cacheFolder(line)}/settled/${sha256(JSON.stringify(words)).slice(0, 32)}.json`;
}

/** Changes with any file of the code. */
function codeStamp(): Digest {
  const stamps = ["lib", "runners"].map((folder) => stampsOf(walkFolder(`${PROJECT}/${folder}`)));
  return sha256([Deno.version.deno, ...stamps].join(" "));
}

/** Of the files of a folder, by name; of none where it is gone. */
function sizesIn(dir: string): Readonly<Record<string, number>> {
  try {
    return Object.fromEntries(filesOf(walkFolder(dir)).map(({ path, size }) => [path, size]));
  } catch {
    return {};
  }
}
