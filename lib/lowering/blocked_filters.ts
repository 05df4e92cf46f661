/**
 * Filters for blocked convolutions from weights [K,C,kH,kW] that change with every step. `ReorderInput` brings the channels
 * that a vector holds together, Gather puts the rows in place.
 */
import type { Value } from "../contracts/op.ts";
import { sizeOf } from "../base/tensor.ts";
import { staticShape } from "../graph/graph.ts";
import { gather, reshape } from "../ops/emit.ts";
import { indexTable, tabulate } from "./index_tables.ts";
import { NCHWC } from "./nchwc.ts";

/** The weight under its own shape, ordered [K/b, C/b, kH, kW, b of C, b of K]; C below b is not blocked. */
export function forwardFilter(weight: Value, block: number): Value {
  const [outputs, inputs, ...kernel] = staticShape(weight.shape, "a weight");
  const taps = sizeOf(kernel);
  const rows = reordered(reshape(weight, [1, outputs, inputs * taps, 1]), [-1, block]); // [K/b, C, taps] rows
  const inner = inputs < block ? 1 : block;
  const order = tabulate(
    [outputs / block, inputs / inner, taps, inner],
    (k, c, tap, i) => (k * inputs + c * inner + i) * taps + tap,
  );
  return reshape(gather(rows, indexTable(weight.builder, order)), [outputs, inputs, ...kernel]);
}

/**
 * The filter [C,K,|taps|] that maps the gradient of the output to that of the input, ordered [C/b, K/b, taps, b of K, b of C].
 * `taps` are the places of the weight's window that it keeps, in the order in which the gradient's pixels meet them.
 */
export function gradientFilter(weight: Value, taps: readonly number[], shape: readonly number[], block: number): Value {
  const [outputs, inputs, ...kernel] = staticShape(weight.shape, "a weight");
  const all = sizeOf(kernel);
  const rows = reordered(reshape(weight, [outputs, inputs, all, 1]), [-1, block]); // [K, C/b, taps] rows
  const order = tabulate(
    [inputs / block, outputs / block, taps.length, block],
    (c, k, tap, i) => ((k * block + i) * (inputs / block) + c) * all + taps[tap],
  );
  return reshape(gather(rows, indexTable(weight.builder, order)), [inputs, outputs, ...shape]);
}

/**
 * The filter of a depthwise convolution from its weight [C,1,kH,kW], ordered [C/b, taps, b of C]. `taps` are the places of the
 * weight's window that it keeps, in the order in which it meets them; default all.
 */
export function depthwiseFilter(
  weight: Value,
  block: number,
  taps?: readonly number[],
  shape: readonly number[] = staticShape(weight.shape, "a weight").slice(2),
): Value {
  const [channels, , ...kernel] = staticShape(weight.shape, "a weight");
  const all = sizeOf(kernel);
  const rows = reordered(reshape(weight, [1, channels, all, 1]), [-1, block]); // [C/b, taps] rows
  if (taps === undefined) return reshape(rows, [channels, 1, ...shape]);
  const kept = gather(reshape(rows, [channels / block, all, block]), indexTable(weight.builder, taps), 1);
  return reshape(kept, [channels, 1, ...shape]);
}

function reordered(x: Value, shape: readonly number[]): Value {
  const size = sizeOf(staticShape(x.shape, "a weight"));
  const [blocked] = x.builder.emit("ReorderInput", [x], {}, { domain: NCHWC });
  return reshape(blocked, [size / shape[1], shape[1]]);
}
