/** Writes the composites that are left with standard operators. */
import type { Value } from "../contracts/op.ts";
import { type Attrs, type Graph, int, ints, type Node, staticShape } from "../graph/graph.ts";
import { add, mul, relu, slice, transpose } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { intsOf, stringOf } from "./attributes.ts";
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
      return weightGradient(inputs[0]!, inputs[1]!, node.attrs);
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

/** A Conv in which batch and channels, strides and dilations change places. */
function weightGradient(x: Value, dy: Value, attrs: Attrs): Value {
  const pads = intsOf(attrs, "pads", [0, 0, 0, 0]);
  const [, , height, width] = staticShape(x.shape, "an image");
  const cut = pads[2] < 0 || pads[3] < 0;
  const ends = [height + Math.min(0, pads[2]), width + Math.min(0, pads[3])];
  const reached = cut ? slice(x, [0, 0], ends, [2, 3]) : x;
  const exchange = [1, 0, 2, 3];
  const [made] = x.builder.emit("Conv", [transpose(reached, exchange), transpose(dy, exchange)], {
    strides: attrs.dilations ?? ints([1, 1]),
    dilations: attrs.strides ?? ints([1, 1]),
    pads: ints(pads.map((pad) => Math.max(0, pad))),
    group: int(1),
  });
  return transpose(made, exchange);
}
