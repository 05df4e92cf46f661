/** Scopes: where blocks declare their parameters, and how those become values of the graph that is being built. */
import type { DType } from "../base/tensor.ts";
import type { Initializer, Scope } from "../contracts/model.ts";
import type { Builder, Value } from "../contracts/op.ts";

/** A tensor that a model keeps between steps. */
export interface ModelTensor {
  /** The path of its scope joined with dots, e.g. `layer1.0.conv1.weight`. */
  readonly name: string;
  /** A parameter is trained, a buffer is kept. */
  readonly kind: "parameter" | "buffer";
  readonly shape: readonly number[];
  readonly init: Initializer;
  /** Whether weight decay applies. */
  readonly decay: boolean;
}

/** Random numbers that every step takes anew. */
export interface Noise {
  /** The graph input, `noise/<path>`. */
  readonly name: string;
  readonly shape: readonly number[];
}

/** A declared tensor with its value in the graph. */
export interface Declared extends ModelTensor {
  readonly value: Value;
}

export interface ScopeOptions {
  readonly builder: Builder;
  readonly training: boolean;
  /** Whether batch normalisation in the scope of this path uses the statistics of the batch; default: while training. */
  readonly batchStatistics?: (path: string) => boolean;
  /** Makes the value of a declared tensor: a graph input while training, a named constant for inference. */
  readonly place: (tensor: ModelTensor) => Value;
  /** Element type of random numbers; default float32. */
  readonly type?: DType;
}

/** All that the scopes of one model declared, in the order in which they did. */
export class ModelDeclarations {
  readonly tensors = new Map<string, Declared>();
  readonly updates = new Map<string, Value>();
  readonly noise: Noise[] = [];

  constructor(readonly options: ScopeOptions) {}

  /** The scope without a prefix. */
  root(): Scope {
    return new TreeScope(this, "");
  }

  of(kind: ModelTensor["kind"]): readonly Declared[] {
    return [...this.tensors.values()].filter((tensor) => tensor.kind === kind);
  }

  declare(tensor: ModelTensor): Value {
    if (this.tensors.has(tensor.name)) {
      throw new TypeError(`Cannot declare the ${tensor.kind} "${tensor.name}": there is one of that name`);
    }
    const value = this.options.place(tensor);
    this.tensors.set(tensor.name, { ...tensor, value });
    return value;
  }

  update(name: string, value: Value): void {
    if (this.tensors.get(name)?.kind !== "buffer") {
      throw new TypeError(`Cannot update "${name}": it is not a declared buffer`);
    }
    this.updates.set(name, value);
  }

  uniform(path: string, shape: readonly number[]): Value {
    if (!this.options.training) throw new TypeError(`Cannot draw "${path}": only training is random`);
    const name = `noise/${path}`;
    this.noise.push({ name, shape });
    return this.options.builder.input(name, this.options.type ?? "float32", shape);
  }
}

class TreeScope implements Scope {
  constructor(private readonly model: ModelDeclarations, private readonly path: string) {}

  get builder(): Builder {
    return this.model.options.builder;
  }

  get training(): boolean {
    return this.model.options.training;
  }

  get batchStatistics(): boolean {
    const { training, batchStatistics } = this.model.options;
    return batchStatistics?.(this.path) ?? training;
  }

  child(name: string | number): Scope {
    return new TreeScope(this.model, this.join(name));
  }

  parameter(name: string, shape: readonly number[], init: Initializer, options: { decay?: boolean } = {}): Value {
    const decay = options.decay ?? shape.length > 1;
    return this.model.declare({ name: this.join(name), kind: "parameter", shape, init, decay });
  }

  buffer(name: string, shape: readonly number[], init: Initializer): Value {
    return this.model.declare({ name: this.join(name), kind: "buffer", shape, init, decay: false });
  }

  update(name: string, value: Value): void {
    this.model.update(this.join(name), value);
  }

  uniform(name: string, shape: readonly number[]): Value {
    return this.model.uniform(this.join(name), shape);
  }

  private join(name: string | number): string {
    return this.path === "" ? String(name) : `${this.path}.${name}`;
  }
}
