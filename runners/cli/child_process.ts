/** The command line's side of the process that computes: starts it, hears it, stops it. */
import { Failed } from "./failed.ts";
import { childEnvironment, COLLECTING, denoFolders, permissionFlags } from "./permissions.ts";
import { fromFileUrl } from "./places.ts";
import { type Asked, EXIT, jsonLines, type Message, type Order, textLines } from "./protocol.ts";

/** Lines of the child's own output that are shown when it dies without a word. */
const LAST_LINES = 12;
/** The Vulkan loader's complaint where no desktop is; it means nothing here. */
const NOISE = /XDG_RUNTIME_DIR/;
/** How Deno tells that it fetches a package. */
const DOWNLOAD = /^(Download|Initialize) /;

const CHILD = fromFileUrl(new URL("./child.ts", import.meta.url));
const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

export interface ChildOptions extends ChildConduct {
  readonly order: Order & { readonly provider: Asked };
  readonly cache: string;
  /** Files and folders that it may read beside the code and the cache. */
  readonly inputs: readonly string[];
  readonly onMessage: (message: Message) => void;
}

/** How any child is dealt with. */
export interface ChildConduct {
  /** Hears that packages are being downloaded. */
  readonly onDownload: () => void;
  /** Asks it to write its checkpoint and end. */
  readonly stop: AbortSignal;
  /** Ends it at once. */
  readonly kill: AbortSignal;
}

/**
 * Runs one order in a child process.
 * @returns its exit status, never that of a failure.
 * @throws Failed where it fails, or dies.
 */
export async function runChild(options: ChildOptions): Promise<number> {
  const { order, cache, inputs } = options;
  const deno = await denoFolders();
  const flags = permissionFlags(order.provider, cache, inputs, deno);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--config", CONFIG, COLLECTING, ...flags, CHILD],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    clearEnv: true,
    env: childEnvironment(deno, order.provider),
  }).spawn();
  const input = child.stdin.getWriter();
  const send = (message: Order): void =>
    void input.write(encoder.encode(`${JSON.stringify(message)}\n`)).catch(() => {});
  send(order);
  options.stop.addEventListener("abort", () => send({ kind: "stop" }));
  options.kill.addEventListener("abort", () => child.kill("SIGKILL"));
  const [failure, last] = await Promise.all([hear(child.stdout, options), remember(child.stderr, options.onDownload)]);
  const status = await child.status;
  await input.close().catch(() => {});
  if (options.kill.aborted) return EXIT.interrupted;
  if (failure) throw failure;
  if (status.signal !== null) throw new Failed(deathBy(status.signal), last);
  if (status.code === EXIT.failed) throw new Failed("Cannot finish the run: its process broke down", last);
  return status.code;
}

const encoder = new TextEncoder();

/** @returns the failure that the child tells of, if it does. */
async function hear(stdout: ReadableStream<Uint8Array>, { onMessage }: ChildOptions): Promise<Failed | undefined> {
  let failure: Failed | undefined;
  for await (const line of jsonLines(stdout)) {
    const message = line as Message;
    if (message.kind === "failed") failure = new Failed(message.message, message.detail);
    else onMessage(message);
  }
  return failure;
}

/** @returns the last lines that the child wrote. */
async function remember(stderr: ReadableStream<Uint8Array>, onDownload: () => void): Promise<string> {
  const last: string[] = [];
  for await (const line of textLines(stderr)) {
    if (DOWNLOAD.test(line)) onDownload();
    if (line.trim() === "" || NOISE.test(line) || DOWNLOAD.test(line)) continue;
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
  }
  return last.join("\n");
}

function deathBy(signal: Deno.Signal): string {
  const cause = signal === "SIGKILL" ? ", perhaps for want of memory" : "";
  return `Cannot finish the run: its process was ended by ${signal}${cause}, run the same command to go on from the checkpoint`;
}
