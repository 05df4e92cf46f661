/** The native CPU provider: onnxruntime-node. */
import type { OpenOptions, Provider, Session } from "../../lib/contracts/provider.ts";
import { instructionSet, threads } from "./cpu_features.ts";
import { probeBlockSize } from "./block_size.ts";
import { Queue } from "./queue.ts";
import { openSession, reason, RUNTIME_VERSION } from "./runtime.ts";
import type { RuntimeHost } from "./runtime_session.ts";
import type { TensorMaker } from "./runtime_tensor.ts";
import { soundModel } from "./sound_model.ts";

/** One for the process, as the runtime is. */
const queue = new Queue();

/** The package weighs much: it is loaded when a model is opened. */
async function runtime() {
  return (await import("onnxruntime-node")).default;
}

export function cpu(): Provider {
  return {
    name: "cpu",
    numericClass: () =>
      Promise.resolve(`cpu onnxruntime-node ${RUNTIME_VERSION} ${instructionSet()} ${threads()} threads`),
    unavailable,
    blockSize: () => blockSize ??= probeBlockSize(open),
    open,
  };
}

let blockSize: Promise<number | undefined> | undefined;

async function open(model: Uint8Array, options?: OpenOptions): Promise<Session> {
  const ort = await runtime();
  const makeTensor = ort.Tensor as unknown as TensorMaker;
  const host: RuntimeHost = { name: "cpu", queue, makeTensor, guard: (job) => job() };
  return await openSession(host, ort.InferenceSession, soundModel(model, "cpu"), options, {
    executionProviders: ["cpu"],
    intraOpNumThreads: threads(),
    enableMemPattern: false, // the pattern comes on top of what the first run took: 1.3 to 1.7 times the memory for 2 % of the time
    extra: { session: { intra_op: { allow_spinning: "0" } } }, // spinning takes the cores from those who draw the images
  });
}

async function unavailable(): Promise<string | undefined> {
  try {
    await runtime();
  } catch (error) {
    return `onnxruntime-node does not load here: ${reason(error)}`;
  }
}
