/** The order in which ONNX Runtime runs the nodes of a graph. */
import type { Graph, Node } from "../graph/graph.ts";

/**
 * Its default order (`GraphViewer` in onnxruntime/core/graph/graph_viewer.cc): depth first from the nodes that no other node reads,
 * the last one first, and from each node to its inputs, the last made first; a node is done when all its inputs are.
 */
export function runtimeOrder({ nodes }: Graph): readonly Node[] {
  const maker = new Map(nodes.flatMap((node, i) => node.outputs.map((name) => [name, i] as const)));
  const makers = nodes.map((node) => makersOf(node, maker));
  const read = new Set(makers.flat());
  const order: Node[] = [];
  const seen = new Set<number>();
  const stack = nodes.flatMap((_, i) => (read.has(i) ? [] : [{ at: i, done: false }]));
  while (stack.length > 0) {
    const { at, done } = stack.pop()!;
    if (done) order.push(nodes[at]);
    if (done || seen.has(at)) continue;
    seen.add(at);
    stack.push({ at, done: true });
    for (const input of makers[at]) if (!seen.has(input)) stack.push({ at: input, done: false });
  }
  return order;
}

/** Positions of the nodes that make a node's inputs, ascending. */
function makersOf(node: Node, maker: ReadonlyMap<string, number>): readonly number[] {
  const found = node.inputs.filter((name) => name !== "").map((name) => maker.get(name));
  return [...new Set(found.filter((at) => at !== undefined))].sort((a, b) => a - b);
}
