/**
 * Convolutions and their gradients as matrix products over windows that Gather lays out: what WebGPU's kernels compute fastest. Its own
 * kernel for windows of more than one pixel also leaves some 0.7 MB behind in every run on the software adapter, and adds up over a
 * training.
 */
import { sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { add, concat, gemm, matmul, reduceSum, reshape, transpose } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { transposedWindowOf, type Window, windowOf } from "../ops/window.ts";
import { imageWindow } from "./attributes.ts";
import { Columns, dims, gathered, isOfImages, planes } from "./columns.ts";
import { compositeRules } from "./composites.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";
import { inputTable, isPointwise, meetingTable, outputTable } from "./window_tables.ts";

/** Bytes that laid-out windows may take: WebGPU promises bindings of 128 MiB. */
const BUFFER_BYTES = 96 * 2 ** 20;

/** The same graph without 2-D convolutions of one group, their gradients included; `buffer` is in bytes. */
export function layOutWindows(graph: Graph, buffer = BUFFER_BYTES): Graph {
  const layout = { columns: new Columns(), buffer };
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    if (!isOrdinary(node, rewriting)) return false;
    switch (node.op) {
      case "Conv":
        return forward(node, rewriting, layout);
      case "ConvTranspose":
        return inputGradient(node, rewriting, layout);
      default:
        return weightGradient(node, rewriting, layout);
    }
  });
}

interface Layout {
  readonly columns: Columns;
  /** Bytes that windows may take. */
  readonly buffer: number;
}

function isOrdinary(node: Node, rewriting: Rewriting): boolean {
  if (!["Conv", "ConvTranspose", "ConvWeightGradient"].includes(node.op)) return false;
  return isOfImages(node, rewriting) && imageWindow(node.attrs).automatic === "NOTSET";
}

/** W [K,C·T] times the input pixels under the window: columns [C·T,P·N], or under a window of one pixel the planes as they are. */
function forward(node: Node, rewriting: Rewriting, { columns, buffer }: Layout): boolean {
  const [x, weight] = [rewriting.value(node.inputs[0]), rewriting.value(node.inputs[1])];
  const [outputs, inputs, ...kernel] = dims(weight);
  const window = windowOf(node.op, node.attrs, kernel, dims(x).slice(2));
  const rows = reshape(weight, [outputs, inputs * sizeOf(kernel)]);
  const portions = columns.portions(x, mostOf(buffer, bytesOf(x, window.output, kernel)));
  const maps = portions.map((part) => {
    if (isPointwise(window)) return asImages(matmul(rows, planes(part)), window.output);
    return batchFirst(matmul(rows, columns.of(part, window, inputTable)), window.output);
  });
  return rewriting.replace(node, join(maps, biasOf(node, rewriting, outputs)));
}

/**
 * With a stride of 1, transposed W [C,K·T] times the gradients whose windows reach a pixel, [K·T,H·W·N]. With a stride most of those
 * would be 0: there W [C·T,K] times dy [N,K,P], of which each input pixel sums what meets it.
 */
function inputGradient(node: Node, rewriting: Rewriting, { columns, buffer }: Layout): boolean {
  const [dy, weight] = [rewriting.value(node.inputs[0]), rewriting.value(node.inputs[1])];
  const [inputs, outputs, ...kernel] = dims(weight);
  const window = transposedWindowOf(node.op, node.attrs, kernel, dims(dy).slice(2));
  const size = window.input;
  const isStrided = window.strides.some((stride) => stride > 1);
  const bytes = bytesOf(dy, isStrided ? window.output : size, kernel) * (isStrided ? outputs / inputs : 1);
  const rows = isStrided || isPointwise(window) ? byTap(weight) : byInput(weight);
  const images = columns.portions(dy, mostOf(buffer, bytes)).map((part) => {
    if (isStrided) return asImages(meetings(part, rows, window), size);
    if (isPointwise(window)) return asImages(matmul(rows, planes(part)), size);
    return batchFirst(matmul(rows, columns.of(part, window, outputTable)), size);
  });
  return rewriting.replace(node, join(images, biasOf(node, rewriting, outputs)));
}

