/** The blocked operators as functions. A blocked value has the declared shape [N,C,H,W] of the image that it holds. */
import type { Value } from "../contracts/op.ts";
import { sizeOf } from "../base/tensor.ts";
import { type Attrs, int, ints, staticShape, string } from "../graph/graph.ts";
import { add, expand, gather, reduceMean, reduceSum, reshape } from "../ops/emit.ts";
import { indexTable, tabulate } from "./index_tables.ts";
import { NCHWC } from "./nchwc.ts";

function emit(op: string, inputs: readonly (Value | null)[], attrs: Attrs = {}): Value {
  return inputs[0]!.builder.emit(op, inputs, attrs, { domain: NCHWC })[0];
}

/** [N,C,H,W] in blocked order. */
export const toBlocked = (x: Value): Value => emit("ReorderInput", [x]);
/** [N,H,W,C] in blocked order. */
export const rowsToBlocked = (x: Value): Value => emit("ReorderInput", [x], { channels_last: int(1) });
/** The blocked image as [N,C,H,W]. */
export const toPlain = (x: Value): Value => emit("ReorderOutput", [x], { channels: int(Number(x.shape[1])) });
/** The blocked image as [N,H,W,C]. */
export const toRows = (x: Value): Value =>
  emit("ReorderOutput", [x], { channels: int(Number(x.shape[1])), channels_last: int(1) });

/** What a blocked convolution does beside its filter. */
export interface BlockedConv {
  readonly kernel: readonly number[];
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  readonly pads?: readonly number[];
  readonly groups?: number;
  /** [K]. */
  readonly bias?: Value | null;
  /** Added to the result: a blocked value of its shape. */
  readonly sum?: Value | null;
  readonly relu?: boolean;
}

/** x blocked, filter as blocked_filters.ts makes them. */
export function blockedConv(x: Value, filter: Value, conv: BlockedConv): Value {
  return emit("Conv", [x, filter, conv.bias ?? null, conv.sum ?? null], {
    kernel_shape: ints(conv.kernel),
    strides: ints(conv.strides ?? [1, 1]),
    dilations: ints(conv.dilations ?? [1, 1]),
    pads: ints(conv.pads ?? [0, 0, 0, 0]),
    group: int(conv.groups ?? 1),
    ...(conv.relu ? { activation: string("Relu") } : {}),
  });
}

/** relu?(x · scale + shift + sum) with one number per channel: a depthwise 1x1 convolution, one pass on all threads. */
export function affine(
  x: Value,
  scale: Value,
  rest: { shift?: Value | null; sum?: Value | null; relu?: boolean },
): Value {
  const channels = Number(x.shape[1]);
  const filter = reshape(perChannel(scale, channels), [channels, 1, 1, 1]);
  const bias = rest.shift ? perChannel(rest.shift, channels) : null;
  return blockedConv(x, filter, { kernel: [1, 1], groups: channels, bias, sum: rest.sum, relu: rest.relu });
}

/** [1,C,1,1] or one number as [C]. */
function perChannel(value: Value, channels: number): Value {
  const size = sizeOf(staticShape(value.shape, "a coefficient"));
  if (size === channels) return reshape(value, [channels]);
  return expand(reshape(value, [1]), [channels]);
}

/** Mean over images and pixels, [1,C,1,1]. */
export function channelMean(x: Value): Value {
  return reduceMean(emit("GlobalAveragePool", [x]), [0], true);
}

/**
 * Σ x · y over images and pixels, [1,C,1,1]. One blocked convolution, in which images and channels together are the groups and y is the
 * filter, takes the sums over pixels: one pass that reads both, where a product and its mean take three.
 */
export function channelDot(x: Value, y: Value): Value {
  const [batch, channels, height, width] = staticShape(x.shape, "an image");
  const planes = batch * channels;
  const image = reshape(x, [1, planes, height, width]);
  const filter = reshape(y, [planes, 1, height, width]);
  const sums = blockedConv(image, filter, { kernel: [height, width], groups: planes });
  return reduceSum(reshape(sums, [batch, channels, 1, 1]), [0], true);
}

/** Mean over pixels, [N,C,1,1]: of one pixel, blocked and plain order are the same. */
export const pixelMean = (x: Value): Value => emit("GlobalAveragePool", [x]);

export const blockedPool = (op: "MaxPool" | "AveragePool", x: Value, attrs: Attrs): Value => emit(op, [x], attrs);

/** The pixels of a blocked image as rows of b channels: [N·C/b, H·W, b]. */
export function pixels(x: Value, block: number): Value {
  const [batch, channels, height, width] = staticShape(x.shape, "a blocked image");
  return reshape(x, [batch * channels / block, height * width, block]);
}

/** A blocked gradient [N,K,H,W] as [K, N·H·W]. */
export function channelMajor(dy: Value): Value {
  const [batch, channels, height, width] = staticShape(dy.shape, "a gradient");
  const planes = reshape(toPlain(dy), [batch * channels, height * width]);
  const order = tabulate([channels, batch], (k, n) => n * channels + k);
  return reshape(gather(planes, indexTable(dy.builder, order)), [channels, batch * height * width]);
}

/** Any tensor as a blocked image of `block` channels: for what works on every element alike. */
export function flat(x: Value, block: number): Value {
  const size = sizeOf(staticShape(x.shape, "a tensor"));
  return reshape(x, [1, block, size / block, 1]);
}

/** Σ image · coefficient + shift, and relu where asked: one affine for each image that has a coefficient. */
export function blockedAffine(
  terms: readonly { image: Value; coefficient: Value | null }[],
  shift: Value | null,
  relu: boolean,
  one: Value,
): Value {
  const plain = terms.filter(({ coefficient }) => coefficient === null).map(({ image }) => image);
  const scaled = terms.filter(({ coefficient }) => coefficient !== null);
  if (scaled.length === 0) scaled.push({ image: plain.shift()!, coefficient: one });
  let sum = plain.length === 0 ? null : plain.reduce(add);
  scaled.forEach(({ image, coefficient }, i) => {
    const last = i === scaled.length - 1;
    sum = affine(image, coefficient!, { shift: i === 0 ? shift : null, sum, relu: relu && last });
  });
  return sum!;
}
