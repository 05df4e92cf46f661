/** PyTorch's gradients out of those by the tensors that an exporter has computed from PyTorch's parameters. */
import { sizeOf, type Tensor, tensor, type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import type { Graph, Node } from "../../lib/graph/graph.ts";

/** A convolution and the batch normalisation behind it, by the names of their tensors. */
interface Fold {
  readonly weight: string;
  readonly scale: string;
  readonly shift: string;
  readonly mean: string;
  readonly variance: string;
  readonly epsilon: number;
}

function foldsOf({ nodes }: Graph): readonly Fold[] {
  const makers = new Map<string, Node>(nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  return nodes.filter(({ op }) => op === "BatchNormalization").map(({ inputs, attrs }) => {
    const [x, scale, shift, mean, variance] = inputs;
    const { epsilon } = attrs;
    return {
      weight: makers.get(x)!.inputs[1],
      ...{ scale, shift, mean, variance },
      epsilon: epsilon.kind === "float" ? epsilon.value : NaN,
    };
  });
}

/**
 * With s = scale / sqrt(variance + epsilon) the exporter writes the weight W' = s W as `<weight>` and the bias
 * b' = shift - s mean as `<weight>_bias`. So dW = s dW', dshift = db', dscale = (Σ W dW' - mean db') / sqrt(variance + epsilon).
 */
function unfolded(fold: Fold, plain: Tensors, found: Tensors): Tensors {
  const [weight, scale, mean, variance] = [fold.weight, fold.scale, fold.mean, fold.variance].map((name) =>
    toNumbers(plain[name])
  );
  const { dims } = plain[fold.weight];
  const [byWeight, byBias] = [fold.weight, `${fold.weight}_bias`].map((name) => toNumbers(found[`grad/${name}`]));
  const each = sizeOf(dims.slice(1));
  const deviation = variance.map((v) => Math.sqrt(v + fold.epsilon));
  const products = scale.map((_, c) => {
    let sum = 0;
    for (let i = c * each; i < (c + 1) * each; i++) sum += weight[i] * byWeight[i];
    return sum;
  });
  return {
    [fold.weight]: tensor("float64", dims, byWeight.map((g, i) => g * at(scale, deviation, Math.floor(i / each)))),
    [fold.shift]: tensor("float64", [scale.length], byBias),
    [fold.scale]: tensor("float64", [scale.length], products.map((p, c) => (p - mean[c] * byBias[c]) / deviation[c])),
  };
}

function at(scale: Float64Array, deviation: Float64Array, channel: number): number {
  return scale[channel] / deviation[channel];
}

/**
 * The gradient by `wanted` from that by a tensor of the file whose elements are all taken from it (transposed, reshaped, looked up
 * by index): each of its numbers has the sum over the places where it turns up. Undefined where the file holds no such tensor.
 */
function gathered(wanted: Tensor, first: Tensors, found: Tensors): Tensor | undefined {
  const places = new Map([...toNumbers(wanted)].map((x, i) => [x, i]));
  const name = Object.keys(first).find((each) => first[each].data.every((x) => places.has(Number(x))));
  if (name === undefined) return undefined;
  const gradient = toNumbers(found[`grad/${name}`]);
  const sums = new Float64Array(wanted.data.length);
  toNumbers(first[name]).forEach((x, i) => sums[places.get(x)!] += gradient[i]);
  return tensor("float64", wanted.dims, sums);
}

/**
 * Gradients by the parameters `names` of the network `plain`, as far as they follow from those that were `found` by the tensors
 * `first` of its optimised form.
 */
export function derivedGradients(names: readonly string[], plain: Graph, first: Tensors, found: Tensors): Tensors {
  const constants = Object.fromEntries(plain.constants);
  const derived: Record<string, Tensor> = {};
  for (const fold of foldsOf(plain)) Object.assign(derived, unfolded(fold, constants, found));
  for (const name of names.filter((each) => derived[each] === undefined)) {
    const gradient = found[`grad/${name}`] ?? gathered(constants[name], first, found);
    if (gradient !== undefined) derived[name] = gradient;
  }
  return derived;
}
