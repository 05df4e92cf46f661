/**
 * Finds gradients of MaxPool: windows laid out by a Conv with one-hot filters on single planes, compared with the maximum, and added up
 * again by its adjoint.
 */
import type { Graph, Node } from "../graph/graph.ts";
import { rules } from "../ops/rules/mod.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { Producers, rewrite } from "./rewrite.ts";

/** Names every such group of nodes `MaxPoolGradient`; ranks other than 2-D stay as they are. */
export function recogniseMaxPoolGradients(graph: Graph): Graph {
  const producers = new Producers(graph);
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    const found = pooledGradient(node, producers);
    if (found === undefined) return false;
    const { pool, dy } = found;
    const [x, y, gradient] = [pool.inputs[0], pool.outputs[0], dy].map((name) => rewriting.value(name));
    if (x.shape.length !== 4 || gradient.shape.join() !== y.shape.join()) return false;
    const [value] = rewriting.builder.emit("MaxPoolGradient", [x, y, gradient], pool.attrs, { domain: COMPOSITE });
    return rewriting.replace(node, value);
  });
}

interface Found {
  readonly pool: Node;
  readonly dy: string;
}

/** Follows the operands from the last node back to the pooling. */
function pooledGradient(last: Node, producers: Producers): Found | undefined {
  if (last.op !== "Reshape") return undefined;
  const adjoint = producers.of(last.inputs[0], "ConvTranspose");
  const parts = adjoint && producers.of(adjoint.inputs[0], "Mul");
  const hits = parts && producers.of(parts.inputs[0], "Cast");
  const equal = hits && producers.of(hits.inputs[0], "Equal");
  const share = parts && producers.of(parts.inputs[1], "Div");
  if (!equal || !share) return undefined;
  const columns = producers.of(equal.inputs[0], "Conv");
  const maximum = producers.of(equal.inputs[1], "Reshape");
  const pool = maximum && producers.of(maximum.inputs[0], "MaxPool");
  const dy = producers.of(share.inputs[0], "Reshape");
  if (!columns || !pool || !dy || columns.inputs[1] !== adjoint.inputs[1]) return undefined;
  return { pool, dy: dy.inputs[0] };
}
