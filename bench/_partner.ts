/** Child processes that take turns at the same work, so that each has its own memory and all see the same machine. */

/** What some runs took. */
export interface Runs {
  /** For each run. */
  readonly milliseconds: readonly number[];
  /** The most memory that the process held so far, MiB. */
  readonly peakMiB: number;
}

/** A process that reads a number of runs a line and answers each with `Runs` as JSON. */
export class Partner implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #lines: AsyncIterator<string>;

  /** @param env what its environment holds beside that of this process. */
  constructor(readonly name: string, command: string, args: readonly string[], env?: Readonly<Record<string, string>>) {
    this.#process = new Deno.Command(command, { args: [...args], env, stdin: "piped", stdout: "piped" }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = linesOf(this.#process.stdout);
  }

  async run(count: number): Promise<Runs> {
    await this.#input.write(new TextEncoder().encode(`${count}\n`));
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`Cannot measure ${this.name}: its process ended`);
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // it may have ended by itself
    await this.#process.status;
  }
}

/** The lines of a stream as they come. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
