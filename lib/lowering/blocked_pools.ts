/** Blocked forms of pooling, and of sums and means per channel. */
import type { Value } from "../contracts/op.ts";
import { div, mul, reshape } from "../ops/emit.ts";
import { intOf } from "./attributes.ts";
import { isOrdinary } from "./blocked_convolutions.ts";
import type { BlockedForm, BlockedLayout } from "./blocked_layout.ts";
import { blockedPool, channelDot, channelMean, pixelMean } from "./blocked_ops.ts";
import { blockedPoolGradient } from "./blocked_pool_gradient.ts";

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

/** Sums and means over all but the channels; a product that nothing else needs is not computed. */
export const channelReduction: BlockedForm = (node, layout) => {
  const axes = node.inputs[1] ? layout.rewriting.value(node.inputs[1]).constant : undefined;
  if (!layout.isBlocked(node.inputs[0]) || !axes || Array.from(axes.data, Number).join() !== "0,2,3") return false;
  const [batch, channels, height, width] = layout.shape(node.inputs[0])!;
  const size = batch * height * width;
  const factors = productOf(node.inputs[0], layout)?.map((name) => layout.blocked(name));
  const total = factors
    ? scaled(channelDot(factors[0], factors[1]), node.op === "ReduceSum" ? 1 : 1 / size)
    : scaled(channelMean(layout.blocked(node.inputs[0])), node.op === "ReduceSum" ? size : 1);
  const kept = intOf(node.attrs, "keepdims", 1) !== 0;
  return layout.rewriting.replace(node, kept ? total : reshape(total, [channels]));
};

/** x times a whole number or its reciprocal: divided by it then, since the reciprocal is rounded. */
function scaled(x: Value, factor: number): Value {
  if (factor === 1) return x;
  return factor < 1 ? div(x, Math.round(1 / factor)) : mul(x, factor);
}

/** The two images of a product of which only sums per channel are taken. */
function productOf(name: string, layout: BlockedLayout): readonly string[] | undefined {
  const product = layout.producers.of(name, "Mul");
  const readers = layout.consumers.of(name);
  if (!product || layout.consumers.isOutput(name) || !readers.every(({ op }) => REDUCTIONS.includes(op))) {
    return undefined;
  }
  const [a, b] = product.inputs.map((input) => layout.shape(input)?.join());
  return a === b && product.inputs.some((input) => layout.isBlocked(input)) ? product.inputs : undefined;
}

const REDUCTIONS = ["ReduceMean", "ReduceSum"];
