/**
 * Operators of our own between two rewrites: idioms of a train step under one name, which the last rewrite of every target turns
 * into operators that its provider has. They never reach a provider.
 */
import { sizeOf } from "../base/tensor.ts";
import type { Numbers, OpRule } from "../contracts/op.ts";
import { type Attrs, int, ints } from "../graph/graph.ts";
import { Registry } from "../ops/registry.ts";
import { rules as standardRules } from "../ops/rules/mod.ts";
import { tapIndices, type Window, windowOf } from "../ops/window.ts";
import { imageWindow, intOf, stringOf } from "./attributes.ts";

export const COMPOSITE = "ageline";

const standard = new Registry(standardRules);

/**
 * relu?(Σ x_i · c_i + shift): inputs shift, x_0, c_0, x_1, c_1, …, where x_i is [N,C,H,W], shift and c_i hold one number per
 * channel ([1,C,1,1]) or one in all. A shift that is left out is 0, a c_i that is left out is 1.
 */
const channelAffine: OpRule = {
  type: "ChannelAffine",
  domain: COMPOSITE,
  infer: (inputs) => [{ type: inputs[1]!.type, shape: inputs[1]!.shape }],
  compute([shift, ...terms], attrs) {
    const { type, dims } = terms[0]!;
    const inner = sizeOf(dims.slice(2));
    const data = new Float64Array(sizeOf(dims));
    const perChannel = (x: Numbers | null | undefined, i: number, absent: number): number =>
      x ? x.data[x.data.length === 1 ? 0 : Math.floor(i / inner) % dims[1]] : absent;
    for (let i = 0; i < data.length; i++) {
      data[i] = perChannel(shift, i, 0);
      for (let t = 0; t < terms.length; t += 2) data[i] += terms[t]!.data[i] * perChannel(terms[t + 1], i, 1);
    }
    const relu = stringOf(attrs, "activation", "") === "Relu";
    return [{ type, dims, data: relu ? data.map((value) => Math.max(value, 0)) : data }];
  },
  vjp: null,
  samples: [],
};

/**
 * The gradient [K,C,kH,kW] of the weight of a Conv from its input [N,C,H,W] and the gradient [N,K,oH,oW] of its output; [C,1,kH,kW]
 * where `group` is C and K (depthwise).
 */
const convWeightGradient: OpRule = {
  type: "ConvWeightGradient",
  domain: COMPOSITE,
  infer: ([x, dy], attrs) => [{
    type: x!.type,
    shape: [dy!.shape[1], intOf(attrs, "group", 1) > 1 ? 1 : x!.shape[1], ...imageWindow(attrs).kernel],
  }],
  compute([x, dy], attrs) {
    const image = swapped(cropped(x!, attrs));
    const { strides, dilations, begins, ends } = imageWindow(attrs);
    const exchanged: Attrs = {
      strides: ints(dilations),
      dilations: ints(strides),
      pads: ints([...begins, ...ends].map((pad) => Math.max(0, pad))),
      group: attrs.group ?? int(1),
    };
    const conv = standard.get("Conv", "", "Conv");
    const [channels, batch, height, width] = image.dims;
    const grouped = intOf(attrs, "group", 1) > 1;
    const planes = grouped ? { ...image, dims: [1, channels * batch, height, width] } : image;
    return [swapped(conv.compute([planes, swapped(dy!), null], exchanged, 1)[0])];
  },
  vjp: null,
  samples: [],
};

/** The gradient of MaxPool's input from input, output and the output's gradient; equal maxima of a window share it evenly. */
const maxPoolGradient: OpRule = {
  type: "MaxPoolGradient",
  domain: COMPOSITE,
  infer: ([x]) => [{ type: x!.type, shape: x!.shape }],
  compute([x, y, dy], attrs) {
    const taps = poolTaps(x!.dims, attrs);
    const pixels = sizeOf(x!.dims.slice(2));
    const positions = sizeOf(y!.dims.slice(2));
    const data = new Float64Array(x!.data.length);
    for (let i = 0; i < y!.data.length; i++) {
      const base = Math.floor(i / positions) * pixels;
      const hits = taps[i % positions].filter((at) => x!.data[base + at] === y!.data[i]);
      for (const at of hits) data[base + at] += dy!.data[i] / hits.length;
    }
    return [{ ...x!, data }];
  },
  vjp: null,
  samples: [],
};

