/** The judge: every operator in float64 by its own definition, slow and plain. */
import type { Tensors } from "../../lib/base/tensor.ts";
import { UserError } from "../../lib/base/errors.ts";
import type { OpenOptions, Provider, Session } from "../../lib/contracts/provider.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { evaluateNumbers, type NumbersByName } from "../../lib/ops/evaluate.ts";
import { numbersOf, tensorOf } from "../../lib/ops/numbers.ts";
import { OwnForms } from "./own_forms.ts";
import { Queue } from "./queue.ts";
import { checkNames } from "./runtime_session.ts";

export function reference(): Provider {
  const queue = new Queue();
  return {
    name: "reference",
    numericClass: () => Promise.resolve("reference float64"),
    unavailable: () => Promise.resolve(undefined),
    open: (model, options) =>
      queue.run(() => Promise.resolve(new ReferenceSession(decodeModel(model), queue, options))),
  };
}

class ReferenceSession implements Session {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #forms: OwnForms;
  readonly #queue: Queue;
  /** Output to input. */
  readonly #carry: Readonly<Record<string, string>>;
  /** Carried values by input name, not rounded. */
  #kept: NumbersByName = {};
  #closed = false;

  constructor(graph: Graph, queue: Queue, options?: OpenOptions) {
    this.#forms = new OwnForms(graph);
    this.#queue = queue;
    this.#carry = options?.carry ?? {};
    this.inputs = graph.inputs.map((input) => input.name).filter((name) => !graph.constants.has(name));
    this.outputs = graph.outputs.map((output) => output.name);
    checkNames("output", Object.keys(this.#carry), this.outputs);
    checkNames("input", Object.values(this.#carry), this.inputs);
  }

  run(feeds: Tensors, fetches?: readonly string[]): Promise<Tensors> {
    return this.#queue.run(() => Promise.resolve(this.#run(feeds, fetches ?? this.#plainOutputs())));
  }

  carried(names: readonly string[] = Object.values(this.#carry)): Promise<Tensors> {
    return this.#queue.run(() => {
      for (const name of names) this.#checkValue(name, this.#kept);
      return Promise.resolve(Object.fromEntries(names.map((name) => [name, tensorOf(this.#kept[name])])));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#queue.run(() => {
      this.#closed = true;
      this.#kept = {};
      return Promise.resolve();
    });
  }

  #run(feeds: Tensors, fetches: readonly string[]): Tensors {
    if (this.#closed) throw new UserError('Cannot run the model on "reference": its session is closed');
    checkNames("input", Object.keys(feeds), this.inputs);
    checkNames("output", fetches, this.outputs);
    const fed = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, numbersOf(value)]));
    const given = { ...this.#kept, ...fed };
    for (const name of this.inputs) this.#checkValue(name, given);
    const wanted = [...new Set([...fetches, ...Object.keys(this.#carry)])];
    const made = evaluateNumbers(this.#forms.boundTo(given), given, wanted);
    this.#kept = Object.fromEntries(Object.entries(this.#carry).map(([output, input]) => [input, made[output]]));
    return Object.fromEntries(fetches.map((name) => [name, tensorOf(made[name])]));
  }

  #checkValue(name: string, values: NumbersByName): void {
    if (values[name] !== undefined) return;
    throw new UserError(`Cannot run the model on "reference": input "${name}" has no value, feed it`);
  }

  #plainOutputs(): readonly string[] {
    return this.outputs.filter((name) => !(name in this.#carry));
  }
}
