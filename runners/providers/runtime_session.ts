/** A session of ONNX Runtime behind our socket: checked feeds, queued runs, values carried from run to run. */
import type { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-node";
import type { Session } from "../../lib/contracts/provider.ts";
import type { Tensor, Tensors } from "../../lib/base/tensor.ts";
import { UserError } from "../../lib/base/errors.ts";
import { collectGarbage } from "../garbage.ts";
import { listen } from "./listening.ts";
import type { Queue } from "./queue.ts";
import { download, fromRuntime, type TensorMaker, toRuntime } from "./runtime_tensor.ts";
import { type ToDevice, Uploads } from "./uploads.ts";

/** What differs between the runtimes that a session may sit on. */
export interface RuntimeHost {
  readonly name: string;
  readonly queue: Queue;
  readonly makeTensor: TensorMaker;
  /** Absent where the runtime computes in host memory. */
  readonly toDevice?: ToDevice;
  /** Wraps every call of the runtime, to turn errors of its device into rejections. */
  guard<T>(job: () => Promise<T>): Promise<T>;
}

export class RuntimeSession implements Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #host: RuntimeHost;
  readonly #session: InferenceSession;
  /** Output to input. */
  readonly #carry: ReadonlyMap<string, string>;
  /** What the next run reads, by input name. */
  readonly #kept = new Map<string, RuntimeTensor>();
  readonly #uploads: Uploads | undefined;
  #closed = false;
  #runs = 0;

  constructor(host: RuntimeHost, session: InferenceSession, carry: Readonly<Record<string, string>> = {}) {
    this.#host = host;
    this.#session = session;
    this.#uploads = host.toDevice && new Uploads(host.toDevice);
    this.inputs = session.inputNames;
    this.outputs = session.outputNames;
    this.#carry = new Map(Object.entries(carry));
    checkNames("output", [...this.#carry.keys()], this.outputs);
    checkNames("input", [...this.#carry.values()], this.inputs);
  }

  run(feeds: Tensors, fetches?: readonly string[]): Promise<Tensors> {
    return this.#host.queue.run(() => this.#run(feeds, fetches ?? this.#plainOutputs()));
  }

  /** Outside the queue: it may come while a run waits for the device. An error of the device is told by that run or the next. */
  upload(values: Tensors): void {
    if (!this.#closed) this.#uploads?.begin(values);
  }

  carried(names: readonly string[] = [...this.#carry.values()]): Promise<Tensors> {
    return this.#host.queue.run(async () => {
      const values: Record<string, Tensor> = {};
      for (const name of names) values[name] = await this.#host.guard(() => download(this.#keptValue(name)));
      return values;
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#host.queue.run(async () => {
      if (this.#closed) return;
      this.#closed = true;
      this.#uploads?.free();
      for (const value of this.#kept.values()) value.dispose();
      this.#kept.clear();
      await this.#session.release();
    });
  }

  async #run(feeds: Tensors, fetches: readonly string[]): Promise<Tensors> {
    if (this.#closed) throw new UserError(`Cannot run the model on "${this.#host.name}": its session is closed`);
    checkNames("input", Object.keys(feeds), this.inputs);
    checkNames("output", fetches, this.outputs);
    this.#tidy();
    const given = this.#complete(feeds);
    const wanted = [...new Set([...fetches, ...this.#carry.keys()])];
    const made = await this.#host.guard(() => this.#session.run(given, wanted)).finally(() => {
      this.#uploads?.free(Object.values(feeds));
    });
    const values: Record<string, Tensor> = {};
    for (const name of fetches) values[name] = await this.#take(name, made[name]);
    for (const [output, input] of this.#carry) this.#keep(input, made[output]);
    await listen();
    return values;
  }

  /**
   * Before the first run, what compiling left behind goes; before the second, the values that the first started from. The collector would
   * wait, since it sees nothing of the memory that the runtime takes.
   */
  #tidy(): void {
    if (this.#runs < 2) collectGarbage();
    this.#runs++;
  }

  /** Every input of the model: what the caller feeds, and for the rest what was carried. */
  #complete(feeds: Tensors): Record<string, RuntimeTensor> {
    const all: Record<string, RuntimeTensor> = {};
    for (const name of this.inputs) {
      const fed = feeds[name];
      all[name] = fed === undefined ? this.#keptValue(name) : this.#given(fed);
    }
    return all;
  }

  #given(fed: Tensor): RuntimeTensor {
    return this.#uploads?.of(fed) ?? toRuntime(this.#host.makeTensor, fed);
  }

  /** An output as the caller gets it; a device buffer that is not carried on is given back. */
  async #take(name: string, value: RuntimeTensor): Promise<Tensor> {
    if (this.#carry.has(name)) return await download(value);
    if (value.location === "cpu") return fromRuntime(value);
    const copy = await download(value);
    value.dispose();
    return copy;
  }

  #keep(input: string, value: RuntimeTensor): void {
    const old = this.#kept.get(input);
    if (old !== undefined) letGo(old);
    this.#kept.set(input, value);
  }

  #keptValue(input: string): RuntimeTensor {
    const value = this.#kept.get(input);
    if (value) return value;
    throw new UserError(`Cannot run the model on "${this.#host.name}": input "${input}" has no value, feed it`);
  }

  #plainOutputs(): readonly string[] {
    return this.outputs.filter((name) => !this.#carry.has(name));
  }
}

/** Frees a tensor at once: a collector that waits would leave the weights of several steps in memory. Nobody else holds its data. */
function letGo(tensor: RuntimeTensor): void {
  if (tensor.location === "cpu" && tensor.data instanceof Float32Array) {
    (tensor.data.buffer as ArrayBuffer).transfer(0);
  }
  tensor.dispose();
}

/** @throws UserError for the first of `names` that is not `known`. */
export function checkNames(kind: "input" | "output", names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    throw new UserError(`Cannot find the ${kind} "${name}": the model has ${known.join(", ")}`);
  }
}
