/** The writing door on a local folder: `<out>/<pipeline>/<run id>/`, and `<out>/<pipeline>/latest`, which names the newest. */
import type { ResultFiles, ResultPlace, Results } from "../../lib/contracts/results.ts";
import { readIfThere, removeIfThere, replaceFile } from "../stores/atomic.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * `latest` is a text file with a run id, not a link: links need special rights on Windows, and full write permission in Deno.
 * @param out as the user names it; `dir` of a result starts with it.
 */
export function resultsFolder(out: string): Results {
  return { write: (result) => writeRun(out.replace(/[/\\]+$/, ""), result) };
}

async function writeRun(out: string, result: ResultFiles): Promise<ResultPlace> {
  const folder = `${out}/${result.pipeline}`;
  const newest = latestRun(folder);
  if (newest !== undefined && holds(`${folder}/${newest}`, result)) return { run: newest, dir: `${folder}/${newest}` };
  const run = newRunId();
  const unfinished = `${folder}/.${run}`;
  Deno.mkdirSync(unfinished, { recursive: true });
  try {
    await writeFiles(unfinished, result);
    Deno.renameSync(unfinished, `${folder}/${run}`);
  } catch (error) {
    removeIfThere(unfinished, true);
    throw error;
  }
  nameLatest(folder, run);
  return { run, dir: `${folder}/${run}` };
}

/** An id whose alphabetical order is that of time, and that no other process takes. */
function newRunId(): string {
  const time = new Date().toISOString().replace(/[-:.]/g, "");
  return `${time}-${crypto.randomUUID().slice(0, 4)}`;
}

/** The id that `latest` names. */
export function latestRun(folder: string): string | undefined {
  const bytes = readIfThere(`${folder}/latest`);
  const run = bytes && decoder.decode(bytes).trim();
  return run && /^[\w-]+$/.test(run) ? run : undefined;
}

/** A run that began later but was written sooner stays the newest. */
function nameLatest(folder: string, run: string): void {
  if ((latestRun(folder) ?? "") > run) return;
  replaceFile(`${folder}/latest`, encoder.encode(`${run}\n`), folder);
}

function holds(dir: string, { files, texts }: ResultFiles): boolean {
  const sizes = Object.entries(files).every(([name, { size }]) => sizeOf(`${dir}/${name}`) === size);
  return sizes && Object.entries(texts).every(([name, text]) => textOf(`${dir}/${name}`) === text);
}

function textOf(path: string): string | undefined {
  const bytes = readIfThere(path);
  return bytes && decoder.decode(bytes);
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}

async function writeFiles(dir: string, { files, texts }: ResultFiles): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const blob = await file.open();
    if (blob.path !== undefined) await Deno.copyFile(blob.path, `${dir}/${name}`);
    else await Deno.writeFile(`${dir}/${name}`, await blob.bytes());
  }
  for (const [name, text] of Object.entries(texts)) await Deno.writeTextFile(`${dir}/${name}`, text);
}