/** dy · (x > 0 ? 1 : slope) from x [N,C,H,W], slope [C,1,1] and dy. */
const preluGradient: OpRule = {
  type: "PReluGradient",
  domain: COMPOSITE,
  infer: ([x]) => [{ type: x!.type, shape: x!.shape }],
  compute([x, slope, dy]) {
    const [, channels, height, width] = x!.dims;
    const factor = (i: number): number => slope!.data[Math.floor(i / (height * width)) % channels];
    return [{ ...x!, data: x!.data.map((value, i) => dy!.data[i] * (value > 0 ? 1 : factor(i))) }];
  },
  vjp: null,
  samples: [],
};

/** Σ dy · min(x, 0) per channel, [1,C,1,1], from x and dy [N,C,H,W]. */
const preluSlopeGradient: OpRule = {
  type: "PReluSlopeGradient",
  domain: COMPOSITE,
  infer: ([x]) => [{ type: x!.type, shape: [1, x!.shape[1], 1, 1] }],
  compute([x, dy]) {
    const [, channels, height, width] = x!.dims;
    const data = new Float64Array(channels);
    x!.data.forEach((value, i) => {
      data[Math.floor(i / (height * width)) % channels] += dy!.data[i] * Math.min(value, 0);
    });
    return [{ type: x!.type, dims: [1, channels, 1, 1], data }];
  },
  vjp: null,
  samples: [],
};

export const compositeRules: readonly OpRule[] = [
  channelAffine,
  convWeightGradient,
  maxPoolGradient,
  preluGradient,
  preluSlopeGradient,
];

/** The window of a pooling of x [N,C,H,W]. */
export function poolWindow(x: readonly number[], attrs: Attrs): Window {
  return windowOf("MaxPool", attrs, imageWindow(attrs).kernel, x.slice(2));
}

/** For each window of a pooling of x [N,C,H,W] the flat places of its pixels inside the image. */
export function poolTaps(x: readonly number[], attrs: Attrs): readonly (readonly number[])[] {
  const window = poolWindow(x, attrs);
  const taps = sizeOf(window.kernel);
  const places = tapIndices(window);
  return Array.from({ length: sizeOf(window.output) }, (_, position) => {
    return [...places.subarray(position * taps, (position + 1) * taps)].filter((place) => place >= 0);
  });
}

/** Exchanges the first two axes. */
function swapped(x: Numbers): Numbers {
  const perm = [1, 0, ...x.dims.slice(2).map((_, i) => i + 2)];
  return standard.get("Transpose", "", "Transpose").compute([x], { perm: ints(perm) }, 1)[0];
}

/** Cuts off the rows and columns that no window reaches: they show as negative padding. */
function cropped(x: Numbers, attrs: Attrs): Numbers {
  const { ends } = imageWindow(attrs);
  const [height, width] = x.dims.slice(2).map((length, i) => length + Math.min(0, ends[i]));
  if (height === x.dims[2] && width === x.dims[3]) return x;
  const data = new Float64Array(x.dims[0] * x.dims[1] * height * width);
  let at = 0;
  for (let plane = 0; plane < x.dims[0] * x.dims[1]; plane++) {
    for (let i = 0; i < height; i++) {
      const start = (plane * x.dims[2] + i) * x.dims[3];
      for (let j = 0; j < width; j++) data[at++] = x.data[start + j];
    }
  }
  return { ...x, dims: [x.dims[0], x.dims[1], height, width], data };
}
