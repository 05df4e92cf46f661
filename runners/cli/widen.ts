/**
 * The tasks may write to `.cache` and `runs` only. Where `--cache` or `--out` name other folders, the command starts itself
 * again with the permission to write there, and nowhere else.
 */
import type { CommandLine } from "./arguments.ts";
import { absolute, fromFileUrl } from "./places.ts";

const CLI = fromFileUrl(new URL("../cli.ts", import.meta.url));

/** @returns the exit status of the command with wider permissions; undefined where those at hand suffice. */
export async function widened(line: CommandLine, args: readonly string[]): Promise<number | undefined> {
  const folders = [line.cache, line.out].filter((path) => path !== undefined).map(absolute);
  const lacking = folders.filter((path) => Deno.permissions.querySync({ name: "write", path }).state !== "granted");
  if (lacking.length === 0) return undefined;
  const write = [".cache", "runs", ...folders].map((path) => path.replaceAll(",", ",,")).join(",");
  const flags = [
    "--allow-read",
    "--allow-env",
    "--allow-sys=cpus,systemMemoryInfo",
    `--allow-run=${Deno.execPath()}`,
    `--allow-write=${write}`,
  ];
  const child = new Deno.Command(Deno.execPath(), { args: ["run", "--no-prompt", ...flags, CLI, ...args] }).spawn();
  passOn(child, "SIGINT");
  if (Deno.build.os !== "windows") passOn(child, "SIGTERM");
  const { code } = await child.status;
  return code;
}

/** Signals that are meant for the command reach the process that does its work. */
function passOn(child: Deno.ChildProcess, signal: Deno.Signal): void {
  Deno.addSignalListener(signal, () => {
    try {
      child.kill(signal);
    } catch (error) {
      // It has just ended.
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  });
}
