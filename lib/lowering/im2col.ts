/**
 * Convolutions and their gradients as matrix products over windows that Gather lays out: what WebGPU's kernels compute fastest. Its own
 * kernel for windows of more than one pixel also leaves some 0.7 MB behind in every run on the software adapter, and adds up over a
 * training.
 */
import { sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import { type Graph, isStatic, type Node, staticShape } from "../graph/graph.ts";
import { add, concat, gather, gemm, matmul, pad, reduceSum, reshape, slice, transpose } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { transposedWindowOf, type Window, windowOf } from "../ops/window.ts";
import { intOf, intsOf, stringOf } from "./attributes.ts";
import { compositeRules } from "./composites.ts";
import { indexTable } from "./index_tables.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";
import { inputTable, isPointwise, meetingTable, outputTable } from "./window_tables.ts";

/** Bytes that laid-out windows may take: WebGPU promises bindings of 128 MiB. */
const BUFFER_BYTES = 96 * 2 ** 20;

/** The same graph without 2-D convolutions of one group, their gradients included; `buffer` is in bytes. */
export function layOutWindows(graph: Graph, buffer = BUFFER_BYTES): Graph {
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    if (!isOrdinary(node, rewriting)) return false;
    switch (node.op) {
      case "Conv":
        return forward(node, rewriting, buffer);
      case "ConvTranspose":
        return inputGradient(node, rewriting, buffer);
      default:
        return weightGradient(node, rewriting, buffer);
    }
  });
}

function isOrdinary(node: Node, rewriting: Rewriting): boolean {
  if (!["Conv", "ConvTranspose", "ConvWeightGradient"].includes(node.op)) return false;
  const shapes = node.inputs.slice(0, 2).map((name) => rewriting.value(name).shape);
  return shapes.every((shape) => isStatic(shape) && shape.length === 4) && intOf(node.attrs, "group", 1) === 1 &&
    stringOf(node.attrs, "auto_pad", "NOTSET") === "NOTSET";
}

/** W [K,C·T] times the input pixels under the window, [N,C·T,P]. */
function forward(node: Node, rewriting: Rewriting, buffer: number): boolean {
  const [x, weight] = [rewriting.value(node.inputs[0]), rewriting.value(node.inputs[1])];
  const [outputs, inputs, ...kernel] = dims(weight);
  const window = windowOf(node.op, node.attrs, kernel, dims(x).slice(2));
  const rows = reshape(weight, [outputs, inputs * sizeOf(kernel)]);
  const maps = inPortions(
    [x],
    bytesOf(x, window.output, kernel),
    buffer,
    ([part]) => asImages(matmul(rows, inputsUnder(part, window)), window.output),
  );
  return rewriting.replace(node, join(maps, biasOf(node, rewriting, outputs)));
}

/**
 * With a stride of 1, transposed W [C,K·T] times the gradients whose windows reach a pixel, [N,K·T,H·W]. With a stride most of those
 * would be 0: there W [C·T,K] times dy [N,K,P], of which each input pixel sums what meets it.
 */
function inputGradient(node: Node, rewriting: Rewriting, buffer: number): boolean {
  const [dy, weight] = [rewriting.value(node.inputs[0]), rewriting.value(node.inputs[1])];
  const [inputs, outputs, ...kernel] = dims(weight);
  const window = transposedWindowOf(node.op, node.attrs, kernel, dims(dy).slice(2));
  const size = window.input;
  const taps = sizeOf(kernel);
  const byOutput = transpose(reshape(weight, [inputs, outputs, taps]), [1, 0, 2]);
  const isStrided = window.strides.some((stride) => stride > 1);
  const rows = isStrided
    ? transpose(reshape(weight, [inputs, outputs * taps]), [1, 0])
    : reshape(byOutput, [outputs, inputs * taps]);
  const bytes = bytesOf(dy, isStrided ? window.output : size, kernel) * (isStrided ? outputs / inputs : 1);
  const images = inPortions(
    [dy],
    bytes,
    buffer,
    ([part]) => asImages(isStrided ? meetings(part, rows, window) : matmul(rows, outputsOver(part, window)), size),
  );
  return rewriting.replace(node, join(images, biasOf(node, rewriting, outputs)));
}

