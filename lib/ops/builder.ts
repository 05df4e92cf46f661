/** Builds graphs node by node: shapes are checked as nodes are added, and what is known beforehand is computed at once. */
import { bytesOf, type DType, type Tensor } from "../base/tensor.ts";
import type { Builder, BuiltNode, EmitOptions, OpRule, Value } from "../contracts/op.ts";
import { GraphError } from "../graph/errors.ts";
import type { Attrs, Dim, Graph, Shape, TensorType } from "../graph/graph.ts";
import { type About, assemble } from "./finish.ts";
import { fold } from "./fold.ts";
import { Names } from "./names.ts";
import { qualified, Registry } from "./registry.ts";
import { rules as allRules } from "./rules/mod.ts";

/** Constants of at most this many elements are shared where they are equal. */
const SHARED_ELEMENTS = 64;

/** An empty builder. `rules` (default: all that ageline knows) say which operators it understands. */
export function createBuilder(rules: Iterable<OpRule> = allRules): GraphBuilder {
  return new GraphBuilder(rules);
}

export interface NodeOptions extends EmitOptions {
  /** Names of the values that the node makes; an empty one is left to the builder. */
  readonly names?: readonly string[];
  /** False keeps the node even where it could be computed at once. */
  readonly fold?: boolean;
}

/** The one implementation of `Builder`; `createBuilder` makes it. */
export class GraphBuilder implements Builder {
  readonly nodes: BuiltNode[] = [];
  readonly #registry: Registry;
  readonly #values = new Map<string, Value>();
  readonly #valueNames = new Names();
  readonly #nodeNames = new Names();
  readonly #inputs: Value[] = [];
  readonly #constants = new Map<string, Tensor>();
  readonly #shared = new Map<string, Value>();
  readonly #weights = new Set<Value>();
  readonly #outputs = new Map<string, Value>();

  constructor(rules: Iterable<OpRule>) {
    this.#registry = new Registry(rules);
  }

  /** The value of that name, if there is one. */
  value(name: string): Value | undefined {
    return this.#values.get(name);
  }

  /** Keeps value names for nodes that are still to come. */
  reserve(names: Iterable<string>): void {
    this.#valueNames.reserve(names);
  }

  input(name: string, type: DType, shape: readonly Dim[]): Value {
    const value = this.#add(this.#valueNames.claim(name), type, shape);
    this.#inputs.push(value);
    return value;
  }

  constant(tensor: Tensor, name?: string): Value {
    if (name !== undefined) {
      const weight = this.#store(this.#valueNames.claim(name), tensor);
      this.#weights.add(weight);
      return weight;
    }
    return this.#shareable(tensor) ?? this.#store(this.#valueNames.numbered("constant"), tensor);
  }

  /** A constant under this name that nodes may be folded over. */
  namedConstant(tensor: Tensor, name: string): Value {
    return this.#store(this.#valueNames.claim(name), tensor);
  }

  emit(op: string, inputs: readonly (Value | null)[], attrs: Attrs = {}, options: NodeOptions = {}): readonly Value[] {
    const label = options.name ?? op;
    const rule = this.#registry.get(op, options.domain ?? "", label);
    const node = { rule, attrs, inputs: withoutTrailingNulls(inputs) };
    for (const input of node.inputs) this.#own(input, `add ${op} "${label}"`);
    const types = this.#infer(label, node, options.outputs ?? options.names?.length ?? 1);
    const known = node.inputs.map((input) => this.#foldable(input));
    const data = options.fold === false ? undefined : fold(rule, node.inputs, known, attrs, types);
    if (data !== undefined) return data.map((tensor, i) => this.#folded(tensor, options.names?.[i]));
    const name = options.name === undefined ? this.#nodeNames.numbered(op) : this.#nodeNames.near(options.name);
    const outputs = types.map((type, i) => {
      const usual = types.length === 1 ? name : `${name}.${i}`;
      return this.#add(this.#outputName(usual, options.names?.[i]), type.type, type.shape);
    });
    this.nodes.push({ name, ...node, outputs });
    return outputs;
  }

  output(name: string, value: Value): void {
    this.#own(value, `declare output "${name}"`);
    if (this.#outputs.has(name)) throw new GraphError(`Cannot declare output "${name}": there is one of that name`);
    this.#outputs.set(name, value);
  }

  finish(about: About = {}): Graph {
    return assemble(
      { inputs: this.#inputs, constants: this.#constants, nodes: this.nodes, outputs: this.#outputs },
      about,
    );
  }

  #add(name: string, type: DType, shape: Shape, constant?: Tensor): Value {
    const value: Value = { name, type, shape, builder: this, ...(constant === undefined ? {} : { constant }) };
    this.#values.set(name, value);
    return value;
  }

  #store(name: string, tensor: Tensor): Value {
    this.#constants.set(name, tensor);
    return this.#add(name, tensor.type, tensor.dims, tensor);
  }

  /** The one constant of these elements; undefined where they are too many to compare. */
  #shareable(tensor: Tensor): Value | undefined {
    if (tensor.data.length > SHARED_ELEMENTS) return undefined;
    const key = `${tensor.type}[${tensor.dims}]${bytesOf(tensor)}`;
    const known = this.#shared.get(key) ?? this.#store(this.#valueNames.numbered("constant"), tensor);
    this.#shared.set(key, known);
    return known;
  }

  #folded(tensor: Tensor, name: string | undefined): Value {
    return name ? this.namedConstant(tensor, name) : this.constant(tensor);
  }

  #outputName(usual: string, wished: string | undefined): string {
    return wished ? this.#valueNames.claim(wished) : this.#valueNames.near(usual);
  }

  #foldable(value: Value | null): Tensor | undefined {
    return value === null || this.#weights.has(value) ? undefined : value.constant;
  }

  #infer(label: string, node: Omit<BuiltNode, "name" | "outputs">, outputs: number): readonly TensorType[] {
    const constants = node.inputs.map((input) => input?.constant);
    try {
      return node.rule.infer(node.inputs, node.attrs, constants, outputs);
    } catch (error) {
      if (!(error instanceof GraphError || error instanceof TypeError)) throw error;
      const name = qualified(node.rule.type, node.rule.domain ?? "");
      const got = node.inputs.map(typeText).join(", ");
      throw new GraphError(`Cannot add ${name} "${label}" to (${got}): ${error.message}`, { cause: error });
    }
  }

  /** @throws GraphError where `value` comes from another builder. */
  #own(value: Value | null, action: string): void {
    if (value !== null && value.builder !== this) {
      throw new GraphError(`Cannot ${action}: value "${value.name}" belongs to another graph, use one of this graph`);
    }
  }
}

function withoutTrailingNulls(inputs: readonly (Value | null)[]): readonly (Value | null)[] {
  return inputs.slice(0, inputs.findLastIndex((input) => input !== null) + 1);
}

function typeText(value: Value | null): string {
  return value === null ? "none" : `${value.name}: ${value.type}[${value.shape.join(",")}]`;
}
