/** Where the features of a network are. */
import { nearest, UserError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { Graph, Node, Shape } from "../graph/graph.ts";
import { canonicalFor } from "./_onnx_batch.ts";
import type { ImageNetwork } from "./_onnx_input.ts";

/** A network up to its features, in the forms of our operator set. */
export interface FeatureNetwork {
  /** Just the nodes that the features need. */
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly input: string;
  /** Name of the value that holds the features. */
  readonly output: string;
  /** The linear layer that takes them in the file, by its name, where the features are found by that. */
  readonly classifier?: string;
  /** The shape of a value, where the graph tells it. */
  shapeOf(name: string): Shape | undefined;
  /** Values that are computed from the image. */
  readonly fromImage: ReadonlySet<string>;
  /** The network as the file has it. */
  readonly file: Graph;
}

/**
 * The network for images of `shape`, up to the value `wanted` or, by default, what its classifier takes; without a classifier, up
 * to its first output.
 * @throws UserError where the network has no value of that name. @throws GraphError where it cannot be imported.
 */
export function featureNetwork(network: ImageNetwork, shape: Shape, wanted: string | null): FeatureNetwork {
  const { graph, input } = network;
  if (wanted !== null) checkName(graph, wanted);
  const name = wanted ?? graph.outputs[0].name;
  const canonical = canonicalFor(network, shape, name);
  const fromImage = dependents(canonical, input);
  const shapeOf = (value: string): Shape | undefined =>
    canonical.types.get(value)?.shape ?? canonical.constants.get(value)?.dims ??
      [...canonical.inputs, ...canonical.outputs].find((info) => info.name === value)?.shape;
  const whole: FeatureNetwork = { ...canonical, input, output: name, shapeOf, fromImage, file: graph };
  const classifier = wanted === null ? classifierOf(whole) : undefined;
  const output = classifier?.inputs[0] ?? name;
  const nodes = neededNodes(canonical.nodes, output);
  return { ...whole, output, nodes, ...classifier === undefined ? {} : { classifier: layerName(classifier) } };
}

function checkName(graph: Graph, name: string): void {
  const known = new Set(graph.nodes.flatMap((node) => node.outputs).filter((output) => output !== ""));
  if (known.has(name)) return;
  const near = nearest(name, known);
  const hint = near === undefined
    ? `it gives ${graph.outputs.map((output) => `"${output.name}"`).join(", ")}`
    : `did you mean "${near}"?`;
  throw new UserError(`no tensor of the network has the name "${name}" of "output", ${hint}`);
}

function dependents({ nodes }: Graph, input: string): ReadonlySet<string> {
  const found = new Set([input]);
  for (const node of nodes) {
    if (node.inputs.some((name) => found.has(name))) node.outputs.forEach((name) => found.add(name));
  }
  return found;
}

/** The nodes that `output` needs. */
function neededNodes(nodes: readonly Node[], output: string): readonly Node[] {
  const needed = new Set([output]);
  const kept: Node[] = [];
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    node.inputs.forEach((name) => needed.add(name));
    kept.push(node);
  }
  return kept.reverse();
}

/** Operators that a network may still apply to what its classifier gives, be it to decode a prediction as our own heads do. */
const AFTER_CLASSIFIER: ReadonlySet<string> = new Set([
  ...["Add", "Div", "Mul", "Sub"],
  ...["Clip", "Flatten", "Identity", "Reshape", "Squeeze"],
  ...["BatchNormalization", "LogSoftmax", "LpNormalization", "Sigmoid", "Softmax", "Softplus"],
  ...["Cast", "CumSum", "Equal", "Exp", "Greater", "Less", "Neg", "ReduceMax", "ReduceSum", "Where"],
]);

/** The last linear layer, if nothing but normalisation, decoding and a change of scale or shape comes after it. */
function classifierOf(network: FeatureNetwork): Node | undefined {
  const makers = new Map(network.nodes.flatMap((node) => node.outputs.map((name) => [name, node])));
  let node = makers.get(network.output);
  while (node !== undefined) {
    if (isLinear(node, network)) return node;
    if (!AFTER_CLASSIFIER.has(node.op)) return undefined;
    const next: string | undefined = node.inputs.find((name) => network.fromImage.has(name));
    node = makers.get(next ?? "");
  }
  return undefined;
}

/** `fc` of a weight `fc.weight`; a weight without such a name leaves that of the node. */
function layerName({ name, inputs: [, weight] }: Node): string {
  const [, layer] = /^(.+)\.weight$/.exec(weight) ?? [];
  return layer ?? name;
}

/** A linear layer, be it written as a 1x1 convolution of a 1x1 map. */
function isLinear({ op, inputs }: Node, { fromImage, shapeOf }: FeatureNetwork): boolean {
  const [x, weight] = inputs;
  if (!fromImage.has(x) || fromImage.has(weight)) return false;
  if (op === "Gemm" || op === "MatMul") return true;
  return op === "Conv" && [x, weight].every((name) => isPoint(shapeOf(name)));
}

function isPoint(shape: Shape | undefined): boolean {
  return shape !== undefined && shape.length === 4 && shape[2] === 1 && shape[3] === 1;
}
