/** Files of others in the forms that the operators' rules are written for. */
import { type Graph, OPSET } from "../../lib/graph/graph.ts";
import { canonicalise } from "../../lib/ops/canonical.ts";
import type { NumbersByName } from "../../lib/ops/evaluate.ts";
import { Registry } from "../../lib/ops/registry.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

/** A graph that is brought into those forms for the shapes that it is fed, as often as these change. */
export class OwnForms {
  readonly #isOwn: boolean;
  #shapes = "";
  #bound: Graph | undefined;

  constructor(readonly graph: Graph) {
    this.#isOwn = isOwn(graph);
  }

  /**
   * The graph itself where it is written in our forms already.
   * @throws UserError on an operator set that is too old or too new. @throws GraphError on an unknown operator or a misfit.
   */
  boundTo(feeds: NumbersByName): Graph {
    if (this.#isOwn) return this.graph;
    const inputs = Object.fromEntries(Object.entries(feeds).map(([name, { dims }]) => [name, dims]));
    const shapes = JSON.stringify(inputs);
    if (this.#bound === undefined || shapes !== this.#shapes) this.#bound = canonicalise(this.graph, { inputs });
    this.#shapes = shapes;
    return this.#bound;
  }
}

/** Constant nodes, arguments of other operator sets and the like have no rule: they are worked out before. */
function isOwn({ nodes, opsets }: Graph): boolean {
  const registry = new Registry(rules);
  return opsets[""] === OPSET && nodes.every(({ op, domain }) => registry.find(op, domain) !== undefined);
}
