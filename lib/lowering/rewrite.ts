/** Walks a graph node by node into a new one; each rewrite decides for each node what takes its place. */
import { isFloat } from "../base/tensor.ts";
import type { OpRule, Value } from "../contracts/op.ts";
import { GraphError } from "../graph/errors.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { createBuilder, type GraphBuilder } from "../ops/builder.ts";

/** Adds what takes the place of `node` and returns true, or returns false: then the node is added as it is. */
export type Visit = (node: Node, rewriting: Rewriting) => boolean;

/** The graph that `visit` makes of `graph`, with the same inputs and outputs; nodes that are no longer needed are gone. */
export function rewrite(graph: Graph, rules: Iterable<OpRule>, visit: Visit): Graph {
  const rewriting = new Rewriting(graph, createBuilder(rules));
  for (const node of graph.nodes) {
    if (!visit(node, rewriting)) rewriting.keep(node);
  }
  return rewriting.finish();
}

/** The new graph so far, with the values that stand for those of the old one. */
export class Rewriting {
  readonly #values = new Map<string, Value>();
  readonly #graph: Graph;

  constructor(graph: Graph, readonly builder: GraphBuilder) {
    this.#graph = graph;
    for (const { name, type, shape } of graph.inputs) {
      if (shape === undefined) {
        throw new GraphError(`Cannot lower the graph: its input "${name}" has no shape, give it one`);
      }
      this.set(name, builder.input(name, type, shape));
    }
    for (const [name, data] of graph.constants) {
      const isWeight = isFloat(data.type) && data.dims.length > 0;
      this.set(name, isWeight ? builder.constant(data, name) : builder.namedConstant(data, name));
    }
  }

  /** What stands for the value of this name of the old graph. */
  value(name: string): Value {
    const value = this.#values.get(name);
    if (value === undefined) {
      throw new GraphError(`Cannot find the value "${name}": no node, input or constant makes it`);
    }
    return value;
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  /** Adds the node as it is. */
  keep(node: Node): void {
    const inputs = node.inputs.map((name) => (name === "" ? null : this.value(name)));
    const { domain, name, outputs } = node;
    const made = this.builder.emit(node.op, inputs, node.attrs, { domain, name, outputs: outputs.length });
    outputs.forEach((output, i) => {
      if (output !== "") this.set(output, made[i]);
    });
  }

  /** Puts `value` in the place of the one output of `node`. */
  replace(node: Node, value: Value): true {
    this.set(node.outputs[0], value);
    return true;
  }

  finish(): Graph {
    for (const { name } of this.#graph.outputs) this.builder.output(name, this.value(name));
    const { name, metadata, doc } = this.#graph;
    return this.builder.finish({ name, metadata, doc });
  }
}

/** Finds the node that makes a value. */
export class Producers {
  readonly #nodes = new Map<string, Node>();

  constructor(graph: Graph) {
    for (const node of graph.nodes) {
      for (const output of node.outputs) this.#nodes.set(output, node);
    }
  }

  /** The node that makes `name`, if it is one of operator `op`. */
  of(name: string, op: string): Node | undefined {
    const node = this.#nodes.get(name);
    return node?.op === op ? node : undefined;
  }
}
