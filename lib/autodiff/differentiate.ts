import type { OpRule } from "../contracts/op.ts";
import { nearest } from "../base/errors.ts";
import { GraphError } from "../graph/errors.ts";
import type { Graph } from "../graph/graph.ts";
import { graphBuilderFrom } from "../ops/canonical.ts";
import { gradients } from "./gradients.ts";

/** What to differentiate, by value names of the graph. */
export interface Differentiation {
  /** A floating-point value of one element. */
  readonly loss: string;
  /** Graph inputs, initializers or inner values. */
  readonly wrt: readonly string[];
}

/**
 * `graph` with one more output `grad/<name>` for each name in `wrt`: the gradient of `loss`, of the shape and type of the
 * value. Any graph of known operators will do, ours or imported; the result is in the forms of our operator set.
 * @throws GraphError on an unknown name or operator, a loss that is no scalar, or an operator without a gradient on the way.
 */
export function differentiate(graph: Graph, { loss, wrt }: Differentiation, rules?: Iterable<OpRule>): Graph {
  checkNames(graph, [loss, ...wrt]);
  const opened = graphBuilderFrom(graph, rules, wrt);
  for (const { name } of graph.outputs) opened.builder.output(name, opened.value(name));
  const found = gradients(opened.value(loss), wrt.map((name) => opened.value(name)));
  wrt.forEach((name, i) => opened.builder.output(`grad/${name}`, found[i]));
  return opened.builder.finish({ name: graph.name, metadata: graph.metadata, doc: graph.doc });
}

function checkNames(graph: Graph, names: readonly string[]): void {
  const made = graph.nodes.flatMap((node) => node.outputs);
  const known = new Set([...graph.inputs.map((input) => input.name), ...graph.constants.keys(), ...made]);
  for (const name of names) {
    if (known.has(name)) continue;
    const near = nearest(name, known);
    const hint = near === undefined ? "name an input, an initializer or a node's output" : `did you mean "${near}"?`;
    throw new GraphError(`Cannot differentiate "${name}": the graph has no such value, ${hint}`);
  }
}
