/** Gradients of convolutions in their weight, from blocked or plain images. */
import type { Value } from "../contracts/op.ts";
import { type Attrs, int, ints, staticShape } from "../graph/graph.ts";
import { gather, matmul, reshape, slice, transpose } from "../ops/emit.ts";
import { imageWindow } from "./attributes.ts";
import { channelMajor, rowsToBlocked, toPlain, toRows } from "./blocked_ops.ts";
import { indexTable, tabulate } from "./index_tables.ts";

/**
 * dW [K,C,kH,kW] from the pixels of x as rows [N,H,W,C] and the blocked dy [N,K,oH,oW]. One standard convolution in three axes
 * computes it: images are its input channels, dy is its filter, and its output pixels are (row, column, channel). So no tensor
 * holds the windows laid out, and nothing is summed over the batch afterwards. `attrs` are those of ConvWeightGradient.
 */
export function weightGradient(x: Value, dy: Value, attrs: Attrs, block: number): Value {
  const { kernel, begins, ends } = imageWindow(attrs);
  const isInside = [...begins, ...ends].every((pad) => pad <= 0);
  if (kernel[0] * kernel[1] === 1 && isInside) return pointwise(x, dy, attrs);
  const [batch, outputs, height, width] = staticShape(dy.shape, "a gradient");
  const inputs = Number(x.shape[3]);
  const image = reshape(reached(x, attrs), [1, batch, ...cut(x, attrs), inputs]);
  const filter = reshape(channelMajor(dy), [outputs, batch, height, width, 1]);
  const made = exchangedConv(image, filter, attrs, [height, width, 1]);
  const rows = reshape(made, [outputs, ...kernel, inputs]);
  return inputs % block === 0 ? toPlain(rowsToBlocked(rows)) : transpose(rows, [0, 3, 1, 2]);
}

/** The same for an image [N,C,H,W] of few channels, of which rows would be short. */
export function planarWeightGradient(x: Value, dy: Value, attrs: Attrs): Value {
  const { kernel, strides, dilations, begins, ends } = imageWindow(attrs);
  const [batch, outputs, height, width] = staticShape(dy.shape, "a gradient");
  const [, inputs, ...lengths] = staticShape(x.shape, "an image");
  const image = reshape(x, [1, batch, inputs, ...lengths]);
  const filter = reshape(channelMajor(dy), [outputs, batch, 1, height, width]);
  const [made] = x.builder.emit("Conv", [image, filter], {
    kernel_shape: ints([1, height, width]),
    strides: ints([1, ...dilations]),
    dilations: ints([1, ...strides]),
    pads: ints([0, ...begins, 0, ...ends]),
    group: int(1),
  });
  return reshape(made, [outputs, inputs, ...kernel]);
}

function exchangedConv(image: Value, filter: Value, attrs: Attrs, kernel: readonly number[]): Value {
  const { strides, dilations, begins, ends } = imageWindow(attrs);
  const padding = (pads: readonly number[]): readonly number[] => pads.map((pad) => Math.max(0, pad));
  return image.builder.emit("Conv", [image, filter], {
    kernel_shape: ints(kernel),
    strides: ints([...dilations, 1]),
    dilations: ints([...strides, 1]),
    pads: ints([...padding(begins), 0, ...padding(ends), 0]),
    group: int(1),
  })[0];
}

/** Height and width without what lies behind the last window. */
function cut(x: Value, attrs: Attrs): readonly number[] {
  return imageWindow(attrs).ends.map((end, axis) => Number(x.shape[axis + 1]) + Math.min(0, end));
}

function reached(x: Value, attrs: Attrs): Value {
  const [height, width] = cut(x, attrs);
  if (height === x.shape[1] && width === x.shape[2]) return x;
  return slice(x, [0, 0], [height, width], [1, 2]);
}

/** Without padding, a 1x1 convolution's gradient is one matrix product of [K, pixels] and [pixels, C]. */
function pointwise(x: Value, dy: Value, attrs: Attrs): Value {
  const [batch, outputs, height, width] = staticShape(dy.shape, "a gradient");
  const [, fullHeight, fullWidth, inputs] = staticShape(x.shape, "rows of pixels");
  const [down, across] = imageWindow(attrs).strides;
  const pixels = reshape(x, [batch, fullHeight * fullWidth, inputs]);
  const order = tabulate([height, width], (i, j) => i * down * fullWidth + j * across);
  const strided = down * across > 1 || height !== fullHeight || width !== fullWidth;
  const seen = strided ? gather(pixels, indexTable(x.builder, order), 1) : pixels;
  const product = matmul(channelMajor(dy), reshape(seen, [batch * height * width, inputs]));
  return reshape(product, [outputs, inputs, 1, 1]);
}

/**
 * The same for more inputs than outputs, from the blocked x: the transposed product, since a product runs at 0.7 of its speed with the
 * narrower side as its rows, and short rows of pixels are made in half the time.
 */
export function narrowingWeightGradient(x: Value, dy: Value): Value {
  const [batch, outputs, height, width] = staticShape(dy.shape, "a gradient");
  const product = matmul(channelMajor(x), reshape(toRows(dy), [batch * height * width, outputs]));
  return reshape(transpose(product, [1, 0]), [outputs, Number(x.shape[1]), 1, 1]);
}
