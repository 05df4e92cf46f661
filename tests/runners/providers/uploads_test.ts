/** Uploads do not wait for the run before them, and nothing of them stays on the device. */
import assert from "node:assert/strict";
import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import { type Tensor, tensor } from "../../../lib/base/tensor.ts";
import { Queue } from "../../../runners/providers/queue.ts";
import { type RuntimeHost, RuntimeSession } from "../../../runners/providers/runtime_session.ts";
import type { TensorMaker } from "../../../runners/providers/runtime_tensor.ts";

/** A runtime whose runs end when they are told to, and a device that counts what lies on it. */
class Stage {
  readonly events: string[] = [];
  readonly onDevice = new Set<number>();
  readonly session: RuntimeSession;
  #finish: (() => void)[] = [];

  constructor() {
    const host: RuntimeHost = {
      name: "webgpu",
      queue: new Queue(),
      makeTensor: HostTensor as unknown as TensorMaker,
      toDevice: (value) => this.#toDevice(value),
      guard: (job) => job(),
    };
    const runtime = { inputNames: ["x"], outputNames: ["loss"], run: (feeds: Feeds) => this.#run(feeds), release() {} };
    this.session = new RuntimeSession(host, runtime as unknown as InferenceSession);
  }

  /** Lets the run that began first end. */
  finish(): void {
    this.#finish.shift()!();
  }

  #toDevice(value: Tensor): RuntimeTensor {
    const number = Number(value.data[0]);
    this.events.push(`upload ${number}`);
    this.onDevice.add(number);
    return new DeviceTensor(value, () => this.onDevice.delete(number)) as unknown as RuntimeTensor;
  }

  async #run({ x }: Feeds): Promise<Record<string, HostTensor>> {
    const where = x instanceof DeviceTensor ? "device" : "host";
    this.events.push(`run ${x.data[0]} from the ${where}`);
    await new Promise<void>((resolve) => this.#finish.push(resolve));
    this.events.push(`loss ${x.data[0]}`);
    return { loss: new HostTensor("float32", Float32Array.of(Number(x.data[0])), []) };
  }
}

type Feeds = Record<string, HostTensor | DeviceTensor>;

class HostTensor {
  readonly location = "cpu";
  constructor(readonly type: string, readonly data: Tensor["data"], readonly dims: readonly number[]) {}
  dispose(): void {}
}

class DeviceTensor {
  readonly location = "gpu-buffer";
  readonly data: Tensor["data"];
  constructor(value: Tensor, readonly dispose: () => void) {
    this.data = value.data;
  }
}

const batch = (number: number): Tensor => tensor("float32", [1], [number]);
/** Lets what is ready to go on do so. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

Deno.test("an upload begins before the loss of the run before it has arrived", async () => {
  const stage = new Stage();
  const batches = [1, 2, 3].map(batch);
  stage.session.upload({ x: batches[0] });
  for (const [i, x] of batches.entries()) {
    const loss = stage.session.run({ x });
    await settle();
    if (i + 1 < batches.length) stage.session.upload({ x: batches[i + 1] });
    assert.ok(stage.onDevice.size <= 2);
    stage.finish();
    assert.deepEqual([...(await loss).loss.data], [i + 1]);
  }
  assert.deepEqual(stage.events, [
    "upload 1",
    "run 1 from the device",
    "upload 2",
    "loss 1",
    "run 2 from the device",
    "upload 3",
    "loss 2",
    "run 3 from the device",
    "loss 3",
  ]);
  assert.equal(stage.onDevice.size, 0);
});

Deno.test("a run reads the host where nothing was uploaded, and each upload once", async () => {
  const stage = new Stage();
  const x = batch(1);
  stage.session.upload({ x });
  stage.session.upload({ x });
  for (let i = 0; i < 2; i++) {
    const loss = stage.session.run({ x });
    await settle();
    stage.finish();
    await loss;
  }
  const expected = ["upload 1", "run 1 from the device", "loss 1", "run 1 from the host", "loss 1"];
  assert.deepEqual(stage.events, expected);
});

Deno.test("a session that ends frees what was uploaded and never read, and takes no more", async () => {
  const stage = new Stage();
  stage.session.upload({ x: batch(1) });
  assert.equal(stage.onDevice.size, 1);
  await stage.session[Symbol.asyncDispose]();
  assert.equal(stage.onDevice.size, 0);
  stage.session.upload({ x: batch(2) });
  assert.equal(stage.onDevice.size, 0);
});
