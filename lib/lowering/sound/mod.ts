/**
 * Rewrites that make a graph right: forms of operators that ONNX Runtime 1.30 gets wrong, silently or at run time, become forms that
 * it gets right. Nearly all of them concern webgpu, see `docs/webgpu.md`.
 */
import type { Tensor } from "../../base/tensor.ts";
import type { ProviderName } from "../../contracts/provider.ts";
import type { Attrs, Graph, Node } from "../../graph/graph.ts";
import { Names } from "../../ops/names.ts";
import { Known, usedValues } from "./_known.ts";
import { Patch, type Repair } from "./_patch.ts";
import { backwardSlice } from "./backward_slice.ts";
import { batchStatistics } from "./batch_statistics.ts";
import { convChannels } from "./conv_channels.ts";
import { convEndPadding } from "./conv_end_padding.ts";
import { dropout } from "./dropout.ts";
import { einsumEllipsis } from "./einsum_ellipsis.ts";
import { groupedConv } from "./grouped_conv.ts";
import { groupedConvTranspose } from "./grouped_conv_transpose.ts";
import { halfNumbers } from "./half_numbers.ts";
import { keptPadding } from "./kept_padding.ts";
import { layerNormalization } from "./layer_normalization.ts";
import { oneHot } from "./one_hot.ts";
import { reduceNothing, reducers } from "./reduce_nothing.ts";
import { castToDouble, maxPoolIndices } from "./refusals.ts";
import { groupedVolumes, transposedVolumes } from "./volumes.ts";

/** Repairs by operator of the standard domain, each of which leaves forms that are right. */
type Repairs = ReadonlyMap<string, readonly Repair[]>;

const NONE: Repairs = new Map();
const OF_OPTIMIZER: Repairs = new Map([["Pad", [keptPadding]]]);
const OF_WEBGPU: Repairs = new Map<string, readonly Repair[]>([
  ["BatchNormalization", [batchStatistics]],
  ["Cast", [castToDouble]],
  ["Clip", [halfNumbers]],
  ["Conv", [convEndPadding, convChannels, groupedConv, groupedVolumes]],
  ["ConvTranspose", [groupedConvTranspose, transposedVolumes]],
  ["Dropout", [dropout]],
  ["Einsum", [einsumEllipsis]],
  ["LayerNormalization", [layerNormalization]],
  ["MaxPool", [maxPoolIndices]],
  ["OneHot", [oneHot]],
  ["Pad", [keptPadding, halfNumbers]],
  ["Slice", [backwardSlice]],
  ...reducers.map((op) => [op, [reduceNothing]] as const),
]);

const TABLE: Readonly<Record<ProviderName, Repairs>> = {
  webgpu: OF_WEBGPU,
  cpu: OF_OPTIMIZER,
  wasm: OF_OPTIMIZER,
  reference: NONE,
};

/**
 * A graph with the same inputs and outputs that the provider computes right, in the same operator set; `graph` itself where it is
 * right.
 * @throws UserError that names the node where a form has no right one there, or where its shapes are not known.
 */
export function makeSound(graph: Graph, provider: ProviderName = "webgpu"): Graph {
  return new Workshop(TABLE[provider], graph.opsets[""] ?? 1, namesOf(graph)).graph(graph);
}

/** Every name of a graph and of the graphs in it. */
function namesOf(graph: Graph, names = new Names()): Names {
  names.reserve([...graph.inputs.map((input) => input.name), ...graph.constants.keys()]);
  for (const node of graph.nodes) {
    names.reserve([node.name, ...node.outputs]);
    for (const inner of innerGraphs(node.attrs)) namesOf(inner, names);
  }
  return names;
}

function innerGraphs(attrs: Attrs): readonly Graph[] {
  return Object.values(attrs).flatMap((attr) => (attr.kind === "graph" ? [attr.value] : []));
}

class Workshop {
  constructor(private readonly repairs: Repairs, private readonly opset: number, private readonly names: Names) {}

  graph(graph: Graph, outer?: Known): Graph {
    const known = new Known(graph, outer);
    const constants = new Map(graph.constants);
    const nodes = graph.nodes.flatMap((node) => this.node(node, known, constants));
    const isSame = nodes.length === graph.nodes.length && nodes.every((node, i) => node === graph.nodes[i]);
    return isSame ? graph : withoutIdle({ ...graph, nodes, constants }, graph);
  }

  /** What takes the place of a node. The repairs not yet `done` look at what one made, since several things may be wrong at once. */
  node(node: Node, known: Known, constants: Map<string, Tensor>, done: readonly Repair[] = []): readonly Node[] {
    for (const repair of node.domain === "" ? this.repairs.get(node.op) ?? [] : []) {
      const patch = new Patch(node, this.opset, known, this.names);
      if (done.includes(repair) || !repair(patch)) continue;
      for (const [name, data] of patch.constants) constants.set(name, data);
      return patch.nodes.flatMap((made) => this.node(made, known, constants, [...done, repair]));
    }
    return [this.withInner(node, known)];
  }

  /** The node with the graphs in it repaired; itself where they are right. */
  withInner(node: Node, known: Known): Node {
    const inner = innerGraphs(node.attrs);
    if (inner.length === 0) return node;
    const repaired = new Map(inner.map((graph) => [graph, this.graph(graph, known)]));
    if (inner.every((graph) => repaired.get(graph) === graph)) return node;
    const attrs = Object.entries(node.attrs).map(([name, attr]) =>
      [name, attr.kind === "graph" ? { ...attr, value: repaired.get(attr.value)! } : attr] as const
    );
    return { ...node, attrs: Object.fromEntries(attrs) };
  }
}

/** Leaves out the constants that nothing reads any more; one that is an input too stays as its default. */
function withoutIdle(graph: Graph, before: Graph): Graph {
  const inputs = new Set(graph.inputs.map((input) => input.name));
  const [used, wasUsed] = [usedValues(graph), usedValues(before)];
  const constants = [...graph.constants].filter(([name]) => used.has(name) || !wasUsed.has(name) || inputs.has(name));
  return { ...graph, constants: new Map(constants) };
}
