/** The values of a graph that are still needed, as one computer has them. */
import type { Graph } from "../graph/graph.ts";
import type { NumbersByName } from "../ops/evaluate.ts";
import { inputsOf } from "./parts.ts";

export class Values {
  #live: NumbersByName;
  readonly #lastUse = new Map<string, number>();

  /** @param feeds the inputs of the graph. */
  constructor(private readonly graph: Graph, feeds: NumbersByName) {
    this.#live = feeds;
    graph.nodes.forEach((node, at) => {
      for (const name of inputsOf(node)) this.#lastUse.set(name, at);
    });
    for (const { name } of graph.outputs) this.#lastUse.set(name, Infinity);
  }

  /** What a part of the graph takes. */
  for(part: Graph): NumbersByName {
    return Object.fromEntries(part.inputs.map(({ name }) => [name, this.#live[name]]));
  }

  /** Takes what a part made, and forgets what no node after the first `done` reads. */
  add(made: NumbersByName, done: number): void {
    const all = Object.entries({ ...this.#live, ...made });
    this.#live = Object.fromEntries(all.filter(([name]) => (this.#lastUse.get(name) ?? -1) >= done));
  }

  /** Those of the graph's outputs that were made. */
  outputs(): NumbersByName {
    const made = this.graph.outputs.filter(({ name }) => name in this.#live);
    return Object.fromEntries(made.map(({ name }) => [name, this.#live[name]]));
  }
}
