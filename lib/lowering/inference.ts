/** The forms in which a network with constant weights runs fastest on the CPU provider. */
import type { Graph } from "../graph/graph.ts";
import { convolvePRelus } from "./constant_prelu.ts";
import { selectEarly } from "./early_selection.ts";
import { permuteRows } from "./row_permutations.ts";

/** The same graph; `block`: channels that the provider's blocked operators hold together, absent where it has none. */
export function lowerInference(graph: Graph, block: number | undefined): Graph {
  const permuted = permuteRows(selectEarly(graph));
  return block === undefined ? permuted : convolvePRelus(permuted, block);
}
