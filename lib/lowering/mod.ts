/** Rewrites of finished graphs that make a provider fast. Which apply is a table by provider. */
import type { Provider, ProviderName } from "../contracts/provider.ts";
import type { Graph } from "../graph/graph.ts";
import { blockImages } from "./blocked.ts";
import { fillChannels } from "./filled_channels.ts";
import { foldFrozenNorms } from "./frozen_norm.ts";
import { gatherChannelAffines } from "./channel_affine.ts";
import { layOutWindows } from "./im2col.ts";
import { lowerInference } from "./inference.ts";
import { joinPads } from "./joined_pads.ts";
import { transposeNarrowOperands } from "./matrix_weight_gradient.ts";
import { recogniseMaxPoolGradients } from "./max_pool_gradient.ts";
import { nchwcRules } from "./nchwc.ts";
import { writePlainForms } from "./plain_forms.ts";
import { recognisePReluGradients } from "./prelu_gradient.ts";
import { permuteRows } from "./row_permutations.ts";
import { scaleOperands } from "./scaled_products.ts";
import { stageReductions } from "./staged_reductions.ts";
import { transposeOperands } from "./transposed_products.ts";
import { unscaleGradients } from "./scaled_gradients.ts";
import { recogniseWeightGradients } from "./weight_gradient.ts";
import { widenHalves } from "./widened.ts";

/** Where a graph will run. */
export interface Target {
  readonly provider: ProviderName;
  /** Channels that the provider's blocked operators hold together (`Provider.blockSize`); absent: it has no such operators. */
  readonly block?: number;
}

/** What a provider tells of itself. */
export async function targetOf(provider: Provider): Promise<Target> {
  return { provider: provider.name, block: await provider.blockSize?.() };
}

type Lowering = (graph: Graph, target: Target) => Graph;

const TABLE: Readonly<Record<ProviderName, Lowering>> = {
  cpu: (graph, { block }) => {
    if (learnsMatrices(graph)) return withFastProducts(graph, block);
    return learns(graph) ? onCpu(graph, block) : lowerInference(graph, block);
  },
  wasm: (graph) => (learns(graph) ? writePlainForms(recognised(graph)) : graph),
  webgpu: (graph) => stageReductions(writePlainForms(layOutWindows(fillChannels(recognised(graph))))),
  reference: (graph) => graph,
};

/** A graph with the same inputs and outputs, equal up to rounding, in the operators that the target runs best. */
export function lower(graph: Graph, target: Target): Graph {
  const { provider } = target;
  return TABLE[provider](LACKS_HALVES.has(provider) ? widenHalves(graph) : graph, target);
}

/** Providers without kernels for float16. */
const LACKS_HALVES: ReadonlySet<ProviderName> = new Set(["cpu", "wasm"]);

/** Whether a convolution takes its weight as a value. With constant weights the runtime finds most of the fast forms by itself. */
function learns(graph: Graph): boolean {
  return graph.nodes.some((node) => node.op === "Conv" && !graph.constants.has(node.inputs[1]));
}

/** Whether a matrix product takes a weight as a value. */
function learnsMatrices(graph: Graph): boolean {
  const values = new Set(graph.inputs.map((input) => input.name));
  return graph.nodes.some(({ op, inputs }) => (op === "MatMul" || op === "Gemm") && values.has(inputs[1]));
}

/** Forms of the products and their gradients, as transformers train with them. */
function withFastProducts(graph: Graph, block: number | undefined): Graph {
  const products = transposeNarrowOperands(scaleOperands(transposeOperands(joinPads(graph))));
  return permuteRows(onCpu(products, block), block === undefined ? [] : nchwcRules(block));
}

function onCpu(graph: Graph, block: number | undefined): Graph {
  return block !== undefined && learns(graph) ? blocked(graph, block) : graph;
}

function blocked(graph: Graph, block: number): Graph {
  return writePlainForms(blockImages(recognised(recognisePReluGradients(graph)), block), nchwcRules(block));
}

/** The graph with the idioms of a train step under their own names. */
function recognised(graph: Graph): Graph {
  const named = recogniseWeightGradients(recogniseMaxPoolGradients(graph));
  return gatherChannelAffines(unscaleGradients(foldFrozenNorms(named)));
}
