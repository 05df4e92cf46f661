/** The GPU provider: onnxruntime-web's WebGPU kernels on Deno's WebGPU. */
import type { InferenceSession } from "onnxruntime-node";
import type { OpenOptions, Provider, Session } from "../../lib/contracts/provider.ts";
import { UserError } from "../../lib/base/errors.ts";
import { describeAdapter, findAdapter, isSoftware, openDevice } from "./adapter.ts";
import { DeviceErrors } from "./device_errors.ts";
import { type BufferTensorMaker, toDevice } from "./device_tensor.ts";
import { replaceProducts } from "./product_shaders.ts";
import { Queue } from "./queue.ts";
import { openSession, RUNTIME_VERSION } from "./runtime.ts";
import type { RuntimeHost } from "./runtime_session.ts";
import type { TensorMaker } from "./runtime_tensor.ts";
import { soundModel } from "./sound_model.ts";

/** One for the process, as runtime and device are: two calls at once hang or crash the runtime. */
const queue = new Queue();

interface Gpu {
  /** Held for as long as the device is: the runtime asks the device about it, which ends the process once it is collected. */
  readonly adapter: GPUAdapter;
  readonly ort: typeof import("onnxruntime-web/webgpu");
  readonly device: GPUDevice;
  readonly errors: DeviceErrors;
}

let gpu: Promise<Gpu> | undefined;

async function start(): Promise<Gpu> {
  const adapter = await findAdapter();
  if (adapter === undefined) {
    throw new UserError('Cannot use "webgpu": this machine has no GPU adapter, use cpu or wasm');
  }
  const ort = await import("onnxruntime-web/webgpu");
  ort.env.wasm.numThreads = 1;
  const device = await openDevice(adapter);
  if (isSoftware(adapter)) replaceProducts(device);
  return { adapter, ort, device, errors: new DeviceErrors(device) };
}

export function webgpu(): Provider {
  return { name: "webgpu", numericClass, unavailable, largestValue, hasHalf, open };
}

/** A value is one buffer, and kernels read it through one binding. */
async function largestValue(): Promise<number | undefined> {
  const limits = (await findAdapter())?.limits;
  return limits && Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
}

/** Also true where there is no adapter, which is another reason. */
async function hasHalf(): Promise<boolean> {
  return (await findAdapter())?.features.has("shader-f16") ?? true;
}

async function numericClass(): Promise<string> {
  const adapter = await findAdapter();
  const runtime = `webgpu onnxruntime-web ${RUNTIME_VERSION}`;
  if (adapter === undefined) return `${runtime} no adapter`;
  return `${runtime} ${describeAdapter(adapter)}${isSoftware(adapter) ? ", products in registers" : ""}`;
}

async function unavailable(): Promise<string | undefined> {
  if (navigator.gpu === undefined) return "this build of the JavaScript runtime has no WebGPU";
  if (await findAdapter() === undefined) return "this machine has no GPU adapter";
}

/** Opens the model in a form that the runtime computes right here. @throws UserError where there is none. */
async function open(model: Uint8Array, options?: OpenOptions): Promise<Session> {
  const sound = soundModel(model, "webgpu");
  gpu ??= start();
  const { ort, device, errors } = await gpu;
  const host: RuntimeHost = {
    name: "webgpu",
    queue,
    makeTensor: ort.Tensor as unknown as TensorMaker,
    toDevice: (value) => toDevice(device, ort.Tensor as unknown as BufferTensorMaker, value),
    guard: (job) => errors.guard(job),
  };
  const settings = { executionProviders: [{ name: "webgpu", device }], preferredOutputLocation: onDevice(options) };
  return await openSession(host, ort.InferenceSession, sound, options, settings as InferenceSession.SessionOptions);
}

/** Carried outputs stay in GPU buffers, the others come back to the host. */
function onDevice(options: OpenOptions | undefined): Record<string, "gpu-buffer"> | undefined {
  const carried = Object.keys(options?.carry ?? {});
  return carried.length === 0 ? undefined : Object.fromEntries(carried.map((name) => [name, "gpu-buffer"]));
}
