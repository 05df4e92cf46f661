/** What can be told of the values of a graph before it runs. */
import { UserError } from "../../base/errors.ts";
import type { DType, Tensor } from "../../base/tensor.ts";
import type { Value } from "../../contracts/op.ts";
import { bindShapes } from "../../graph/bind.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Graph, Node, Shape } from "../../graph/graph.ts";
import { graphBuilderFrom } from "../../ops/canonical.ts";
import { constantOf } from "../../ops/import/constants.ts";

interface Type {
  readonly type: DType;
  readonly shape?: Shape;
}

/** Constants, types and uses of the values of a graph, and of the graphs around it. */
export class Known {
  readonly #graph: Graph;
  readonly #outer: Known | undefined;
  readonly #constants: Map<string, Tensor>;
  readonly #types: Map<string, Type>;
  readonly #used: ReadonlySet<string>;
  #readers: ReadonlyMap<string, readonly Node[]> | undefined;
  #inferred: ((name: string) => Value) | null | undefined;

  constructor(graph: Graph, outer?: Known) {
    this.#graph = graph;
    this.#outer = outer;
    this.#constants = new Map([...graph.constants, ...graph.nodes.flatMap(constantMade)]);
    this.#types = new Map<string, Type>(graph.types);
    for (const info of [...graph.inputs, ...graph.outputs]) this.#types.set(info.name, info);
    this.#used = usedValues(graph);
  }

  constant(name: string): Tensor | undefined {
    return this.#constants.get(name) ?? this.#outer?.constant(name);
  }

  /** The data of a value that is constant, or that nodes compute from constants and static lengths alone. */
  settled(name: string): Tensor | undefined {
    return this.constant(name) ?? this.#outer?.settled(name) ?? this.#infer(name)?.constant;
  }

  /** The element type of a value, as far as it is told or can be inferred. */
  type(name: string): DType | undefined {
    return this.#typeOf(name)?.type;
  }

  /** Its shape likewise. */
  shape(name: string): Shape | undefined {
    return this.#typeOf(name)?.shape;
  }

  /** Whether some node or the caller reads the value. */
  isUsed(name: string): boolean {
    return this.#used.has(name);
  }

  /** The nodes of this graph that read the value, one for each time. */
  readers(name: string): readonly Node[] {
    this.#readers ??= readersByValue(this.#graph);
    return this.#readers.get(name) ?? [];
  }

  /** Tells of a value that a repair makes. */
  learn(name: string, made: { readonly constant?: Tensor; readonly type?: Type }): void {
    if (made.constant) this.#constants.set(name, made.constant);
    if (made.type) this.#types.set(name, made.type);
  }

  #typeOf(name: string): Type | undefined {
    const constant = this.#constants.get(name);
    if (constant) return { type: constant.type, shape: constant.dims };
    const told = this.#types.get(name);
    if (told?.shape) return told;
    return this.#outer === undefined ? this.#infer(name) ?? told : this.#outer.#typeOf(name) ?? told;
  }

  /** From the shapes of the inputs, where ageline knows all operators. */
  #infer(name: string): Value | undefined {
    if (this.#inferred === undefined) {
      this.#inferred = whereKnown(() => graphBuilderFrom(bindShapes(this.#graph, {})).value) ?? null;
    }
    return whereKnown(() => this.#inferred?.(name));
  }
}

/** Undefined where ageline does not know an operator or a value. */
function whereKnown<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if (error instanceof GraphError || error instanceof UserError) return undefined;
    throw error;
  }
}

function readersByValue(graph: Graph): ReadonlyMap<string, readonly Node[]> {
  const readers = new Map<string, Node[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      const known = readers.get(name);
      if (known) known.push(node);
      else readers.set(name, [node]);
    }
  }
  return readers;
}

/** What a Constant node makes, unless it is text. */
function constantMade(node: Node): readonly (readonly [string, Tensor])[] {
  if (node.op !== "Constant" || node.domain !== "") return [];
  const isText = Object.values(node.attrs).some(({ kind }) => kind === "string" || kind === "strings");
  return isText ? [] : [[node.outputs[0], constantOf(node)]];
}

/** Names of the values that nodes, also those of inner graphs, and outputs read. */
export function usedValues(graph: Graph): ReadonlySet<string> {
  const used = new Set(graph.outputs.map((output) => output.name));
  for (const node of graph.nodes) {
    for (const name of node.inputs) used.add(name);
    for (const attr of Object.values(node.attrs)) {
      if (attr.kind === "graph") { for (const name of usedValues(attr.value)) used.add(name); }
    }
  }
  return used;
}
