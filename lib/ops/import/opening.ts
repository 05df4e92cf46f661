/** Carries the values of a finished graph over into a builder. */
import type { Value } from "../../contracts/op.ts";
import { isFloat, type Tensor } from "../../base/tensor.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Graph, Node } from "../../graph/graph.ts";
import type { GraphBuilder } from "../builder.ts";
import type { Changes } from "./upgrade.ts";

/** A builder that holds a graph, with the graph's values by their names. */
export interface Reopened {
  readonly builder: GraphBuilder;
  /** The value that bears this name in the graph. @throws GraphError where there is none. */
  readonly value: (name: string) => Value;
}

/** A builder that takes over a graph node by node. */
export class Opening implements Reopened {
  readonly #values = new Map<string, Value>();
  readonly #kept: ReadonlySet<string>;

  /** `kept` names values that must stay values, even where they could be computed at once. */
  constructor(graph: Graph, readonly builder: GraphBuilder, kept: Iterable<string>) {
    this.#kept = new Set(kept);
    builder.reserve(graph.nodes.flatMap((node) => node.outputs));
    for (const { name, type, shape } of graph.inputs) {
      if (graph.constants.has(name)) continue;
      if (shape === undefined) {
        throw new GraphError(`Cannot open graph "${graph.name}": input "${name}" has no shape, bind it to one`);
      }
      this.set(name, builder.input(name, type, shape));
    }
    for (const [name, data] of graph.constants) this.set(name, this.constant(name, data, isWeight(data)));
  }

  /** Adds a constant under its name; nothing is folded over weights and kept values. */
  constant(name: string, data: Tensor, isWeight: boolean): Value {
    const stays = isWeight || this.#kept.has(name);
    return stays ? this.builder.constant(data, name) : this.builder.namedConstant(data, name);
  }

  readonly value = (name: string): Value => {
    const value = this.#values.get(name);
    if (value === undefined) throw new GraphError(`Cannot find value "${name}": no node, input or constant makes it`);
    return value;
  };

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** The inputs of a node as values of the builder. */
  inputs(node: Node): readonly (Value | null)[] {
    return node.inputs.map((name) => (name === "" ? null : this.value(name)));
  }

  /** Adds a node that makes the outputs of `node` under their names; what `changes` leaves out is as in `node`. */
  keep(node: Node, changes: Changes = {}): readonly Value[] {
    const { op = node.op, inputs = this.inputs(node), attrs = node.attrs, outputs = node.outputs.length } = changes;
    const used = node.outputs.slice(0, outputs);
    const names = used.slice(0, used.findLastIndex((name) => name !== "") + 1);
    const domain = op === node.op ? node.domain : "";
    const fold = !names.some((name) => this.#kept.has(name));
    return this.builder.emit(op, inputs, attrs, {
      domain,
      names,
      fold,
      name: node.name === "" ? undefined : node.name,
    });
  }
}

/** Floating-point initializers may be trained. A float64 scalar is a setting that PyTorch wrote down. */
function isWeight({ type, dims }: Tensor): boolean {
  return isFloat(type) && (type !== "float64" || dims.length > 0);
}
