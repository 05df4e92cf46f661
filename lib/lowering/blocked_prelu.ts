/**
 * Blocked forms of PRelu and its gradients, of passes that do the same for every element. The runtime's own operator decides element by
 * element, which takes three times as long where signs are mixed; so does a mask of comparisons. The part of the gradient where
 * x < 0 serves both gradients.
 */
import type { Value } from "../contracts/op.ts";
import { hardSigmoid, mul, relu, reshape, sub } from "../ops/emit.ts";
import { affine, channelDot } from "./blocked_ops.ts";
import type { BlockedForm, BlockedLayout } from "./blocked_layout.ts";

/** So steep that only 0 and the least numbers beside it lie between the two sides. */
const STEEP = 1e30;

/** slope · x + (1 - slope) · relu(x). */
export const blockedPRelu: BlockedForm = (node, layout) => {
  const [x, slope] = node.inputs.map((name) => layout.shape(name));
  if (!layout.isBlocked(node.inputs[0]) || !x || slope?.join() !== `${x[1]},1,1`) return false;
  const image = layout.blocked(node.inputs[0]);
  const scale = reshape(layout.rewriting.value(node.inputs[1]), [1, x[1], 1, 1]);
  const positive = affine(relu(image), sub(1, scale), {});
  return layout.set(node, affine(image, scale, { sum: positive }));
};

/** dy + (slope - 1) · negative, inputs x, slope, dy. */
export const blockedPReluGradient: BlockedForm = (node, layout) => {
  const [x, slope, dy] = node.inputs;
  const shape = layout.shape(x);
  if (!shape || !layout.fits(shape[1])) return false;
  const scale = reshape(sub(layout.rewriting.value(slope), 1), [1, shape[1], 1, 1]);
  return layout.set(node, affine(negativePart(x, dy, layout), scale, { sum: layout.blocked(dy) }));
};

/** Σ negative · x, inputs x, dy. */
export const blockedPReluSlopeGradient: BlockedForm = (node, layout) => {
  const [x, dy] = node.inputs;
  const shape = layout.shape(x);
  if (!shape || !layout.fits(shape[1]) || !layout.isBlocked(dy)) return false;
  return layout.rewriting.replace(node, channelDot(negativePart(x, dy, layout), layout.blocked(x)));
};

/** dy where x is not above 0, else 0. */
function negativePart(x: string, dy: string, layout: BlockedLayout): Value {
  return layout.once(`negative part of ${dy} by ${x}`, () => {
    const image = layout.blocked(x);
    return mul(layout.blocked(dy), hardSigmoid(image, -STEEP, 1));
  });
}
