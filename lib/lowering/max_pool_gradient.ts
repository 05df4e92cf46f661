/**
 * Finds gradients of MaxPool: windows laid out by a grouped Conv with one-hot filters, compared with the maximum, and added up
 * again by its adjoint.
 */
import type { Graph, Node } from "../graph/graph.ts";
import { rules } from "../ops/rules/mod.ts";
import { intOf } from "./attributes.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { Producers, rewrite } from "./rewrite.ts";

/** Names every such group of nodes `MaxPoolGradient`. */
export function recogniseMaxPoolGradients(graph: Graph): Graph {
  const producers = new Producers(graph);
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    const found = pooledGradient(node, producers);
    if (found === undefined) return false;
    const { pool, dy } = found;
    const inputs = [pool.inputs[0], pool.outputs[0], dy].map((name) => rewriting.value(name));
    const [value] = rewriting.builder.emit("MaxPoolGradient", inputs, pool.attrs, {
      domain: COMPOSITE,
      name: node.name,
    });
    return rewriting.replace(node, value);
  });
}

interface Found {
  readonly pool: Node;
  readonly dy: string;
}

/** Follows the operands from the adjoint back to the pooling. */
function pooledGradient(adjoint: Node, producers: Producers): Found | undefined {
  if (adjoint.op !== "ConvTranspose" || intOf(adjoint.attrs, "group", 1) === 1) return undefined;
  const parts = through(adjoint.inputs[0], ["Reshape", "Mul"], producers);
  const hits = parts && producers.of(parts.inputs[0], "Cast");
  const equal = hits && producers.of(hits.inputs[0], "Equal");
  const share = parts && producers.of(parts.inputs[1], "Div");
  if (!equal || !share) return undefined;
  const columns = through(equal.inputs[0], ["Reshape", "Conv"], producers);
  const pool = through(equal.inputs[1], ["Unsqueeze", "MaxPool"], producers);
  const dy = producers.of(share.inputs[0], "Unsqueeze");
  if (!columns || !pool || !dy || columns.inputs[1] !== adjoint.inputs[1]) return undefined;
  return { pool, dy: dy.inputs[0] };
}

/** The last of a chain of producers of these operators, each the first operand of the one before. */
function through(name: string, ops: readonly string[], producers: Producers): Node | undefined {
  let node: Node | undefined;
  for (const op of ops) {
    node = producers.of(node ? node.inputs[0] : name, op);
    if (node === undefined) return undefined;
  }
  return node;
}
