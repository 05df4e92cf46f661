/** Finds the nodes that read a value. */
import type { Graph, Node } from "../graph/graph.ts";

export class Consumers {
  readonly #nodes = new Map<string, Node[]>();
  readonly #outputs: ReadonlySet<string>;

  constructor(graph: Graph) {
    this.#outputs = new Set(graph.outputs.map((output) => output.name));
    for (const node of graph.nodes) {
      for (const input of new Set(node.inputs)) {
        const known = this.#nodes.get(input);
        if (known) known.push(node);
        else this.#nodes.set(input, [node]);
      }
    }
  }

  of(name: string): readonly Node[] {
    return this.#nodes.get(name) ?? [];
  }

  isOutput(name: string): boolean {
    return this.#outputs.has(name);
  }

  /** The node that alone reads `name`, if it is one of operator `op` and `name` is no output of the graph. */
  only(name: string, op: string): Node | undefined {
    const [node, ...others] = this.of(name);
    return node?.op === op && others.length === 0 && !this.isOutput(name) ? node : undefined;
  }
}
