import { toNumbers } from "../base/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";

/** The share that each Dropout node of a file sets to zero, by the name of its output. */
export function dropoutRates(file: Graph): ReadonlyMap<string, number> {
  const dropouts = file.nodes.filter((node) => node.op === "Dropout" && node.domain === "");
  return new Map(dropouts.map((node) => [node.outputs[0], rateOf(node, file)]));
}

/** An attribute before operator set 12, an input since. */
function rateOf({ attrs, inputs }: Node, file: Graph): number {
  const { ratio } = attrs;
  if (ratio?.kind === "float") return ratio.value;
  const data = file.constants.get(inputs[1]) ?? constantNode(file, inputs[1]);
  return data === undefined ? 0.5 : toNumbers(data)[0];
}

function constantNode({ nodes }: Graph, name: string | undefined) {
  const attr = nodes.find((node) => node.op === "Constant" && node.outputs[0] === name)?.attrs.value;
  return attr?.kind === "tensor" ? attr.value : undefined;
}
