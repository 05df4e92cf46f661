/** The command line as a user runs it, in folders of its own. */
import { join } from "../../../lib/pipeline/paths.ts";

const ROOT = new URL("../../..", import.meta.url).pathname.replace(/\/$/, "");

/** A small model on few pixels: seconds of work. */
export const SMALL = ["backbone={ use: convnet, image: 16 }", "train.epochs=2", "train.batch=32"];

/** A folder with every tenth of the drawings. */
export function fewFaces(): string {
  const folder = Deno.makeTempDirSync();
  const faces = [...Deno.readDirSync(`${ROOT}/fixtures/faces`)].map((entry) => entry.name).filter((name) =>
    name.endsWith(".jpg")
  );
  faces.sort().filter((_, i) => i % 10 === 0).forEach((name) =>
    Deno.copyFileSync(`${ROOT}/fixtures/faces/${name}`, `${folder}/${name}`)
  );
  return folder;
}

/** The permissions of the tasks, with one folder to write to. */
export function narrow(folder: string): string[] {
  return [
    "--allow-read",
    "--allow-env",
    "--allow-sys=cpus,systemMemoryInfo",
    `--allow-write=${folder}`,
    `--allow-run=${Deno.execPath()}`,
  ];
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Folders that one test has to itself. */
export interface Place {
  readonly folder: string;
  readonly cache: string;
  readonly out: string;
  run(...args: string[]): Promise<Finished>;
  spawn(...args: string[]): Deno.ChildProcess;
}

export function place(): Place {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  const cache = join(folder, "cache");
  const out = join(folder, "runs");
  const spawn = (...args: string[]): Deno.ChildProcess => command(args, { cache, out });
  const run = async (...args: string[]): Promise<Finished> => {
    const { code, stdout, stderr } = await spawn(...args).output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  };
  return { folder, cache, out, run, spawn };
}

function command(
  [name, ...rest]: readonly string[],
  { cache, out }: { cache: string; out: string },
): Deno.ChildProcess {
  const folders = name === "run" || name === "plan" ? ["--cache", cache, "--out", out] : [];
  const args = ["run", "--no-prompt", "-A", `${ROOT}/runners/cli.ts`, name, ...rest, ...folders];
  const env = { UTKFACE: "", INIT_CWD: ROOT, NO_COLOR: "1" };
  return new Deno.Command(Deno.execPath(), { args, cwd: ROOT, env, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
}

/** What `--json` printed. */
// deno-lint-ignore no-explicit-any
export function jsonOf({ stdout, stderr }: Finished): any {
  const last = stdout.trim().split("\n").at(-1)!;
  if (!last.startsWith("{")) throw new Error(`no JSON on standard output; standard error says:\n${stderr}`);
  return JSON.parse(last);
}
