/** PyTorch as a partner to take turns with, where Python has it. */

/** What a number of steps took. */
export interface Steps {
  /** For each step. */
  readonly milliseconds: readonly number[];
  /** The most memory that the process held, MiB. */
  readonly peakMiB: number;
}

/** Why PyTorch cannot be measured here, or undefined. */
export async function torchUnavailable(): Promise<string | undefined> {
  try {
    const { success } = await new Deno.Command("python3", {
      args: ["-c", "import torch"],
      stdout: "null",
      stderr: "null",
    }).output();
    return success ? undefined : "python3 has no torch";
  } catch {
    return "there is no python3";
  }
}

/** A Python script that reads a number of steps a line and answers each with `Steps` as JSON. */
export class TorchProcess implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string, args: readonly (string | number)[]) {
    const command = new Deno.Command("python3", {
      args: [script, ...args.map(String)],
      stdin: "piped",
      stdout: "piped",
    });
    this.#process = command.spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
  }

  async run(steps: number): Promise<Steps> {
    await this.#input.write(new TextEncoder().encode(`${steps}\n`));
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("Cannot measure PyTorch: its process ended");
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close();
    await this.#process.status;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
