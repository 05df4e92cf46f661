/**
 * Moves images into the blocked order of ONNX Runtime's `com.microsoft.nchwc` operators, and keeps them there from node to node;
 * what has no blocked form reads the plain order.
 */
import type { Graph } from "../graph/graph.ts";
import { rules } from "../ops/rules/mod.ts";
import { convolution, convolutionInputGradient, convolutionWeightGradient } from "./blocked_convolutions.ts";
import { channelAffine, ELEMENTWISE, elementwise, summation } from "./blocked_elementwise.ts";
import { type BlockedForm, BlockedLayout } from "./blocked_layout.ts";
import { blockedPRelu, blockedPReluGradient, blockedPReluSlopeGradient } from "./blocked_prelu.ts";
import { channelReduction, globalPool, maxPoolGradient, pool } from "./blocked_pools.ts";
import { compositeRules } from "./composites.ts";
import { nchwcRules } from "./nchwc.ts";
import { rewrite } from "./rewrite.ts";

const FORMS: ReadonlyMap<string, BlockedForm> = new Map<string, BlockedForm>([
  ...ELEMENTWISE.map((op) => [op, elementwise] as const),
  ["Add", summation],
  ["Conv", convolution],
  ["ConvTranspose", convolutionInputGradient],
  ["ConvWeightGradient", convolutionWeightGradient],
  ["ChannelAffine", channelAffine],
  ["PRelu", blockedPRelu],
  ["PReluGradient", blockedPReluGradient],
  ["PReluSlopeGradient", blockedPReluSlopeGradient],
  ["MaxPool", pool],
  ["AveragePool", pool],
  ["MaxPoolGradient", maxPoolGradient],
  ["GlobalAveragePool", globalPool],
  ["ReduceMean", channelReduction],
  ["ReduceSum", channelReduction],
]);

/** The same graph with its images in blocks of `block` channels. */
export function blockImages(graph: Graph, block: number): Graph {
  let layout: BlockedLayout | undefined;
  return rewrite(graph, [...rules, ...compositeRules, ...nchwcRules(block)], (node, rewriting) => {
    layout ??= new BlockedLayout(rewriting, graph, block);
    if (FORMS.get(node.op)?.(node, layout)) return true;
    for (const name of node.inputs) {
      if (name !== "") layout.plain(name);
    }
    return false;
  });
}
