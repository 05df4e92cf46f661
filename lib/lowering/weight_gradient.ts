/** Finds weight gradients of convolutions: a Conv in which batch and channels are exchanged, between three Transposes. */
import { type Attrs, type Graph, ints, type Node, staticShape } from "../graph/graph.ts";
import { intOf, intsOf } from "./attributes.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { Producers, rewrite } from "./rewrite.ts";
import { rules } from "../ops/rules/mod.ts";

const EXCHANGE = "1,0,2,3";

/** Names every such group of nodes `ConvWeightGradient`; groups and ranks other than 2-D stay as they are. */
export function recogniseWeightGradients(graph: Graph): Graph {
  const producers = new Producers(graph);
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    const found = exchangedConv(node, producers);
    if (found === undefined) return false;
    const [x, dy] = [rewriting.value(found.x), rewriting.value(found.dy)];
    const kernel = staticShape(rewriting.value(found.conv.outputs[0]).shape, "a weight gradient").slice(2);
    const attrs = windowAttrs(found, staticShape(x.shape, "an image"), staticShape(dy.shape, "a gradient"), kernel);
    const [value] = rewriting.builder.emit("ConvWeightGradient", [x, dy], attrs, {
      domain: COMPOSITE,
      name: node.name,
    });
    return rewriting.replace(node, value);
  });
}

interface Found {
  readonly conv: Node;
  readonly x: string;
  readonly dy: string;
}

function exchangedConv(node: Node, producers: Producers): Found | undefined {
  if (!isExchange(node)) return undefined;
  const conv = producers.of(node.inputs[0], "Conv");
  if (conv === undefined || conv.inputs.length > 2 || intOf(conv.attrs, "group", 1) !== 1) return undefined;
  const [image, gradient] = conv.inputs.map((input) => producers.of(input, "Transpose"));
  if (!image || !gradient || !isExchange(image) || !isExchange(gradient)) return undefined;
  const cut = producers.of(image.inputs[0], "Slice");
  return { conv, x: (cut ?? image).inputs[0], dy: gradient.inputs[0] };
}

function isExchange(node: Node): boolean {
  return node.op === "Transpose" && intsOf(node.attrs, "perm", []).join() === EXCHANGE;
}

/** Window of the convolution whose weight it is; what it does not reach behind its last window is negative padding. */
function windowAttrs({ conv }: Found, x: readonly number[], dy: readonly number[], kernel: readonly number[]): Attrs {
  const strides = intsOf(conv.attrs, "dilations", [1, 1]);
  const dilations = intsOf(conv.attrs, "strides", [1, 1]);
  const begins = intsOf(conv.attrs, "pads", [0, 0, 0, 0]).slice(0, 2);
  const ends = kernel.map((taps, i) => {
    const reach = (dy[i + 2] - 1) * strides[i] + (taps - 1) * dilations[i] + 1;
    return reach - x[i + 2] - begins[i];
  });
  return {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...begins, ...ends]),
  };
}
