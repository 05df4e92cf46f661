/** A process that is recycled, or loses its command line, leaves a checkpoint; the run ends with the same bytes. */
import assert from "node:assert/strict";
import { builtin } from "../../../lib/pipeline/builtin.ts";
import { compilePipeline } from "../../../lib/pipeline/load.ts";
import { EXIT, jsonLines, type Message, type RunOrder } from "../../../runners/cli/protocol.ts";
import { localDoors } from "../../../runners/doors.ts";
import { createProvider } from "../../../runners/providers/mod.ts";
import { fewFaces, place, SMALL } from "./_command.ts";

const CHILD = new URL("../../../runners/cli/child.ts", import.meta.url).pathname;
const MANY_STEPS = ["train.epochs=8", "train.batch=2", "train.checkpoint=0.05", `dataset.path=${fewFaces()}`];

async function orderFor(cache: string, memory: number | null = null): Promise<RunOrder> {
  const doors = { ...localDoors(Deno.cwd()), environment: () => undefined };
  const overrides = [...SMALL, ...MANY_STEPS];
  const pipeline = await compilePipeline("pipelines/coral.yaml", doors, { plugins: builtin, overrides });
  const numericClass = await createProvider("cpu").numericClass();
  return { kind: "run", pipeline, provider: "cpu", numericClass, cache, force: [], memory };
}

interface Ended {
  readonly code: number;
  /** Training images that were done when the process first told of them. */
  readonly resumedAt: number;
  /** Digest of model.onnx, where it was made. */
  readonly model: string | undefined;
}

/** Runs a child; `meet` sees every message, and may hang up, as a command line does that dies. */
async function child(
  order: RunOrder,
  meet: (message: Message, hangUp: () => void) => void = () => {},
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
    meet(message, hangUp);
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
  const orphan = await child(order, (message, hangUp) => {
    if (isTraining(message)) hangUp();
  });
  assert.equal(orphan.code, EXIT.interrupted);
  const last = await child(order);
  assert.ok(last.resumedAt > 0);
  assert.equal(last.model, (await untouched).model);
});

Deno.test("a child refuses a plan that was made for another machine", async () => {
  let said = "";
  const order = { ...await orderFor(place().cache), numericClass: "cpu of another machine" };
  const { code } = await child(order, (message) => {
    if (message.kind === "failed") said = message.message;
  });
  assert.equal(code, EXIT.failed);
  assert.match(said, /was cpu of another machine; run the same command again/);
});
