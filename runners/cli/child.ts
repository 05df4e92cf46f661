/**
 * The process that computes. It has no network, starts no programs, reads the dataset and writes to the cache only. It obeys
 * one order, told in `protocol.ts`, and ends with its parent.
 */
import { Stopped, UserError } from "../../lib/base/errors.ts";
import type { Provider } from "../../lib/contracts/provider.ts";
import { runPipeline } from "../../lib/pipeline/run.ts";
import { chooseProvider, exhausted } from "../providers/mod.ts";
import { interruption, openWorld } from "../world.ts";
import { type Asked, EXIT, jsonLines, type Message, type Order, type RunOrder } from "./protocol.ts";
import { mendable } from "./report_error.ts";

/** Progress more often than this only costs time. */
const PROGRESS_EVERY_MS = 100;
/** A stage that does not stop by then is cut off; its last checkpoint counts. */
const PATIENCE_MS = 20_000;

const stop = new AbortController();
const encoder = new TextEncoder();

function say(message: Message): void {
  const line = encoder.encode(`${JSON.stringify(message)}\n`);
  for (let written = 0; written < line.length;) written += Deno.stdout.writeSync(line.subarray(written));
}

function interrupt(): void {
  if (!stop.signal.aborted) stop.abort(interruption());
  Deno.unrefTimer(setTimeout(() => Deno.exit(EXIT.interrupted), PATIENCE_MS));
}

/** Obeys the first order; later ones, or the end of the input, can only stop it. */
async function serve(): Promise<number> {
  const orders = jsonLines(Deno.stdin.readable) as AsyncGenerator<Order>;
  const { value: order } = await orders.next();
  if (!order || order.kind === "stop") return EXIT.interrupted;
  void orders.next().then(interrupt);
  try {
    await obey(order);
    return EXIT.done;
  } catch (error) {
    return failure(error);
  }
}

async function obey(order: Exclude<Order, { kind: "stop" }>): Promise<void> {
  if (order.kind === "run") return await run(order);
  if (order.kind === "probe") return await probe(order.provider);
  const { compare } = await import("../parity/compare.ts");
  await compare(order, thinned(say), stop.signal);
}

function failure(error: unknown): number {
  if (error instanceof Stopped) return error.reason === "recycle" ? EXIT.recycle : EXIT.interrupted;
  const refusal = mendable(error);
  const message = refusal ?? (error instanceof Error ? error.message : String(error));
  const isToMend = error instanceof UserError || refusal !== undefined;
  say({ kind: "failed", message, detail: isToMend ? null : (error as Error)?.stack ?? null });
  return EXIT.failed;
}

async function probe(asked: Asked): Promise<void> {
  const { provider, warnings } = await chooseProvider(asked);
  const { name } = provider;
  const block = await provider.blockSize?.() ?? null;
  const largestValue = await provider.largestValue?.() ?? null;
  const half = await provider.hasHalf?.() ?? true;
  const facts = { name, numericClass: await provider.numericClass(), warnings, block, largestValue, half };
  say({ kind: "provider", facts });
}

async function run(order: RunOrder): Promise<void> {
  const { provider } = await chooseProvider(order.provider);
  await checkSame(provider, order.numericClass);
  await using world = openWorld({
    provider,
    cache: order.cache,
    signal: stop.signal,
    exhausted: (reserve) => exhausted(provider.name, order.memory ?? undefined, reserve),
    checkpoint: order.pipeline.train.checkpoint,
    warn: (message) => say({ kind: "damage", message }),
  });
  await runPipeline(order.pipeline, world, { force: order.force, onEvent: thinned(say) });
}

/** A plan made for another machine, such as one with the same cache or an older driver, has other keys. */
async function checkSame(provider: Provider, planned: string): Promise<void> {
  const found = await provider.numericClass();
  if (found === planned) return;
  throw new UserError(
    `Cannot go on with "${provider.name}": it is ${found}, was ${planned}; run the same command again`,
  );
}

/** Leaves out progress that comes too fast, but never the first and the last of a stage. */
function thinned<M extends Message>(tell: (event: M) => void): (event: M) => void {
  let last = -Infinity;
  return (event) => {
    const partial = event.kind === "progress" && event.progress.done < event.progress.total;
    const now = performance.now();
    if (partial && now - last < PROGRESS_EVERY_MS) return;
    last = partial ? now : -Infinity;
    tell(event);
  };
}

if (import.meta.main) {
  Deno.addSignalListener("SIGINT", interrupt);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", interrupt);
  Deno.exit(await serve());
}
