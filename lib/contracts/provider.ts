/** The execution provider socket: what runs a finished graph. */
import type { Tensors } from "../base/tensor.ts";

/** Says that an operator or a form of it is better written otherwise on this provider (see `lib/lowering`). */
export type ProviderName = "webgpu" | "cpu" | "wasm" | "reference";

export interface Provider {
  readonly name: ProviderName;
  /** What results depend on beyond the graph: provider, its version, instruction set or adapter. Part of stage keys. */
  numericClass(): Promise<string>;
  /** Why this machine cannot use it, or undefined. */
  unavailable(): Promise<string | undefined>;
  /** Channels that its blocked operators hold together (see `lib/lowering`); absent or undefined: it has no such operators. */
  blockSize?(): Promise<number | undefined>;
  /** Bytes of the largest value that it takes; absent or undefined: as much as memory holds. */
  largestValue?(): Promise<number | undefined>;
  /** Whether it computes in float16; absent: it does. */
  hasHalf?(): Promise<boolean>;
  /** Opens an ONNX file. Calls are queued: the runtime allows one at a time. */
  open(model: Uint8Array, options?: OpenOptions): Promise<Session>;
}

export interface OpenOptions {
  /**
   * output -> input of the next run. A carried input is fed in the first run only (or again, to set it anew); between runs
   * its value stays where the provider computes.
   */
  readonly carry?: Readonly<Record<string, string>>;
}

export interface Session extends AsyncDisposable {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Runs once and gives the outputs named in `fetches` (default: all that are not carried). */
  run(feeds: Tensors, fetches?: readonly string[]): Promise<Tensors>;
  /**
   * Begins to copy values to where the provider computes, also while a run goes on. The next run that is fed the same tensor objects
   * reads the copies, and frees them. Absent where a run reads the memory of its caller.
   */
  upload?(values: Tensors): void;
  /** The present values of carried inputs (default: all of them). */
  carried(names?: readonly string[]): Promise<Tensors>;
}
