/** What goes from one train step to the next. */
import { allocate, sizeOf, type Tensor } from "../base/tensor.ts";
import type { Builder, Value } from "../contracts/op.ts";
import { where } from "../ops/emit.ts";

/** Graph inputs of which every step gives the next value, as the output `next/<input>`. */
export class CarriedState {
  /** Output to input. */
  readonly carry: Record<string, string> = {};
  /** What the inputs start from. */
  readonly initial: Record<string, Tensor> = {};
  readonly #inputs = new Map<string, Value>();

  constructor(readonly builder: Builder) {}

  /** A float32 input that starts from `initial`. */
  input(name: string, initial: Tensor): Value {
    const value = this.builder.input(name, "float32", initial.dims);
    this.initial[name] = initial;
    this.#inputs.set(name, value);
    return value;
  }

  /** A float32 input that starts from 0. */
  zeros(name: string, dims: readonly number[]): Value {
    return this.input(name, { type: "float32", dims, data: allocate("float32", sizeOf(dims)) });
  }

  /** Gives the next value of an input. Where the bool scalar `when` is false, the input stays what it is. */
  next(name: string, value: Value, when: Value | null): void {
    const before = this.#inputs.get(name);
    if (before === undefined) throw new TypeError(`Cannot carry "${name}": there is no such input`);
    this.builder.output(`next/${name}`, when === null || value === before ? value : where(when, value, before));
    this.carry[`next/${name}`] = name;
  }
}
