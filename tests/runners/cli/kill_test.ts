/** Runs that are killed, interrupted or recycled end with the bytes of a run that was left alone. */
import assert from "node:assert/strict";
import { builtin } from "../../../lib/pipeline/builtin.ts";
import { compilePipeline } from "../../../lib/pipeline/load.ts";
import { EXIT, jsonLines, type Message, type RunOrder } from "../../../runners/cli/protocol.ts";
import { localDoors } from "../../../runners/doors.ts";
import { place, SMALL } from "./_command.ts";

const CHILD = new URL("../../../runners/cli/child.ts", import.meta.url).pathname;
const MANY_STEPS = ["train.epochs=4", "train.batch=8", "train.checkpoint=0.05"];

async function orderFor(cache: string, memory: number | null = null): Promise<RunOrder> {
  const doors = { ...localDoors(Deno.cwd()), environment: () => undefined };
  const overrides = [...SMALL, ...MANY_STEPS];
  const pipeline = await compilePipeline("pipelines/coral.yaml", doors, { plugins: builtin, overrides });
  return { kind: "run", pipeline, provider: "cpu", cache, force: [], memory };
}

interface Ended {
  readonly code: number;
  /** Training images that were done when the process first told of them. */
  readonly resumedAt: number;
  /** Digest of model.onnx, where it was made. */
  readonly model: string | undefined;
}

/** Ends a child by a signal, or by closing its standard input. */
interface Hold {
  kill(signal: Deno.Signal): void;
  hangUp(): void;
}

/** Runs a child; `meet` sees every message and may end the process. */
async function child(
  order: RunOrder,
  meet: (message: Message, hold: Hold) => void = () => {},
): Promise<Ended> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", CHILD],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const input = process.stdin.getWriter();
  await input.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
  let open = true;
  const hangUp = (): void => {
    if (open) void input.close();
    open = false;
  };
  let resumedAt = -1;
  for await (const line of jsonLines(process.stdout)) {
    const message = line as Message;
    if (isTraining(message) && resumedAt < 0) resumedAt = message.progress.done;
    meet(message, { kill: (signal) => process.kill(signal), hangUp });
  }
  const { code } = await process.status;
  hangUp();
  return { code, resumedAt, model: code === EXIT.done ? await modelIn(order.cache) : undefined };
}

function isTraining(message: Message): message is Message & { kind: "progress" } {
  return message.kind === "progress" && message.stage === "train";
}

async function modelIn(cache: string): Promise<string> {
  const key = await Deno.readTextFile(`${cache}/latest/coral/export`);
  const record = JSON.parse(await Deno.readTextFile(`${cache}/records/${key.slice(0, 2)}/${key}.json`));
  return record.outcome.outputs.model.digest;
}

const untouched = child(await orderFor(place().cache));

Deno.test("killed at five moments, a run goes on from its checkpoint and ends with the same model", async () => {
  const order = await orderFor(place().cache);
  const moments = [0.02, 0.2, 0.45, 0.7, 0.9];
  let furthest = -1;
  for (const moment of moments) {
    const killed = await child(order, (message, hold) => {
      if (isTraining(message) && message.progress.done >= moment * message.progress.total) hold.kill("SIGKILL");
    });
    assert.notEqual(killed.code, EXIT.done);
    assert.ok(killed.resumedAt >= furthest, "work that a checkpoint held was done again");
    furthest = killed.resumedAt;
  }
  const last = await child(order);
  assert.ok(last.resumedAt > 0, "the last run began anew");
  assert.equal(last.code, EXIT.done);
  assert.equal(last.model, (await untouched).model);
});

Deno.test("a process past its memory budget asks for a new one, which ends with the same model", async () => {
  const cache = place().cache;
  const greedy = await child(await orderFor(cache, 1));
  assert.equal(greedy.code, EXIT.recycle);
  const last = await child(await orderFor(cache));
  assert.ok(last.resumedAt > 0);
  assert.equal(last.model, (await untouched).model);
});

Deno.test("a child whose command line dies writes its checkpoint and ends", async () => {
  const order = await orderFor(place().cache);
  const orphan = await child(order, (message, hold) => {
    if (isTraining(message)) hold.hangUp();
  });
  assert.equal(orphan.code, EXIT.interrupted);
  const last = await child(order);
  assert.ok(last.resumedAt > 0);
  assert.equal(last.model, (await untouched).model);
});

Deno.test("an interrupted command ends with status 130, and the same command goes on", async () => {
  const here = place();
  const words = ["run", "pipelines/coral.yaml", "--provider", "cpu", ...SMALL, ...MANY_STEPS];
  const process = here.spawn(...words);
  const reader = process.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  while (!said.includes("train      running")) said += (await reader.read()).value ?? assert.fail(said);
  await waitForCheckpoint(here.cache);
  process.kill("SIGINT");
  while (true) {
    const { value, done } = await reader.read();
    if (done) break;
    said += value;
  }
  await process.stdout.cancel();
  assert.equal((await process.status).code, 130);
  assert.match(said, /the last checkpoint was kept/);
  const { code } = await here.run(...words);
  assert.equal(code, 0);
  assert.equal(await modelIn(here.cache), (await untouched).model);
});

async function waitForCheckpoint(cache: string): Promise<void> {
  for (let i = 0; i < 400; i++) {
    try {
      if ([...Deno.readDirSync(`${cache}/scratch`)].length > 0) return;
    } catch {
      // No checkpoint was written yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail("no checkpoint was written");
}
