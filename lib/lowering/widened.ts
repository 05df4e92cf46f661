/**
 * Float16 arithmetic in float32, for providers without kernels for it. ONNX Runtime would put casts around every node there and
 * take some of them away again, so that of two readers of one value one sees it rounded and the other does not; a gradient that
 * asks where two values are equal then goes wrong.
 */
import { type Tensor, tensor, toNumbers } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import { cast, ONNX_TYPES } from "../ops/emit.ts";
import { intOf } from "./attributes.ts";
import { Rewriting } from "./rewrite.ts";

/** The same graph without float16 inside; inputs and outputs keep their types. */
export function widenHalves(graph: Graph): Graph {
  const isHalf = [...graph.types.values(), ...graph.constants.values()].some(({ type }) => type === "float16");
  if (!isHalf) return graph;
  const constants = new Map([...graph.constants].map(([name, data]) => [name, widened(data)]));
  const rewriting = new Rewriting({ ...graph, constants }, createBuilder());
  for (const { name } of graph.inputs) rewriting.set(name, wide(rewriting.value(name)));
  for (const node of graph.nodes) widenNode(node, rewriting);
  for (const { name, type } of graph.outputs) {
    if (type === "float16") rewriting.set(name, cast(rewriting.value(name), type));
  }
  return rewriting.finish();
}

function widenNode(node: Node, rewriting: Rewriting): void {
  const { float16, float32 } = ONNX_TYPES;
  const to = node.op === "Cast" ? intOf(node.attrs, "to", 0) : undefined;
  if (to !== float16 && to !== float32) return rewriting.keep(node);
  rewriting.replace(node, cast(rewriting.value(node.inputs[0]), "float32"));
}

function wide(value: Value): Value {
  return value.type === "float16" ? cast(value, "float32") : value;
}

function widened(data: Tensor): Tensor {
  return data.type === "float16" ? tensor("float32", data.dims, toNumbers(data)) : data;
}