/** dy [K,P·N] times the transposed input pixels under the window, [C·T,P·N]: the batch is summed over by the product. */
function weightGradient(node: Node, rewriting: Rewriting, buffer: number): boolean {
  const [x, dy] = node.inputs.map((name) => rewriting.value(name));
  const kernel = intsOf(node.attrs, "kernel_shape", [1, 1]);
  const window = windowOf(node.op, node.attrs, kernel, dims(x).slice(2));
  const sums = inPortions([x, dy], bytesOf(x, window.output, kernel), buffer, ([images, gradients]) => {
    const [batch, channels] = dims(images);
    const columns = laidOut(batchLast(images), 1, window, inputTable);
    const flat = reshape(columns, [channels * sizeOf(kernel), sizeOf(window.output) * batch]);
    const maps = reshape(batchLast(gradients), [dims(dy)[1], sizeOf(window.output) * batch]);
    return gemm(maps, flat, null, { transB: true });
  });
  return rewriting.replace(node, reshape(sums.reduce(add), [dims(dy)[1], dims(x)[1], ...kernel]));
}

/** The input pixels under the window of every output pixel, [N,C·T,P]. */
function inputsUnder(x: Value, window: Window): Value {
  const [batch, channels] = dims(x);
  const columns = laidOut(planes(x), 2, window, inputTable);
  return reshape(columns, [batch, channels * sizeOf(window.kernel), sizeOf(window.output)]);
}

/** The output pixels whose windows reach every input pixel, [N,K·T,H·W]. */
function outputsOver(dy: Value, window: Window): Value {
  const [batch, channels] = dims(dy);
  const columns = laidOut(planes(dy), 2, window, outputTable);
  return reshape(columns, [batch, channels * sizeOf(window.kernel), sizeOf(window.input)]);
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

/** The pixels, along `axis` of x, that a table of the windows tells; x itself where they are the same. */
function laidOut(x: Value, axis: number, window: Window, table: (window: Window) => Int32Array): Value {
  return isPointwise(window) ? x : gathered(x, axis, table(window));
}

/** Pixels by number; the number behind the last one stands for 0. */
function gathered(x: Value, axis: number, table: Int32Array): Value {
  const length = dims(x)[axis];
  const ends = dims(x).map((_, i) => (i === axis ? 1 : 0));
  const source = table.includes(length) ? pad(x, [...ends.map(() => 0), ...ends]) : x;
  return gather(source, indexTable(x.builder, table), axis);
}

/** [N,C,H,W] to [N,C,H·W]. */
function planes(x: Value): Value {
  const [batch, channels, ...size] = dims(x);
  return reshape(x, [batch, channels, sizeOf(size)]);
}

/** [N,C,H,W] to [C,H·W,N]. */
function batchLast(x: Value): Value {
  return transpose(planes(x), [1, 2, 0]);
}

/** [N,C,H·W] to [N,C,H,W]. */
function asImages(maps: Value, size: readonly number[]): Value {
  return reshape(maps, [...dims(maps).slice(0, 2), ...size]);
}

/** Bytes that the windows of one image take. */
function bytesOf(x: Value, size: readonly number[], kernel: readonly number[]): number {
  return 4 * dims(x)[1] * sizeOf(size) * sizeOf(kernel);
}

/** What `make` makes of parts of the batch whose windows fit into one buffer of a device of modest limits. */
function inPortions(
  images: readonly Value[],
  bytes: number,
  buffer: number,
  make: (parts: readonly Value[]) => Value,
): readonly Value[] {
  const batch = dims(images[0])[0];
  const most = Math.max(1, Math.floor(buffer / bytes));
  if (most >= batch) return [make(images)];
  const starts = Array.from({ length: Math.ceil(batch / most) }, (_, i) => i * most);
  return starts.map((start) => make(images.map((x) => slice(x, [start], [Math.min(batch, start + most)], [0]))));
}

function join(parts: readonly Value[], bias: Value | null): Value {
  const whole = parts.length === 1 ? parts[0] : concat(parts, 0);
  return bias ? add(whole, bias) : whole;
}

function biasOf(node: Node, rewriting: Rewriting, channels: number): Value | null {
  return node.inputs[2] ? reshape(rewriting.value(node.inputs[2]), [1, channels, 1, 1]) : null;
}

function dims(x: Value): readonly number[] {
  return staticShape(x.shape, `"${x.name}"`);
}