/** dy [K,P·N] times the transposed input pixels under the window, [C·T,P·N]: the batch is summed over by the product. */
function weightGradient(node: Node, rewriting: Rewriting, { columns, buffer }: Layout): boolean {
  const [x, dy] = node.inputs.map((name) => rewriting.value(name));
  const { kernel } = imageWindow(node.attrs);
  const window = windowOf(node.op, node.attrs, kernel, dims(x).slice(2));
  const most = mostOf(buffer, bytesOf(x, window.output, kernel));
  const gradients = columns.portions(dy, most);
  const sums = columns.portions(x, most).map((part, i) => {
    const pixels = isPointwise(window) ? flat(columns.batchLast(part)) : columns.of(part, window, inputTable);
    return gemm(flat(columns.batchLast(gradients[i])), pixels, null, { transB: true });
  });
  return rewriting.replace(node, reshape(sums.reduce(add), [dims(dy)[1], dims(x)[1], ...kernel]));
}

/** W [C,K,kH,kW] of a ConvTranspose as [K,C·T]. */
function byInput(weight: Value): Value {
  const [inputs, outputs, ...kernel] = dims(weight);
  const taps = sizeOf(kernel);
  return reshape(transpose(reshape(weight, [inputs, outputs, taps]), [1, 0, 2]), [outputs, inputs * taps]);
}

/** W [C,K,kH,kW] of a ConvTranspose as [K·T,C]. */
function byTap(weight: Value): Value {
  const [inputs, ...others] = dims(weight);
  return transpose(reshape(weight, [inputs, sizeOf(others)]), [1, 0]);
}

/** rows [C·T,K] times dy, [N,C·T,P], summed for every input pixel, [N,C,H·W]. */
function meetings(dy: Value, rows: Value, window: Window): Value {
  const taps = sizeOf(window.kernel);
  const [batch, , ...output] = dims(dy);
  const channels = dims(rows)[0] / taps;
  const shares = reshape(matmul(rows, planes(dy)), [batch, channels, taps * sizeOf(output)]);
  const { table, most } = meetingTable(window);
  const met = gathered(shares, 2, table);
  return most === 1 ? met : reduceSum(reshape(met, [batch, channels, sizeOf(window.input), most]), [3]);
}

/** [C,P,N] to [C,P·N]. */
function flat(x: Value): Value {
  const [channels, ...others] = dims(x);
  return reshape(x, [channels, sizeOf(others)]);
}

/** [N,C,H·W] to [N,C,H,W]. */
function asImages(maps: Value, size: readonly number[]): Value {
  return reshape(maps, [...dims(maps).slice(0, 2), ...size]);
}

/** [C,H·W·N] to [N,C,H,W]. */
function batchFirst(maps: Value, size: readonly number[]): Value {
  const [channels, length] = dims(maps);
  return asImages(transpose(reshape(maps, [channels, sizeOf(size), length / sizeOf(size)]), [2, 0, 1]), size);
}

/** Bytes that the windows of one image take. */
function bytesOf(x: Value, size: readonly number[], kernel: readonly number[]): number {
  return 4 * dims(x)[1] * sizeOf(size) * sizeOf(kernel);
}

/** How many images are taken at once, so that their windows fit into one buffer of a device of modest limits. */
function mostOf(buffer: number, bytes: number): number {
  return Math.max(1, Math.floor(buffer / bytes));
}

function join(parts: readonly Value[], bias: Value | null): Value {
  const whole = parts.length === 1 ? parts[0] : concat(parts, 0);
  return bias ? add(whole, bias) : whole;
}

function biasOf(node: Node, rewriting: Rewriting, channels: number): Value | null {
  return node.inputs[2] ? reshape(rewriting.value(node.inputs[2]), [1, channels, 1, 1]) : null;
}
