/** The command line as a user starts it, with the permissions of the tasks, on a trial's folders. */
import { join } from "node:path";
import { textLines } from "../../runners/cli/protocol.ts";
import type { Trial } from "./_trial.ts";

const ROOT = join(import.meta.dirname!, "../..");
const CLI = join(ROOT, "runners/cli.ts");

/** How a command ended. */
export interface Ended {
  /** Exit status; of a killed process as shells tell it. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that runs. */
export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Comes true once the command has written a line that matches on standard error. @throws where it ends before. */
  told(pattern: RegExp): Promise<void>;
  kill(signal: Deno.Signal): void;
}

export interface CliOptions {
  /** Only the folders of the tasks may be written to, so that the command must start itself again. */
  readonly narrow?: boolean;
}

/** Starts `ageline <args>` in the trial's folder; `run` and `plan` get the trial's cache and results folder. */
export function startCli(trial: Trial, args: readonly string[], options: CliOptions = {}): Running {
  const [command, ...rest] = args;
  const folders = {
    run: ["--cache", trial.cache, "--out", trial.out],
    plan: ["--cache", trial.cache],
  }[command] ?? [];
  const write = options.narrow ? ".cache,runs" : [trial.cache, trial.out].join(",");
  const flags = ["--allow-read", "--allow-env", "--allow-sys=cpus"];
  flags.push(`--allow-write=${write}`, `--allow-run=${Deno.execPath()}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--config", join(ROOT, "deno.json"), ...flags, CLI, command, ...folders, ...rest],
    cwd: trial.folder,
    // A task that runs the tests has set it to the project's folder.
    env: { NO_COLOR: "1", INIT_CWD: trial.folder },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return running(child);
}

/** Runs a command to its end. */
export async function cli(trial: Trial, args: readonly string[], options: CliOptions = {}): Promise<Ended> {
  return await startCli(trial, args, options).ended;
}

function running(child: Deno.ChildProcess): Running {
  const stderr = new Lines(child.stderr);
  const stdout = new Lines(child.stdout);
  const ended = async (): Promise<Ended> => {
    const [status] = await Promise.all([child.status, stderr.end, stdout.end]);
    return { code: status.code, signal: status.signal, stdout: stdout.text(), stderr: stderr.text() };
  };
  return {
    pid: child.pid,
    ended: ended(),
    told: (pattern) => stderr.matching(pattern),
    kill: (signal) => child.kill(signal),
  };
}

/** The lines of a stream as they come. */
class Lines {
  readonly end: Promise<void>;
  readonly #lines: string[] = [];
  #news = Promise.withResolvers<void>();
  #closed = false;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.end = this.#read(stream);
  }

  text(): string {
    return this.#lines.join("\n");
  }

  async matching(pattern: RegExp): Promise<void> {
    while (!this.#lines.some((line) => pattern.test(line))) {
      if (this.#closed) throw new Error(`no line like ${pattern} in:\n${this.text()}`);
      await this.#news.promise;
    }
  }

  async #read(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const line of textLines(stream)) {
      this.#lines.push(line);
      this.#wake();
    }
    this.#closed = true;
    this.#wake();
  }

  #wake(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
