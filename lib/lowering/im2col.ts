/**
 * Convolutions as matrix products over laid-out windows. The WebGPU provider's own kernel for windows of more than one pixel
 * leaves some 0.7 MB behind in every run, which adds up over a training; products, slices and concatenations leave nothing.
 */
import { sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import { type Attrs, type Graph, ints, isStatic, type Node, staticShape } from "../graph/graph.ts";
import { add, concat, matmul, pad, reduceSum, reshape, slice, transpose } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { intOf, intsOf, stringOf } from "./attributes.ts";
import { compositeRules } from "./composites.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

/** Bytes that laid-out windows may take: WebGPU promises bindings of 128 MiB. */
const BUFFER_BYTES = 96 * 2 ** 20;

/** The same graph without 2-D convolutions of one group and of windows larger than a pixel; `buffer` is in bytes. */
export function layOutWindows(graph: Graph, buffer = BUFFER_BYTES): Graph {
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    if (node.op === "Conv") return forward(node, rewriting, buffer);
    const single = intOf(node.attrs, "group", 1) === 1;
    return single && node.op === "ConvWeightGradient" && weightGradient(node, rewriting, buffer);
  });
}

function forward(node: Node, rewriting: Rewriting, buffer: number): boolean {
  const [x, weight] = [rewriting.value(node.inputs[0]), rewriting.value(node.inputs[1])];
  if (!isStatic(x.shape) || !isStatic(weight.shape) || !isOrdinary(node.attrs, weight.shape)) return false;
  const [outputs, inputs, ...kernel] = weight.shape;
  const attrs = { ...node.attrs, kernel_shape: ints(kernel) };
  const rows = reshape(transpose(weight, [0, 2, 3, 1]), [outputs, kernel[0] * kernel[1] * inputs]);
  const maps = join(portions(x, attrs, buffer).map((part) => product(part, rows, attrs)));
  const bias = node.inputs[2] ? reshape(rewriting.value(node.inputs[2]), [1, outputs, 1, 1]) : null;
  return rewriting.replace(node, bias ? add(maps, bias) : maps);
}

/** The convolution of some images by filters [K, taps · C]. */
function product(x: Value, filters: Value, attrs: Attrs): Value {
  const columns = windows(x, attrs);
  const [batch, depth, height, width] = staticShape(columns.shape, "laid-out windows");
  return reshape(matmul(filters, reshape(columns, [batch, depth, height * width])), [
    batch,
    Number(filters.shape[0]),
    height,
    width,
  ]);
}

function weightGradient(node: Node, rewriting: Rewriting, buffer: number): boolean {
  const [x, dy] = node.inputs.map((name) => rewriting.value(name));
  const outputs = Number(dy.shape[1]);
  const kernel = intsOf(node.attrs, "kernel_shape", [1, 1]);
  let start = 0;
  const sums = portions(x, node.attrs, buffer).map((part) => {
    const end = start + Number(part.shape[0]);
    const gradient = end - start === x.shape[0] ? dy : slice(dy, [start], [end], [0]);
    start = end;
    return rowGradient(part, gradient, node.attrs);
  });
  const rows = reshape(sums.reduce(add), [outputs, ...kernel, Number(x.shape[1])]);
  return rewriting.replace(node, transpose(rows, [0, 3, 1, 2]));
}

/** [K, taps · C] from some images and their gradients. */
function rowGradient(x: Value, dy: Value, attrs: Attrs): Value {
  const columns = windows(x, attrs);
  const [batch, depth, height, width] = staticShape(columns.shape, "laid-out windows");
  const maps = reshape(dy, [batch, Number(dy.shape[1]), height * width]);
  return reduceSum(matmul(maps, transpose(reshape(columns, [batch, depth, height * width]), [0, 2, 1])), [0]);
}

/** The images in parts whose windows fit into one buffer of a device of modest limits. */
function portions(x: Value, attrs: Attrs, buffer: number): readonly Value[] {
  const shape = staticShape(x.shape, "an image");
  const taps = sizeOf(intsOf(attrs, "kernel_shape", [1, 1]));
  const [down, across] = intsOf(attrs, "strides", [1, 1]);
  const bytes = 4 * taps * sizeOf(shape.slice(1)) / (down * across);
  const most = Math.max(1, Math.floor(buffer / bytes));
  if (most >= shape[0]) return [x];
  const starts = Array.from({ length: Math.ceil(shape[0] / most) }, (_, i) => i * most);
  return starts.map((start) => slice(x, [start], [Math.min(shape[0], start + most)], [0]));
}

function join(parts: readonly Value[]): Value {
  return parts.length === 1 ? parts[0] : concat(parts, 0);
}

/** For every tap the pixels under it: [N, taps · C, oH, oW]. */
function windows(x: Value, attrs: Attrs): Value {
  const [height, width] = intsOf(attrs, "kernel_shape", [1, 1]);
  const [down, across] = intsOf(attrs, "strides", [1, 1]);
  const [rowStep, columnStep] = intsOf(attrs, "dilations", [1, 1]);
  const pads = intsOf(attrs, "pads", [0, 0, 0, 0]);
  const lengths = [Number(x.shape[2]) + pads[0] + pads[2], Number(x.shape[3]) + pads[1] + pads[3]];
  const last = [lengths[0] - (height - 1) * rowStep, lengths[1] - (width - 1) * columnStep];
  const padded = paddedBy(x, pads.map((length) => Math.max(0, length)));
  const taps: Value[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const start = [i * rowStep, j * columnStep];
      taps.push(slice(padded, start, [start[0] + last[0], start[1] + last[1]], [2, 3], [down, across]));
    }
  }
  return taps.length === 1 ? taps[0] : concat(taps, 1);
}

function paddedBy(x: Value, [top, left, bottom, right]: readonly number[]): Value {
  return top + left + bottom + right === 0 ? x : pad(x, [0, 0, top, left, 0, 0, bottom, right]);
}

function isOrdinary(attrs: Attrs, weight: readonly number[]): boolean {
  const single = weight.length === 4 && intOf(attrs, "group", 1) === 1;
  return single && weight[2] * weight[3] > 1 && stringOf(attrs, "auto_pad", "NOTSET") === "NOTSET";
}
