/** Looking at a run from outside: its checkpoint, its processes. */
import { decodeCheckpoint, type Standing } from "../../lib/stages/_checkpoint.ts";
import { folderStore } from "../../runners/stores/folder.ts";

const PAUSE_MS = 5;

/** Waits until a look gives something. @throws where `stop` comes first. */
export async function until<T>(look: () => Promise<T | undefined>, stop: Promise<unknown>, wanted: string): Promise<T> {
  let stopped = false;
  void stop.finally(() => stopped = true);
  while (!stopped) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((done) => setTimeout(done, PAUSE_MS));
  }
  throw new Error(`it ended before there was ${wanted}`);
}

/** Where training stands in a cache folder, as its checkpoint tells; undefined where there is none. */
export async function checkpointIn(cache: string): Promise<Standing | undefined> {
  for (const key of namesIn(`${cache}/scratch`)) {
    const bytes = await folderStore({ folder: cache }).scratch(key).read("checkpoint");
    if (bytes) return decodeCheckpoint(bytes).standing;
  }
  return undefined;
}

function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** A process as the system lists it. */
export interface ListedProcess {
  readonly pid: number;
  /** Its arguments, with spaces between. */
  readonly command: string;
}

/** Whether processes can be listed here. */
export const canListProcesses = Deno.build.os === "linux";

/** The processes whose command line holds a text. Deno keeps /proc from its programs, so others look for us. */
export async function processesNaming(text: string): Promise<ListedProcess[]> {
  const script = 'cd /proc && grep -aHs "" [0-9]*/cmdline | tr "\\0" " "';
  const { stdout } = await new Deno.Command("sh", { args: ["-c", script], stderr: "null" }).output();
  return new TextDecoder().decode(stdout).split("\n").flatMap((line) => {
    const match = /^(\d+)\/cmdline:(.*)$/.exec(line);
    return match && match[2].includes(text) ? [{ pid: Number(match[1]), command: match[2] }] : [];
  });
}
