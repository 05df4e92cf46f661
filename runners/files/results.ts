/** The writing door on a local folder: `<out>/<pipeline>/<run id>/`, and `<out>/<pipeline>/latest`, which names the newest. */
import type { ResultFiles, ResultPlace, Results } from "../../lib/contracts/results.ts";
import type { Blob } from "../../lib/contracts/store.ts";
import { readIfThere, removeIfThere, replaceFile } from "../stores/atomic.ts";
import { sha256, sha256OfFile } from "../stores/sha256.ts";

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * `latest` is a text file with a run id, not a link: links need special rights on Windows, and full write permission in Deno.
 * @param out as the user names it; `dir` of a result starts with it.
 */
export function resultsFolder(out: string): Results {
  return { write: (result) => writeRun(out.replace(/[/\\]+$/, ""), result) };
}

async function writeRun(out: string, { pipeline, files }: ResultFiles): Promise<ResultPlace> {
  const folder = `${out}/${pipeline}`;
  const newest = latestRun(folder);
  if (newest !== undefined && holds(`${folder}/${newest}`, files)) return { run: newest, dir: `${folder}/${newest}` };
  const run = newRunId();
  const unfinished = `${folder}/.${run}`;
  Deno.mkdirSync(unfinished, { recursive: true });
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(`${unfinished}/${name}`, content);
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

function holds(dir: string, files: ResultFiles["files"]): boolean {
  return Object.entries(files).every(([name, content]) => {
    const path = `${dir}/${name}`;
    const same = sizeOf(path) === (content instanceof Uint8Array ? content.length : content.size);
    return same && sha256OfFile(path) === (content instanceof Uint8Array ? sha256(content) : content.digest);
  });
}

function sizeOf(path: string): number | undefined {
  try {
    return Deno.statSync(path).size;
  } catch {
    return undefined;
  }
}

async function writeFile(path: string, content: Blob | Uint8Array): Promise<void> {
  if (!(content instanceof Uint8Array) && content.path !== undefined) return await Deno.copyFile(content.path, path);
  await Deno.writeFile(path, content instanceof Uint8Array ? content : await content.bytes());
}
