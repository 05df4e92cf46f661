/** Blocked forms of what works element by element, or with one number per channel. */
import { scalar, sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import type { Node } from "../graph/graph.ts";
import { reshape } from "../ops/emit.ts";
import { stringOf } from "./attributes.ts";
import { blockedAffine, flat } from "./blocked_ops.ts";
import type { BlockedForm, BlockedLayout } from "./blocked_layout.ts";

/** Operators that work element by element, and so in any order. */
export const ELEMENTWISE: readonly string[] = [
  "Sub",
  "Mul",
  "Div",
  "Relu",
  "HardSigmoid",
  "Sigmoid",
  "Neg",
  "Sqrt",
  "Exp",
  "Abs",
];

export const elementwise: BlockedForm = (node, layout) => {
  if (!worksInBlocks(node, layout)) return false;
  const operands = node.inputs.map((name) =>
    sizeOf(layout.shape(name)!) === 1 ? layout.rewriting.value(name) : layout.blocked(name)
  );
  return layout.set(node, layout.rewriting.builder.emit(node.op, operands, node.attrs, { name: node.name })[0]);
};

/** An addition, which the convolution before it may do on the way. */
export const summation: BlockedForm = (node, layout) => {
  if (!worksInBlocks(node, layout)) return false;
  const [a, b] = node.inputs;
  if (sizeOf(layout.shape(a)!) !== sizeOf(layout.shape(b)!)) return elementwise(node, layout);
  const [left, right] = [layout.summing(a), layout.summing(b)];
  if (right) return layout.set(node, right(layout.blocked(a)));
  if (left) return layout.set(node, left(layout.blocked(b)));
  return elementwise(node, layout);
};

/** Whether one operand is blocked, and the others are of its shape or single numbers. */
function worksInBlocks(node: Node, layout: BlockedLayout): boolean {
  const image = node.inputs.find((name) => layout.isBlocked(name));
  if (image === undefined) return false;
  const like = layout.shape(image)!.join();
  return node.inputs.every((name) => {
    const shape = layout.shape(name);
    return shape && (shape.join() === like || (sizeOf(shape) === 1 && shape.length <= 4));
  });
}

export const channelAffine: BlockedForm = (node, layout) => {
  const [shift, ...operands] = node.inputs;
  const shape = layout.shape(operands[0]);
  if (!shape) return false;
  const uniform = isUniform(layout, operands, shift);
  if (!uniform && !layout.fits(shape[1])) return false;
  const read = (name: string): Value => uniform ? flat(layout.plain(name), layout.block) : layout.blocked(name);
  const terms = Array.from({ length: Math.ceil(operands.length / 2) }, (_, i) => ({
    image: read(operands[2 * i]),
    coefficient: layout.optional(operands[2 * i + 1]),
  }));
  const one = layout.rewriting.builder.constant(scalar(terms[0].image.type, 1));
  const relu = stringOf(node.attrs, "activation", "") === "Relu";
  const value = blockedAffine(terms, layout.optional(shift), relu, one);
  return uniform ? layout.rewriting.replace(node, reshape(value, shape)) : layout.set(node, value);
};

/** Whether all images are in plain order and all coefficients single numbers, so that the order does not matter. */
function isUniform(layout: BlockedLayout, operands: readonly string[], shift: string): boolean {
  const images = operands.filter((_, i) => i % 2 === 0);
  const coefficients = [shift, ...operands.filter((_, i) => i % 2 === 1)].filter((name) => name !== "");
  const single = (name: string): boolean => sizeOf(layout.shape(name) ?? [0, 0]) === 1;
  return images.every((name) => !layout.isBlocked(name) && layout.fits(sizeOf(layout.shape(name) ?? [1]))) &&
    coefficients.every(single);
}
