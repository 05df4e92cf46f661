/** Which numbers of a network are its weights: what PyTorch would list as its parameters and buffers. */
import { isFloat, sizeOf, type Tensor, toNumbers } from "../base/tensor.ts";
import { isStatic, type Node, type Shape } from "../graph/graph.ts";
import type { FeatureNetwork } from "./_onnx_output.ts";

/** Names of tensors of a network. */
export interface NetworkWeights {
  readonly parameters: ReadonlySet<string>;
  /** Running statistics of batch normalisation. */
  readonly statistics: ReadonlySet<string>;
}

/** Inputs by which operators take weights. Of all others it is input 0; the rest are settings. */
const PLACES: Readonly<Record<string, readonly number[]>> = {
  Conv: [0, 1, 2],
  ConvTranspose: [0, 1, 2],
  Gemm: [0, 1, 2],
  PRelu: [0, 1],
  BatchNormalization: [0, 1, 2],
  InstanceNormalization: [0, 1, 2],
  LayerNormalization: [0, 1, 2],
};
/** Operators whose inputs are all alike, so that any may be a setting. */
const COMBINING: ReadonlySet<string> = new Set([
  "Add",
  "Concat",
  "Div",
  "Max",
  "Min",
  "Mul",
  "Pow",
  "Sub",
  "Sum",
  "Where",
]);

/**
 * The initializers of the file that are weights:
 * - filters, matrices, slopes, scales and shifts of the operators that have such;
 * - what is added, multiplied or joined to a value that a weight has already gone into (biases, layer scales, tokens,
 *   positions), unless it is a single number (a setting). Before the first weight it is preprocessing;
 * - what such a tensor is computed from.
 * Constant nodes, integers and the masks of attention are never weights. An Identity of an initializer that something else uses
 * as well is a weight of its own: exporters write one where two tensors are equal.
 */
export function networkWeights(network: FeatureNetwork): NetworkWeights {
  return new Search(network).found();
}

class Search {
  readonly #parameters = new Set<string>();
  readonly #statistics = new Set<string>();
  /** The initializers that a value without image is computed from. */
  readonly #sources = new Map<string, readonly string[]>();
  /** Values that weights have gone into. */
  readonly #weighted = new Set<string>();

  /** The node that uses a tensor under its own name. */
  readonly #owners = new Map<string, Node>();

  constructor(private readonly network: FeatureNetwork) {
    const direct = network.nodes.toSorted((a, b) => Number(a.op === "Identity") - Number(b.op === "Identity"));
    for (const node of direct.toReversed()) node.inputs.forEach((name) => this.#owners.set(name, node));
    for (const [name, data] of network.constants) {
      if (network.file.constants.has(name) && isFloat(data.type) && !isMask(data)) this.#sources.set(name, [name]);
    }
  }

  found(): NetworkWeights {
    this.network.nodes.forEach((node) => this.#visit(node));
    for (const name of this.#statistics) this.#parameters.delete(name);
    return { parameters: this.#parameters, statistics: this.#statistics };
  }

  #visit(node: Node): void {
    const weights = this.#placesOf(node).map((i) => node.inputs[i]).filter((name) => this.#sources.has(name));
    const found = weights.flatMap((name) => this.#sources.get(name) ?? []);
    if (node.outputs.some((name) => this.network.fromImage.has(name))) {
      found.forEach((name) => this.#parameters.add(name));
      if (node.op === "BatchNormalization") this.#addStatistics(node);
      const isWeighted = found.length > 0 || node.inputs.some((name) => this.#weighted.has(name));
      if (isWeighted) node.outputs.forEach((name) => this.#weighted.add(name));
      return;
    }
    const [output] = node.outputs;
    if (node.op === "Identity" && this.#isCopy(node)) this.#sources.set(output, [output]);
    else if (found.length > 0) node.outputs.forEach((name) => this.#sources.set(name, found));
  }

  #addStatistics({ inputs }: Node): void {
    for (const name of inputs.slice(3)) {
      if (this.#isStored(name)) this.#statistics.add(name);
    }
  }

  /** Which inputs of a node may be weights. */
  #placesOf(node: Node): readonly number[] {
    const all = node.inputs.map((_, i) => i);
    if (node.op === "Einsum") return all;
    if (node.op === "MatMul") return this.#sources.has(node.inputs[1]) && this.#isStored(node.inputs[0]) ? [1] : [0, 1];
    if (!COMBINING.has(node.op)) return PLACES[node.op] ?? [0];
    return this.#afterPreprocessing(node) ? all.filter((i) => this.#isArray(node, i)) : [];
  }

  /** Whether the file holds the value itself. */
  #isStored(name: string): boolean {
    return this.#sources.get(name)?.[0] === name;
  }

  /** Whether an Identity stands for a tensor of its own, since the one that it is made from has another user. */
  #isCopy(node: Node): boolean {
    const [name] = node.inputs;
    return this.#isStored(name) && this.#owners.get(name) !== node;
  }

  /** Whether no input of the node is the image itself or what its preprocessing made of it. */
  #afterPreprocessing({ inputs }: Node): boolean {
    return inputs.every((name) => !this.network.fromImage.has(name) || this.#weighted.has(name));
  }

  /** Whether input `i` holds several numbers. */
  #isArray({ inputs }: Node, i: number): boolean {
    const shape: Shape = this.network.shapeOf(inputs[i]) ?? [];
    return !(isStatic(shape) && sizeOf(shape) === 1);
  }
}

/** Zeros where attention may look and one large negative number where not. */
function isMask(data: Tensor): boolean {
  const numbers = data.type === "float16" ? toNumbers(data) : data.data as Float32Array | Float64Array;
  const forbidden = numbers.find((x) => x !== 0);
  if (forbidden === undefined || forbidden > -100) return false;
  return numbers.includes(0) && numbers.every((x) => x === 0 || x === forbidden);
}
