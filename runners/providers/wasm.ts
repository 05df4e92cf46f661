/** The portable provider: onnxruntime-web compiled to WebAssembly. */
import type { Provider } from "../../lib/contracts/provider.ts";
import { Queue } from "./queue.ts";
import { openSession, reason, RUNTIME_VERSION } from "./runtime.ts";
import type { RuntimeHost } from "./runtime_session.ts";
import type { TensorMaker } from "./runtime_tensor.ts";
import { soundModel } from "./sound_model.ts";

/** One for the process, as the runtime is. */
const queue = new Queue();

/** With more threads some train steps never end: the main thread spins for a worker that sleeps. */
const THREADS = 1;

/** Loaded when a model is opened. */
async function runtime() {
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = THREADS;
  return ort;
}

export function wasm(): Provider {
  return {
    name: "wasm",
    numericClass: () => Promise.resolve(`wasm onnxruntime-web ${RUNTIME_VERSION} simd ${THREADS} thread`),
    unavailable,
    async open(model, options) {
      const ort = await runtime();
      const makeTensor = ort.Tensor as unknown as TensorMaker;
      const host: RuntimeHost = { name: "wasm", queue, makeTensor, guard: (job) => job() };
      return await openSession(host, ort.InferenceSession, soundModel(model, "wasm"), options, {
        executionProviders: ["wasm"],
      });
    },
  };
}

async function unavailable(): Promise<string | undefined> {
  try {
    await runtime();
  } catch (error) {
    return `onnxruntime-web does not load here: ${reason(error)}`;
  }
}
