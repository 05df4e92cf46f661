/**
 * Finds weight gradients of convolutions: a Conv in which batch and channels are exchanged, between three Transposes; the channels of
 * depthwise convolutions are groups, and stay so.
 */
import { toNumbers } from "../base/tensor.ts";
import { type Attrs, type Graph, int, ints, type Node, staticShape } from "../graph/graph.ts";
import type { Window } from "../ops/window.ts";
import { imageWindow, intOf, intsOf } from "./attributes.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { Producers, rewrite, type Rewriting } from "./rewrite.ts";
import { rules } from "../ops/rules/mod.ts";

const EXCHANGE = "1,0,2,3";
/** [N,G,1,H,W] to [1,G,N,H,W]. */
const GROUPED_EXCHANGE = "2,1,0,3,4";

/** Names every such group of nodes `ConvWeightGradient`; other groups and ranks other than 2-D stay as they are. */
export function recogniseWeightGradients(graph: Graph): Graph {
  const producers = new Producers(graph);
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    const found = exchangedConv(node, producers, rewriting);
    if (found === undefined) return false;
    const [x, dy] = [rewriting.value(found.x), rewriting.value(found.dy)];
    const groups = intOf(found.conv.attrs, "group", 1);
    if (groups > 1 && (x.shape[1] !== groups || dy.shape[1] !== groups)) return false;
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

function exchangedConv(node: Node, producers: Producers, rewriting: Rewriting): Found | undefined {
  if (!isExchange(node)) return undefined;
  const conv = producers.of(node.inputs[0], "Conv");
  if (conv === undefined || conv.inputs.length > 2) return undefined;
  const gradient = producers.of(conv.inputs[1], "Transpose");
  const image = exchangedImage(conv, producers);
  if (!image || !gradient || !isExchange(gradient)) return undefined;
  const cut = producers.of(image, "Slice");
  return { conv, x: cut && isUnreached(cut, conv, rewriting) ? cut.inputs[0] : image, dy: gradient.inputs[0] };
}

/** Whether a Slice leaves out nothing but rows and columns behind the last window, as autodiff does: others belong to the network. */
function isUnreached({ inputs }: Node, conv: Node, rewriting: Rewriting): boolean {
  const [starts, , axes, steps] = inputs.slice(1).map((name) => {
    const data = name === "" ? undefined : rewriting.value(name).constant;
    return data && [...toNumbers(data)];
  });
  if (!starts || !axes || !steps || starts.some((start) => start !== 0) || steps.some((step) => step !== 1)) {
    return false;
  }
  const { ends } = imageWindow(conv.attrs);
  return axes.every((axis) => axis >= 2 && ends[axis - 2] === 0);
}

/** The image whose batch and channels are exchanged before they enter `conv`. */
function exchangedImage(conv: Node, producers: Producers): string | undefined {
  if (intOf(conv.attrs, "group", 1) === 1) {
    const image = producers.of(conv.inputs[0], "Transpose");
    return image && isExchange(image) ? image.inputs[0] : undefined;
  }
  const joined = producers.of(conv.inputs[0], "Reshape");
  const moved = joined && producers.of(joined.inputs[0], "Transpose");
  const parted = moved && producers.of(moved.inputs[0], "Reshape");
  return parted && intsOf(moved.attrs, "perm", []).join() === GROUPED_EXCHANGE ? parted.inputs[0] : undefined;
}

function isExchange(node: Node): boolean {
  return node.op === "Transpose" && intsOf(node.attrs, "perm", []).join() === EXCHANGE;
}

/** Window of the convolution whose weight it is; what it does not reach behind its last window is negative padding. */
function windowAttrs({ conv }: Found, x: readonly number[], dy: readonly number[], kernel: readonly number[]): Attrs {
  const { strides: dilations, dilations: strides, begins } = imageWindow(conv.attrs);
  const ends = kernel.map((taps, i) => {
    const reach = (dy[i + 2] - 1) * strides[i] + (taps - 1) * dilations[i] + 1;
    return reach - x[i + 2] - begins[i];
  });
  return weightGradientAttrs({ kernel, strides, dilations, begins, ends }, intOf(conv.attrs, "group", 1));
}

/** The attributes of ConvWeightGradient, from the window of its convolution. */
export function weightGradientAttrs(
  { kernel, strides, dilations, begins, ends }: Pick<Window, "kernel" | "strides" | "dilations" | "begins" | "ends">,
  groups: number,
): Attrs {
  return {
    kernel_shape: ints(kernel),
    strides: ints(strides),
    dilations: ints(dilations),
    pads: ints([...begins, ...ends]),
    group: int(groups),
  };
}
