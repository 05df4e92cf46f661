/**
 * Gradients of convolutions by a dy that is scaled per channel: the gradient of the weight is scaled instead, and that of the input
 * taken with scaled filters. It saves the pass that scales dy.
 */
import type { Value } from "../contracts/op.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { mul, reshape } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { Producers, rewrite, type Rewriting } from "./rewrite.ts";

/** The same graph, with equal weight gradients computed once; weight gradients must be recognised. */
export function unscaleGradients(graph: Graph): Graph {
  const producers = new Producers(graph);
  const known = new Map<string, Value>();
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    if (node.op === "ConvWeightGradient") return weightGradient(node, producers, rewriting, known);
    return node.op === "ConvTranspose" && inputGradient(node, producers, rewriting);
  });
}

function weightGradient(node: Node, producers: Producers, rewriting: Rewriting, known: Map<string, Value>): boolean {
  const scaled = scaledImage(node.inputs[1], producers, rewriting);
  const dy = scaled?.image ?? node.inputs[1];
  const key = JSON.stringify([node.inputs[0], dy, node.attrs]);
  const inputs = [rewriting.value(node.inputs[0]), rewriting.value(dy)];
  const gradient = known.get(key) ??
    rewriting.builder.emit("ConvWeightGradient", inputs, node.attrs, { domain: COMPOSITE, name: node.name })[0];
  known.set(key, gradient);
  return rewriting.replace(node, scaled ? mul(gradient, perFilter(scaled.factor)) : gradient);
}

function inputGradient(node: Node, producers: Producers, rewriting: Rewriting): boolean {
  const scaled = node.inputs[2] ? undefined : scaledImage(node.inputs[0], producers, rewriting);
  if (!scaled) return false;
  const weight = mul(rewriting.value(node.inputs[1]), perFilter(scaled.factor));
  const inputs = [rewriting.value(scaled.image), weight];
  return rewriting.replace(node, rewriting.builder.emit("ConvTranspose", inputs, node.attrs, { name: node.name })[0]);
}

/** What an image [N,C,H,W] is a product of, if it is one with a factor per channel. */
function scaledImage(
  name: string,
  producers: Producers,
  rewriting: Rewriting,
): { readonly image: string; readonly factor: Value } | undefined {
  const product = producers.of(name, "Mul");
  if (!product) return undefined;
  const [image, factor] = [product.inputs[0], rewriting.value(product.inputs[1])];
  const { shape } = rewriting.value(image);
  const fits = shape.length === 4 && ["", "1,"].some((lead) => factor.shape.join() === `${lead}${shape[1]},1,1`);
  return fits ? { image, factor } : undefined;
}

/** One factor for each filter, against weights [K,C,kH,kW]. */
export function perFilter(factor: Value): Value {
  const count = factor.shape.map(Number).reduce((a, b) => a * b, 1);
  return reshape(factor, [count, 1, 1, 1]);
}
