/** Gradients of convolutions, written as convolutions. */
import type { Value } from "../../contracts/op.ts";
import { type Attrs, int, ints, type Shape } from "../../graph/graph.ts";
import { reduceSum, reshape, slice, transpose } from "../emit.ts";
import { productDim } from "./_symbolic.ts";
import type { Window } from "../window.ts";

/** The large side from the small one by ConvTranspose; output_padding stands for what no window reaches. */
export function spread(small: Value, filters: Value, window: Window, groups: number): Value {
  const attrs: Attrs = {
    ...strideAttrs(window),
    output_padding: ints(window.ends.map((end) => Math.max(0, -end))),
    group: int(groups),
  };
  return small.builder.emit("ConvTranspose", [small, filters], attrs)[0];
}

/** The small side from the large one by Conv. */
export function collect(large: Value, filters: Value, window: Window, groups: number): Value {
  const attrs = { ...strideAttrs(window), group: int(groups) };
  return large.builder.emit("Conv", [reached(large, window, window.strides), filters], attrs)[0];
}

function strideAttrs(window: Window): Attrs {
  return {
    strides: ints(window.strides),
    dilations: ints(window.dilations),
    pads: ints([...window.begins, ...window.ends.map((end) => Math.max(0, end))]),
  };
}

/** Cuts off what lies behind the last window where it is a whole step or more, so that it would give a window too many. */
function reached(large: Value, window: Window, steps: readonly number[]): Value {
  const cut = window.ends.flatMap((end, i) => (-end >= steps[i] ? [i] : []));
  if (cut.length === 0) return large;
  const ends = cut.map((i) => window.input[i] + window.ends[i]);
  return slice(large, cut.map(() => 0), ends, cut.map((i) => i + 2));
}

/**
 * The gradient [S, L / groups, …kernel] of the filters between a large side [N, L, …] and a small side [N, S, …], one of which
 * holds the gradient. It is a Conv in which the batch takes the place of the channels, and strides and dilations swap theirs.
 */
export function filterGradient(large: Value, small: Value, window: Window, groups: number): Value {
  const attrs: Attrs = {
    strides: ints(window.dilations),
    dilations: ints(window.strides),
    pads: ints([...window.begins, ...window.ends.map((end) => Math.max(0, end))]),
    group: int(groups),
  };
  const swap = swapped(window.input.length + 2);
  const image = batchAsChannels(reached(large, window, window.dilations), groups);
  const out = large.builder.emit("Conv", [image, transpose(small, swap)], attrs)[0];
  return transpose(out, swap);
}

/** The order of axes that exchanges the first two. */
function swapped(rank: number): readonly number[] {
  return [1, 0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2)];
}

/** [N, G·C, …] as [C, G·N, …]: the channels of each group become the batch. */
function batchAsChannels(x: Value, groups: number): Value {
  if (groups === 1) return transpose(x, swapped(x.shape.length));
  const [batch, channels, ...rest] = x.shape;
  const each = Number(channels) / groups;
  const parted = reshape(x, [batch, groups, each, ...rest]);
  const moved = transpose(parted, [2, 1, 0, ...rest.map((_, i) => i + 3)]);
  return reshape(moved, [each, productDim([groups, batch]), ...rest]);
}

/** Sum of [N, C, …] over all axes but the channels: the gradient [C] of a bias. */
export function channelSum(dy: Value): Value {
  return reduceSum(dy, spatialAndBatch(dy.shape));
}

function spatialAndBatch(shape: Shape): readonly number[] {
  return shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
}
