/** Values that lie on a device before the run that reads them begins. */
import type { Tensor as RuntimeTensor } from "onnxruntime-node";
import type { Tensor, Tensors } from "../../lib/base/tensor.ts";

/** Begins to copy a value to the device; undefined for a type that only lies in host memory. */
export type ToDevice = (value: Tensor) => RuntimeTensor | undefined;

export class Uploads {
  readonly #toDevice: ToDevice;
  readonly #copies = new Map<Tensor, RuntimeTensor>();

  constructor(toDevice: ToDevice) {
    this.#toDevice = toDevice;
  }

  /** Begins to copy those values that are not on their way yet. */
  begin(values: Tensors): void {
    for (const value of Object.values(values)) {
      const copy = this.#copies.has(value) ? undefined : this.#toDevice(value);
      if (copy) this.#copies.set(value, copy);
    }
  }

  /** The copy of a value, if there is one. */
  of(value: Tensor): RuntimeTensor | undefined {
    return this.#copies.get(value);
  }

  /** Frees the copies of these values, which a run has read. Commands that were submitted before still read them. */
  free(values: Iterable<Tensor> = [...this.#copies.keys()]): void {
    for (const value of values) {
      this.#copies.get(value)?.dispose();
      this.#copies.delete(value);
    }
  }
}
