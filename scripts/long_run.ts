/**
 * One pipeline twice, side by side: once within a budget of memory, where the process that computes is replaced whenever it has grown
 * past it, and once without one. Tells how both go on, and at the end the memory that they took and whether they made the same model.
 *
 *     deno run -A scripts/long_run.ts MIB pipelines/coral.yaml --provider webgpu train.epochs=400 backbone.width=4
 *
 * Linux only: memory is read from /proc.
 */

const EVERY_MS = 1000;
const TOLD_EVERY_MS = 10 * 60_000;
/** A budget that no process reaches, in MiB. */
const UNBOUNDED = 1 << 20;

/** One of the two runs. */
class Run {
  private readonly processes = new Map<string, number>();
  private readonly command: Deno.ChildProcess;
  /** What the command line said last, to whoever watches. */
  private said = "";
  /** How often its process was replaced. */
  replaced = 0;

  constructor(readonly name: string, readonly folder: string, budget: number, args: readonly string[]) {
    const cli = new URL("../runners/cli.ts", import.meta.url).pathname;
    this.command = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", cli, "run", ...args, "--cache", `${folder}/cache`, "--out", `${folder}/runs`],
      env: { AGELINE_MEMORY: String(budget), NO_COLOR: "1" },
      stdout: "null",
      stderr: "piped",
    }).spawn();
  }

  /** Hears it out; `look` is called every second meanwhile. @returns the digest of its model. */
  async finish(): Promise<string> {
    const timer = setInterval(() => this.look(), EVERY_MS);
    for await (const text of this.command.stderr.pipeThrough(new TextDecoderStream())) {
      this.replaced += text.split("reached its memory budget").length - 1;
      this.said = text.trimEnd().split("\n").at(-1)!.trim();
    }
    clearInterval(timer);
    const { success } = await this.command.status;
    if (!success) throw new Error(`The run ${this.name} failed: ${this.said}`);
    return await this.digest();
  }

  /** The most memory that any of its computing processes held, in MiB. */
  get peak(): number {
    return Math.max(0, ...this.processes.values());
  }

  /** One line on where it stands. */
  get standing(): string {
    return `${this.name}: ${this.peak.toFixed(0)} MiB at most, replaced ${this.replaced} times; ${this.said}`;
  }

  private look(): void {
    for (const pid of childrenOf(this.command.pid)) {
      const held = highWaterMark(pid);
      if (held !== undefined) this.processes.set(pid, held);
    }
  }

  private async digest(): Promise<string> {
    for await (const path of modelsBelow(`${this.folder}/runs`)) {
      const hash = await crypto.subtle.digest("SHA-256", await Deno.readFile(path));
      return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
    }
    throw new Error(`The run ${this.name} left no model`);
  }
}

/** The processes that `parent` started. */
function childrenOf(parent: number): readonly string[] {
  const all = [...Deno.readDirSync("/proc")].map(({ name }) => name).filter((name) => /^\d+$/.test(name));
  return all.filter((pid) => status(pid, "PPid") === String(parent));
}

/** MiB; undefined where the process has ended. */
function highWaterMark(pid: string): number | undefined {
  const kibibytes = status(pid, "VmHWM");
  return kibibytes === undefined ? undefined : parseInt(kibibytes) / 1024;
}

function status(pid: string, field: string): string | undefined {
  try {
    return new RegExp(`^${field}:\\s+(.*)$`, "m").exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1];
  } catch {
    return undefined;
  }
}

async function* modelsBelow(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (isDirectory) yield* modelsBelow(`${folder}/${name}`);
    else if (name === "model.onnx") yield `${folder}/${name}`;
  }
}

const [budget, ...args] = Deno.args;
if (!(Number(budget) > 0) || args.length === 0) {
  console.error("Usage: deno run -A scripts/long_run.ts MIB PIPELINE [key=value …] [--provider NAME]");
  Deno.exit(2);
}
const scratch = await Deno.makeTempDir();
const began = performance.now();
const runs = [
  new Run("within its budget", `${scratch}/a`, Number(budget), args),
  new Run("without one", `${scratch}/b`, UNBOUNDED, args),
];
const tell = (): void => {
  console.log(`${((performance.now() - began) / 60_000).toFixed(0)} min`);
  for (const run of runs) console.log(`  ${run.standing}`);
};
const timer = setInterval(tell, TOLD_EVERY_MS);
try {
  const digests = await Promise.all(runs.map((run) => run.finish()));
  tell();
  runs.forEach((run, i) => console.log(`model.onnx ${run.name}: ${digests[i]}`));
  console.log(digests[0] === digests[1] ? "the same model" : "two models");
  Deno.exitCode = digests[0] === digests[1] ? 0 : 1;
} catch (error) {
  tell();
  console.error((error as Error).message);
  Deno.exitCode = 1;
} finally {
  clearInterval(timer);
  await Deno.remove(scratch, { recursive: true });
}
