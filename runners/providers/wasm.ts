/** The portable provider: onnxruntime-web compiled to WebAssembly. */
import type { Provider } from "../../lib/contracts/provider.ts";
import { threads } from "./cpu_features.ts";
import { Queue } from "./queue.ts";
import { openSession, reason, RUNTIME_VERSION } from "./runtime.ts";
import type { RuntimeHost } from "./runtime_session.ts";
import type { TensorMaker } from "./runtime_tensor.ts";

/** One for the process, as the runtime is. */
const queue = new Queue();

/** Loaded when a model is opened. The plain entry point, since the one for WebGPU starts no threads. */
async function runtime() {
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = threads();
  return ort;
}

export function wasm(): Provider {
  return {
    name: "wasm",
    numericClass: () => Promise.resolve(`wasm onnxruntime-web ${RUNTIME_VERSION} simd ${threads()} threads`),
    unavailable,
    async open(model, options) {
      const ort = await runtime();
      const makeTensor = ort.Tensor as unknown as TensorMaker;
      const host: RuntimeHost = { name: "wasm", queue, makeTensor, guard: (job) => job() };
      return await openSession(host, ort.InferenceSession, model, options, { executionProviders: ["wasm"] });
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
