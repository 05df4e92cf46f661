/** Writes the composites that are left with standard operators. */
import type { Value } from "../contracts/op.ts";
import { type Attrs, type Graph, int, ints, type Node, staticShape } from "../graph/graph.ts";
import {
  add,
  clip,
  constantLike,
  greater,
  mul,
  reduceSum,
  relu,
  reshape,
  slice,
  transpose,
  where,
} from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { imageWindow, intOf, stringOf } from "./attributes.ts";
import { compositeRules } from "./composites.ts";
import { plainPoolGradient } from "./pool_gradient.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";
import type { OpRule } from "../contracts/op.ts";

/** The same graph without composites. `extra` are the rules of what else it holds. */
export function writePlainForms(graph: Graph, extra: readonly OpRule[] = []): Graph {
  return rewrite(graph, [...rules, ...compositeRules, ...extra], (node, rewriting) => {
    const value = plainForm(node, rewriting);
    return value !== undefined && rewriting.replace(node, value);
  });
}

function plainForm(node: Node, rewriting: Rewriting): Value | undefined {
  const inputs = node.inputs.map((name) => (name === "" ? null : rewriting.value(name)));
  switch (node.op) {
    case "ChannelAffine":
      return channelAffine(inputs, node.attrs);
    case "ConvWeightGradient":
      return (intOf(node.attrs, "group", 1) > 1 ? depthwiseWeightGradient : weightGradient)(
        inputs[0]!,
        inputs[1]!,
        node.attrs,
      );
    case "PReluGradient":
      return mul(inputs[2]!, where(greater(inputs[0]!, 0), constantLike(inputs[0]!, 1), inputs[1]!));
    case "PReluSlopeGradient":
      return reduceSum(mul(inputs[1]!, clip(inputs[0]!, null, 0)), [0, 2, 3], true);
    case "MaxPoolGradient":
      return plainPoolGradient(inputs[0]!, inputs[1]!, inputs[2]!, node.attrs);
  }
}

function channelAffine([shift, ...operands]: readonly (Value | null)[], attrs: Attrs): Value {
  const terms: Value[] = [];
  for (let i = 0; i < operands.length; i += 2) {
    const [image, coefficient] = [operands[i]!, operands[i + 1]];
    terms.push(coefficient ? mul(image, coefficient) : image);
  }
  if (shift) terms.push(shift);
  const sum = terms.reduce(add);
  return stringOf(attrs, "activation", "") === "Relu" ? relu(sum) : sum;
}

/** As a convolution in three axes (see blocked_weight_gradient.ts), from images in plain order. */
function weightGradient(x: Value, dy: Value, attrs: Attrs): Value {
  const [batch, outputs, height, width] = staticShape(dy.shape, "a gradient");
  const { kernel, strides, dilations, begins, ends: [bottom, right] } = imageWindow(attrs);
  const [, inputs, fullHeight, fullWidth] = staticShape(x.shape, "an image");
  const lengths = [fullHeight + Math.min(0, bottom), fullWidth + Math.min(0, right)];
  const reached = bottom < 0 || right < 0 ? slice(x, [0, 0], lengths, [2, 3]) : x;
  const image = reshape(transpose(reached, [0, 2, 3, 1]), [1, batch, ...lengths, inputs]);
  const filter = reshape(transpose(dy, [1, 0, 2, 3]), [outputs, batch, height, width, 1]);
  const [made] = x.builder.emit("Conv", [image, filter], {
    kernel_shape: ints([height, width, 1]),
    strides: ints([...dilations, 1]),
    dilations: ints([...strides, 1]),
    pads: ints([...begins, 0, Math.max(0, bottom), Math.max(0, right), 0]),
    group: int(1),
  });
  return transpose(reshape(made, [outputs, ...kernel, inputs]), [0, 3, 1, 2]);
}

/** As a grouped convolution with batch and channels exchanged, which is how autodiff writes it. */
function depthwiseWeightGradient(x: Value, dy: Value, attrs: Attrs): Value {
  const [, channels] = staticShape(dy.shape, "a gradient");
  const { strides, dilations, begins, ends } = imageWindow(attrs);
  const [batch, , fullHeight, fullWidth] = staticShape(x.shape, "an image");
  const lengths = [fullHeight + Math.min(0, ends[0]), fullWidth + Math.min(0, ends[1])];
  const reached = ends[0] < 0 || ends[1] < 0 ? slice(x, [0, 0], lengths, [2, 3]) : x;
  const planes = reshape(transpose(reached, [1, 0, 2, 3]), [1, channels * batch, ...lengths]);
  const [made] = x.builder.emit("Conv", [planes, transpose(dy, [1, 0, 2, 3])], {
    strides: ints(dilations),
    dilations: ints(strides),
    pads: ints([...begins, ...ends].map((pad) => Math.max(0, pad))),
    group: int(channels),
  });
  return transpose(made, [1, 0, 2, 3]);
}
