/** Blocked forms of pooling, and of sums and means per channel. */
import { mul, reshape } from "../ops/emit.ts";
import { intOf } from "./attributes.ts";
import { isOrdinary } from "./blocked_convolutions.ts";
import type { BlockedForm } from "./blocked_layout.ts";
import { blockedPool, channelMean, pixelMean } from "./blocked_ops.ts";
import { blockedPoolGradient } from "./pool_gradient.ts";

export const pool: BlockedForm = (node, layout) => {
  if (!layout.isBlocked(node.inputs[0]) || node.outputs.length > 1 || !isOrdinary(node.attrs)) return false;
  const x = layout.blocked(node.inputs[0]);
  return layout.set(node, blockedPool(node.op as "MaxPool" | "AveragePool", x, node.attrs));
};

export const maxPoolGradient: BlockedForm = (node, layout) => {
  const shape = layout.shape(node.inputs[0]);
  if (!shape || !layout.fits(shape[1])) return false;
  const [x, y, dy] = node.inputs.map((name) => layout.blocked(name));
  return layout.set(node, blockedPoolGradient(x, y, dy, node.attrs, layout.block));
};

export const globalPool: BlockedForm = (node, layout) =>
  layout.isBlocked(node.inputs[0]) && layout.rewriting.replace(node, pixelMean(layout.blocked(node.inputs[0])));

/** Sums and means over all but the channels. */
export const channelReduction: BlockedForm = (node, layout) => {
  const axes = node.inputs[1] ? layout.rewriting.value(node.inputs[1]).constant : undefined;
  if (!layout.isBlocked(node.inputs[0]) || !axes || Array.from(axes.data, Number).join() !== "0,2,3") return false;
  const x = layout.blocked(node.inputs[0]);
  const mean = channelMean(x);
  const [batch, channels, height, width] = x.shape.map(Number);
  const total = node.op === "ReduceSum" ? mul(mean, batch * height * width) : mean;
  const kept = intOf(node.attrs, "keepdims", 1) !== 0;
  return layout.rewriting.replace(node, kept ? total : reshape(total, [channels]));
};
