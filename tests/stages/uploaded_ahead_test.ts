/** The next batch is on its way to the device while a step is computed, and the result is that of a training without. */
import assert from "node:assert/strict";
import type { Provider, Session } from "../../lib/contracts/provider.ts";
import type { Tensors } from "../../lib/base/tensor.ts";
import type { ExampleBatch } from "../../lib/stages/_examples.ts";
import { uploadedAhead } from "../../lib/stages/_uploaded_ahead.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { digests, runTrial, withoutCpu } from "../e2e/_engine.ts";
import { openTrial } from "../e2e/_trial.ts";

const missing = await withoutCpu();
if (missing !== undefined) console.log(`Training on cpu is not tested here: ${missing}`);

const ONLY = ["dataset", "images", "train", "export", "evaluate"];
const SETTINGS = { train: { epochs: 1, batch: 8, optimizer: { use: "adamw", lr: 0.01 } } };

/** The provider cpu, with `watch` around the sessions that train. */
function watched(watch: (session: Session) => Session): Provider {
  const cpu = createProvider("cpu");
  return {
    ...cpu,
    async open(model, options) {
      const session = await cpu.open(model, options);
      return session.inputs.includes("lr") ? watch(session) : session;
    },
  };
}

/** A session whose run holds its loss back until the upload for the next one, of `steps`, has begun. */
class Waiting implements Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly uploaded: Tensors[] = [];
  #runs = 0;
  #arrived = Promise.withResolvers<void>();

  constructor(private readonly session: Session, private readonly steps: number) {
    this.inputs = session.inputs;
    this.outputs = session.outputs;
  }

  upload(values: Tensors): void {
    this.uploaded.push(values);
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  async run(feeds: Tensors, fetches?: readonly string[]): Promise<Tensors> {
    const { image } = this.uploaded[this.#runs++];
    assert.equal(feeds.image, image, "the batch that was uploaded is the one that is fed");
    const results = await this.session.run(feeds, fetches);
    while (this.#runs < this.steps && this.uploaded.length === this.#runs) await this.#arrived.promise;
    return results;
  }

  carried(names?: readonly string[]): Promise<Tensors> {
    return this.session.carried(names);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }
}

Deno.test({
  name: "the upload for a step begins before the loss of the step before it has arrived; the weights are the same",
  ignore: missing !== undefined,
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    let steps = 0;
    const plain = watched((session) => ({
      inputs: session.inputs,
      outputs: session.outputs,
      run: (...given) => (steps++, session.run(...given)),
      carried: (names) => session.carried(names),
      [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
    }));
    using trial = openTrial({ settings: SETTINGS });
    const expected = digests(await runTrial(trial, { only: ONLY, provider: plain }));
    assert.ok(steps > 2, `it has only ${steps} steps`);
    let waiting: Waiting | undefined;
    const provider = watched((session) => waiting = new Waiting(session, steps));
    using again = openTrial({ settings: SETTINGS });
    assert.deepEqual(digests(await runTrial(again, { only: ONLY, provider })), expected);
    assert.equal(waiting!.uploaded.length, steps);
  },
});

function batchOf(number: number): ExampleBatch {
  const image = { type: "float32" as const, dims: [1], data: Float32Array.of(number) };
  return { inputs: { image }, rows: Uint32Array.of(number), waited: 0 };
}

Deno.test("batches keep their order, and a source is closed where the consumer leaves", async () => {
  const events: string[] = [];
  async function* source() {
    try {
      for (const number of [1, 2, 3]) yield await Promise.resolve(batchOf(number));
    } finally {
      events.push("closed");
    }
  }
  const upload = ({ image }: Tensors): void => void events.push(`upload ${image.data[0]}`);
  const seen: number[] = [];
  for await (const { rows } of uploadedAhead(source(), { upload, now: () => 0 })) seen.push(rows[0]);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.deepEqual(events.splice(0), ["upload 1", "upload 2", "upload 3", "closed"]);
  for await (const _ of uploadedAhead(source(), { upload, now: () => 0 })) break;
  assert.equal(events.at(-1), "closed");
});

Deno.test("an error of the source comes when its batch is asked for, not before", async () => {
  async function* source() {
    yield await Promise.resolve(batchOf(1));
    throw new Error("no second batch");
  }
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const { rows } of uploadedAhead(source(), { upload() {}, now: () => 0 })) {
      await new Promise((resolve) => setTimeout(resolve));
      seen.push(rows[0]);
    }
  }, /no second batch/);
  assert.deepEqual(seen, [1]);
});

Deno.test("the time that the consumer waited is that between asking and getting", async () => {
  let clock = 0;
  async function* source() {
    for (const number of [1, 2]) {
      clock += 5;
      yield await Promise.resolve(batchOf(number));
    }
  }
  const waits: number[] = [];
  for await (const { waited } of uploadedAhead(source(), { upload() {}, now: () => clock })) {
    waits.push(waited);
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.deepEqual(waits, [5, 0]);
});
