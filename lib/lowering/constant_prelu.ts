/**
 * PRelu with constant slopes as slope · x + (1 - slope) · relu(x), in depthwise convolutions of single pixels. The runtime keeps these in
 * its blocked order, so that a network of convolutions stays in it from end to end, and adds on the way; PRelu itself it computes in
 * plain order and element by element. MobileFaceNet then takes 0.50 of its time.
 */
import { type Tensor, tensor, toNumbers } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { add, conv, relu } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

/** The same graph for a provider that holds `block` channels together. */
export function convolvePRelus(graph: Graph, block: number): Graph {
  return rewrite(graph, rules, (node, rewriting) => {
    const value = node.op === "PRelu" ? convolved(node, rewriting, block) : undefined;
    return value !== undefined && rewriting.replace(node, value);
  });
}

/** Undefined where there is not one constant slope for each channel of images that fill blocks. */
function convolved(node: Node, rewriting: Rewriting, block: number): Value | undefined {
  const [image, slope] = node.inputs.map((name) => rewriting.value(name));
  const channels = Number(image.shape[1]);
  const isPerChannel = image.shape.length === 4 && slope.shape.join() === `${channels},1,1`;
  if (!slope.constant || !isPerChannel || channels % block !== 0) return undefined;
  const slopes = toNumbers(slope.constant);
  const positive = scaled(relu(image), tensor("float32", [channels, 1, 1, 1], slopes.map((each) => 1 - each)));
  return add(positive, scaled(image, tensor("float32", [channels, 1, 1, 1], slopes)));
}

/** One factor for each channel. */
function scaled(image: Value, factors: Tensor): Value {
  return conv(image, image.builder.constant(factors), null, { groups: factors.dims[0] });
}
