/** Providers that are wrong in one place, made of `wasm`. */
import type { OpenOptions, Provider, Session } from "../../lib/contracts/provider.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import type { Graph, Node } from "../../lib/graph/graph.ts";
import { scalar } from "../../lib/base/tensor.ts";
import { createProvider } from "../../runners/providers/mod.ts";

/** `wasm` under another name that opens `change(graph)` in the place of each graph. */
export function fake(change: (graph: Graph) => Graph): Provider {
  const wasm = createProvider("wasm");
  return {
    ...wasm,
    name: "cpu",
    open: (model: Uint8Array, options?: OpenOptions): Promise<Session> =>
      wasm.open(encodeModel(change(decodeModel(model))), options),
  };
}

/** The graph with the results of some nodes multiplied by `factor`. */
export function scaled(graph: Graph, isBroken: (node: Node) => boolean, factor: number): Graph {
  const constants = new Map(graph.constants).set("factor", scalar("float32", factor));
  const nodes = graph.nodes.flatMap((node) => {
    if (!isBroken(node)) return [node];
    const [made] = node.outputs;
    const inner = `${made}/right`;
    const inputs = [inner, "factor"];
    return [{ ...node, outputs: [inner] }, { ...node, name: inner, op: "Mul", inputs, outputs: [made], attrs: {} }];
  });
  return { ...graph, nodes, constants };
}
