/**
 * Finds gradients of PRelu, which autodiff writes with comparisons and selections: slow passes over memory, of which the mask alone
 * takes longer than all that `blocked_prelu.ts` makes of them.
 */
import type { Graph, Node } from "../graph/graph.ts";
import { toNumbers } from "../base/tensor.ts";
import { rules } from "../ops/rules/mod.ts";
import { intOf } from "./attributes.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { Producers, rewrite, type Rewriting } from "./rewrite.ts";

/** Names dy · (x > 0 ? 1 : slope) `PReluGradient`, and its sum of dy · min(x, 0) per channel `PReluSlopeGradient`. */
export function recognisePReluGradients(graph: Graph): Graph {
  const producers = new Producers(graph);
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    return inputGradient(node, producers, rewriting) || slopeGradient(node, producers, rewriting);
  });
}

function inputGradient(node: Node, producers: Producers, rewriting: Rewriting): boolean {
  if (node.op !== "Mul") return false;
  const [dy, leak] = node.inputs;
  const choice = producers.of(leak, "Where");
  const positive = choice && producers.of(choice.inputs[0], "Greater");
  if (!positive || !isNumber(rewriting, positive.inputs[1], 0) || !isNumber(rewriting, choice.inputs[1], 1)) {
    return false;
  }
  const inputs = [positive.inputs[0], choice.inputs[2], dy].map((name) => rewriting.value(name));
  const [x, slope, gradient] = inputs;
  if (!isPerChannel(slope.shape, x.shape) || gradient.shape.join() !== x.shape.join()) return false;
  return rewriting.replace(node, rewriting.builder.emit("PReluGradient", inputs, {}, { domain: COMPOSITE })[0]);
}

function slopeGradient(node: Node, producers: Producers, rewriting: Rewriting): boolean {
  if (node.op !== "ReduceSum" || !node.inputs[1] || intOf(node.attrs, "keepdims", 1) === 0) return false;
  const product = producers.of(node.inputs[0], "Mul");
  const negative = product && producers.of(product.inputs[1], "Clip");
  if (!negative || negative.inputs[1] !== "" || !isNumber(rewriting, negative.inputs[2], 0)) return false;
  const axes = rewriting.value(node.inputs[1]).constant;
  if (!axes || [...toNumbers(axes)].join() !== "0,2,3") return false;
  const inputs = [negative.inputs[0], product.inputs[0]].map((name) => rewriting.value(name));
  if (inputs[0].shape.join() !== inputs[1].shape.join()) return false;
  return rewriting.replace(node, rewriting.builder.emit("PReluSlopeGradient", inputs, {}, { domain: COMPOSITE })[0]);
}

function isNumber(rewriting: Rewriting, name: string, wanted: number): boolean {
  const constant = name ? rewriting.value(name).constant : undefined;
  return constant?.data.length === 1 && toNumbers(constant)[0] === wanted;
}

/** Whether a slope [C,1,1] has one number for each channel of an image [N,C,H,W]. */
function isPerChannel(slope: readonly unknown[], image: readonly unknown[]): boolean {
  return image.length === 4 && slope.length === 3 && slope[0] === image[1] && slope[1] === 1 && slope[2] === 1;
}
