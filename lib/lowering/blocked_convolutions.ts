/** Blocked forms of convolutions and their gradients: of one group, and of one group for each channel (depthwise). */
import { sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import type { Attrs, Node } from "../graph/graph.ts";
import { imageWindow, intOf, isDense } from "./attributes.ts";
import { acrossWeightGradient, crosses, isWide } from "./across_weight_gradient.ts";
import { depthwiseFilter, forwardFilter } from "./blocked_filters.ts";
import { type ForwardConv, hasInputGradient, inputGradient } from "./blocked_input_gradient.ts";
import type { BlockedForm, BlockedLayout } from "./blocked_layout.ts";
import { blockedConv } from "./blocked_ops.ts";
import { narrowingWeightGradient, planarWeightGradient, weightGradient } from "./blocked_weight_gradient.ts";
import { depthwiseWeightGradient } from "./depthwise_weight_gradient.ts";
import { slides, slidingWeightGradient } from "./sliding_weight_gradient.ts";
import { transposedWindowOf } from "../ops/window.ts";

export const convolution: BlockedForm = (node, layout) => {
  const [x, weight] = [layout.shape(node.inputs[0]), layout.shape(node.inputs[1])];
  if (!x || !weight || x.length !== 4 || !isPlainWindow(node.attrs) || !layout.fits(weight[0])) return false;
  const filters = layout.rewriting.value(node.inputs[1]);
  if (filters.constant || filters.type !== "float32") return false;
  const depthwise = isDepthwise(node.attrs, weight);
  const few = !depthwise && weight[1] < layout.block;
  if (!depthwise && (groupsOf(node.attrs) > 1 || !(few || layout.fits(weight[1])))) return false;
  const image = few ? layout.plain(node.inputs[0]) : layout.blocked(node.inputs[0]);
  const filter = depthwise ? depthwiseFilter(filters, layout.block) : forwardFilter(filters, layout.block);
  const { strides, begins, ends } = imageWindow(node.attrs);
  return layout.set(
    node,
    blockedConv(image, filter, {
      kernel: weight.slice(2),
      strides,
      pads: [...begins, ...ends],
      groups: groupsOf(node.attrs),
      bias: layout.optional(node.inputs[2]),
    }),
  );
};

export const convolutionInputGradient: BlockedForm = (node, layout) => {
  const [dy, weight] = [layout.shape(node.inputs[0]), layout.shape(node.inputs[1])];
  if (!dy || !weight || node.inputs[2] || dy.length !== 4 || !isPlainWindow(node.attrs)) return false;
  const filters = layout.rewriting.value(node.inputs[1]);
  if (filters.type !== "float32" || !fillsBlocks(node, layout, weight)) return false;
  const conv = forwardConv(node, layout, dy, weight);
  if (!hasInputGradient(conv, dy)) return false;
  const gradient = layout.blocked(node.inputs[0]);
  if (sizeOf(conv.strides) === 1) {
    layout.offerSum(node, (sum) => inputGradient(conv, gradient, layout.block, sum));
  }
  return layout.set(node, inputGradient(conv, gradient, layout.block));
};

function fillsBlocks(node: Node, layout: BlockedLayout, weight: readonly number[]): boolean {
  if (!layout.fits(weight[0])) return false;
  return isDepthwise(node.attrs, weight) || (groupsOf(node.attrs) === 1 && layout.fits(weight[1]));
}

/** The convolution whose gradient the ConvTranspose is. */
function forwardConv(
  { inputs, attrs }: Node,
  layout: BlockedLayout,
  dy: readonly number[],
  weight: readonly number[],
): ForwardConv {
  const groups = groupsOf(attrs);
  const { strides, begins, input } = transposedWindowOf("ConvTranspose", attrs, weight.slice(2), dy.slice(2));
  return {
    weight: layout.rewriting.value(inputs[1]),
    strides,
    begins,
    input: [dy[0], weight[1] * groups, ...input],
    groups,
  };
}

export const convolutionWeightGradient: BlockedForm = (node, layout) => {
  const [x, dy] = [layout.shape(node.inputs[0]), layout.shape(node.inputs[1])];
  if (!x || !dy || !layout.fits(dy[1]) || !layout.isBlocked(node.inputs[1])) return false;
  const gradient = layout.blocked(node.inputs[1]);
  if (groupsOf(node.attrs) > 1) {
    return layout.rewriting.replace(
      node,
      depthwiseWeightGradient(layout.blocked(node.inputs[0]), gradient, node.attrs, layout.block),
    );
  }
  if (narrows(node.attrs, x, dy) && layout.isBlocked(node.inputs[0])) {
    return layout.rewriting.replace(node, narrowingWeightGradient(layout.blocked(node.inputs[0]), gradient));
  }
  return layout.rewriting.replace(node, windowWeightGradient(node, layout, x, dy));
};

/** By the table of what is fastest for these shapes. */
function windowWeightGradient(
  { inputs: [name, dyName], attrs }: Node,
  layout: BlockedLayout,
  x: readonly number[],
  dy: readonly number[],
): Value {
  const gradient = layout.blocked(dyName);
  const few = x[1] < layout.block;
  const across = crosses(dy, attrs, layout.block);
  const down = slides(dy, attrs, layout.block);
  if (across && (few || !down || isWide(dy))) {
    return acrossWeightGradient(layout.plain(name), gradient, attrs, layout.block);
  }
  if (few && !isCropped(attrs)) return planarWeightGradient(layout.plain(name), gradient, attrs);
  return (down ? slidingWeightGradient : weightGradient)(layout.rows(name), gradient, attrs, layout.block);
}

const isCropped = (attrs: Attrs): boolean => imageWindow(attrs).ends.some((pad) => pad < 0);

/** Whether a convolution of single pixels, all of them, has more inputs than outputs. */
function narrows(attrs: Attrs, x: readonly number[], dy: readonly number[]): boolean {
  const { kernel, begins, ends } = imageWindow(attrs);
  const takesAll = x.slice(2).join() === dy.slice(2).join() && [...begins, ...ends].every((pad) => pad === 0);
  return sizeOf(kernel) === 1 && x[1] > dy[1] && takesAll;
}

const groupsOf = (attrs: Attrs): number => intOf(attrs, "group", 1);

/** Whether every channel has a filter [kH,kW] of its own. */
function isDepthwise(attrs: Attrs, weight: readonly number[]): boolean {
  return groupsOf(attrs) > 1 && weight[0] === groupsOf(attrs) && weight[1] === 1;
}

/** No dilation, explicit padding. */
function isPlainWindow(attrs: Attrs): boolean {
  const window = imageWindow(attrs);
  return isDense(window) && !window.ceil && window.automatic === "NOTSET" && attrs.output_shape === undefined;
}

/** A plain window of one group. */
export function isOrdinary(attrs: Attrs): boolean {
  return groupsOf(attrs) === 1 && isPlainWindow(attrs);
}
