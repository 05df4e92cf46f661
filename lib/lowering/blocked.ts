/**
 * Moves images into the blocked order of ONNX Runtime's `com.microsoft.nchwc` operators, and keeps them there from node to node;
 * what has no blocked form reads the plain order.
 */
import { scalar, sizeOf } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import { type Attrs, type Graph, isStatic, type Node } from "../graph/graph.ts";
import { mul, reshape, transpose } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { intOf, intsOf, stringOf } from "./attributes.ts";
import { forwardFilter } from "./blocked_filters.ts";
import { type ForwardConv, hasInputGradient, inputGradient } from "./blocked_input_gradient.ts";
import {
  blockedAffine,
  blockedConv,
  blockedPool,
  channelMean,
  flat,
  pixelMean,
  toBlocked,
  toPlain,
  toRows,
} from "./blocked_ops.ts";
import { blockedPoolGradient } from "./pool_gradient.ts";
import { planarWeightGradient, weightGradient } from "./blocked_weight_gradient.ts";
import { compositeRules } from "./composites.ts";
import { nchwcRules } from "./nchwc.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

/** Operators that work element by element, and so in any order. */
const ELEMENTWISE = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Relu",
  "HardSigmoid",
  "Sigmoid",
  "Neg",
  "Sqrt",
  "Exp",
  "Abs",
]);

/** The same graph with its images in blocks of `block` channels. */
export function blockImages(graph: Graph, block: number): Graph {
  let layout: BlockedLayout | undefined;
  return rewrite(graph, [...rules, ...compositeRules, ...nchwcRules(block)], (node, rewriting) => {
    layout ??= new BlockedLayout(rewriting, graph, block);
    return layout.visit(node);
  });
}

/** A gradient that another may be added to while it is computed. */
type Summing = (sum: Value) => Value;

class BlockedLayout {
  /** Values of the old graph that have a blocked form. */
  readonly #blocked = new Map<string, Value>();
  readonly #plain = new Set<string>();
  readonly #rows = new Map<Value, Value>();
  readonly #summing = new Map<string, Summing>();

  readonly #outputs: ReadonlySet<string>;

  constructor(private readonly rewriting: Rewriting, graph: Graph, private readonly block: number) {
    this.#outputs = new Set(graph.outputs.map((output) => output.name));
  }

  visit(node: Node): boolean {
    if (this.#lower(node)) return true;
    for (const name of node.inputs) {
      if (name !== "") this.#readPlain(name);
    }
    return false;
  }

  #lower(node: Node): boolean {
    switch (node.op) {
      case "Conv":
        return this.#conv(node);
      case "ConvTranspose":
        return this.#inputGradient(node);
      case "ConvWeightGradient":
        return this.#weightGradient(node);
      case "ChannelAffine":
        return this.#affine(node);
      case "MaxPool":
      case "AveragePool":
        return this.#pool(node);
      case "MaxPoolGradient":
        return this.#poolGradient(node);
      case "GlobalAveragePool":
        return this.#globalPool(node);
      case "ReduceMean":
      case "ReduceSum":
        return this.#reduction(node);
      default:
        return ELEMENTWISE.has(node.op) && this.#elementwise(node);
    }
  }

  #conv(node: Node): boolean {
    const [x, weight] = [this.#shape(node.inputs[0]), this.#shape(node.inputs[1])];
    if (!x || !weight || !isOrdinary(node.attrs) || x.length !== 4 || !this.#fits(weight[0])) return false;
    const filters = this.rewriting.value(node.inputs[1]);
    if (filters.constant || filters.type !== "float32") return false;
    const few = weight[1] < this.block;
    if (!few && !this.#fits(weight[1])) return false;
    const image = few ? this.#readPlain(node.inputs[0]) : this.#readBlocked(node.inputs[0]);
    const bias = node.inputs[2] ? this.rewriting.value(node.inputs[2]) : null;
    const filter = forwardFilter(filters, this.block);
    const strides = intsOf(node.attrs, "strides", [1, 1]);
    const pads = intsOf(node.attrs, "pads", [0, 0, 0, 0]);
    return this.#set(node, blockedConv(image, filter, { kernel: weight.slice(2), strides, pads, bias }));
  }

  #inputGradient(node: Node): boolean {
    const [dy, weight] = [this.#shape(node.inputs[0]), this.#shape(node.inputs[1])];
    if (!dy || !weight || node.inputs[2] || !isOrdinary(node.attrs) || dy.length !== 4) return false;
    if (!this.#fits(weight[0]) || !this.#fits(weight[1])) return false;
    const filters = this.rewriting.value(node.inputs[1]);
    if (filters.type !== "float32") return false;
    const strides = intsOf(node.attrs, "strides", [1, 1]);
    const pads = intsOf(node.attrs, "pads", [0, 0, 0, 0]);
    const extra = intsOf(node.attrs, "output_padding", [0, 0]);
    const lengths = [0, 1].map((i) => (dy[i + 2] - 1) * strides[i] + weight[i + 2] - pads[i] - pads[i + 2] + extra[i]);
    const conv: ForwardConv = {
      weight: filters,
      strides,
      begins: pads.slice(0, 2),
      input: [dy[0], weight[1], ...lengths],
    };
    if (!hasInputGradient(conv, dy)) return false;
    const gradient = this.#readBlocked(node.inputs[0]);
    if (sizeOf(strides) === 1) {
      this.#summing.set(node.outputs[0], (sum) => inputGradient(conv, gradient, this.block, sum));
    }
    return this.#set(node, inputGradient(conv, gradient, this.block));
  }

  #weightGradient(node: Node): boolean {
    const [x, dy] = [this.#shape(node.inputs[0]), this.#shape(node.inputs[1])];
    if (!x || !dy || !this.#fits(dy[1]) || !this.#blocked.has(node.inputs[1])) return false;
    const gradient = this.#readBlocked(node.inputs[1]);
    const cropped = intsOf(node.attrs, "pads", []).some((pad) => pad < 0);
    if (x[1] < this.block && !cropped) {
      return this.rewriting.replace(node, planarWeightGradient(this.#readPlain(node.inputs[0]), gradient, node.attrs));
    }
    return this.rewriting.replace(
      node,
      weightGradient(this.#readRows(node.inputs[0]), gradient, node.attrs, this.block),
    );
  }

  #affine(node: Node): boolean {
    const [shift, ...operands] = node.inputs;
    const shape = this.#shape(operands[0]);
    if (!shape) return false;
    const uniform = this.#isUniform(operands, shift);
    if (!uniform && !this.#fits(shape[1])) return false;
    const read = (name: string): Value => uniform ? flat(this.#readPlain(name), this.block) : this.#readBlocked(name);
    const terms = Array.from({ length: Math.ceil(operands.length / 2) }, (_, i) => ({
      image: read(operands[2 * i]),
      coefficient: operands[2 * i + 1] ? this.rewriting.value(operands[2 * i + 1]) : null,
    }));
    const one = this.rewriting.builder.constant(scalar(terms[0].image.type, 1));
    const relu = stringOf(node.attrs, "activation", "") === "Relu";
    const value = blockedAffine(terms, shift ? this.rewriting.value(shift) : null, relu, one);
    return uniform ? this.rewriting.replace(node, reshape(value, shape)) : this.#set(node, value);
  }

  /** Whether all images are in plain order and all coefficients single numbers, so that the order does not matter. */
  #isUniform(operands: readonly string[], shift: string): boolean {
    const images = operands.filter((_, i) => i % 2 === 0);
    const coefficients = [shift, ...operands.filter((_, i) => i % 2 === 1)].filter((name) => name !== "");
    const single = (name: string): boolean => sizeOf(this.#shape(name) ?? [0, 0]) === 1;
    return images.every((name) => !this.#blocked.has(name) && this.#fits(sizeOf(this.#shape(name) ?? [1]))) &&
      coefficients.every(single);
  }

  #pool(node: Node): boolean {
    const x = this.#blocked.get(node.inputs[0]);
    if (!x || node.outputs.length > 1 || !isOrdinary(node.attrs)) return false;
    return this.#set(node, blockedPool(node.op as "MaxPool" | "AveragePool", x, node.attrs));
  }

  #poolGradient(node: Node): boolean {
    const shape = this.#shape(node.inputs[0]);
    if (!shape || !this.#fits(shape[1])) return false;
    const [x, y, dy] = node.inputs.map((name) => this.#readBlocked(name));
    return this.#set(node, blockedPoolGradient(x, y, dy, node.attrs, this.block));
  }

  #globalPool(node: Node): boolean {
    const x = this.#blocked.get(node.inputs[0]);
    return x !== undefined && this.rewriting.replace(node, pixelMean(x));
  }

  /** Sums and means over all but the channels. */
  #reduction(node: Node): boolean {
    const x = this.#blocked.get(node.inputs[0]);
    const axes = node.inputs[1] ? this.rewriting.value(node.inputs[1]).constant : undefined;
    if (!x || !axes || Array.from(axes.data, Number).join() !== "0,2,3") return false;
    const mean = channelMean(x);
    const [batch, channels, height, width] = x.shape.map(Number);
    const total = node.op === "ReduceSum" ? mul(mean, batch * height * width) : mean;
    const kept = intOf(node.attrs, "keepdims", 1) !== 0;
    return this.rewriting.replace(node, kept ? total : reshape(total, [channels]));
  }

  #elementwise(node: Node): boolean {
    const shapes = node.inputs.map((name) => this.#shape(name));
    const image = node.inputs.find((name) => this.#blocked.has(name));
    if (image === undefined) return false;
    const like = this.#shape(image)!.join();
    const fits = shapes.every((shape) =>
      shape && (shape.join() === like || (sizeOf(shape) === 1 && shape.length <= 4))
    );
    if (!fits) return false;
    const fused = node.op === "Add" ? this.#fusedSum(node) : undefined;
    if (fused) return this.#set(node, fused);
    const operands = node.inputs.map((name, i) =>
      sizeOf(shapes[i]!) === 1 ? this.rewriting.value(name) : this.#readBlocked(name)
    );
    return this.#set(node, this.rewriting.builder.emit(node.op, operands, node.attrs, { name: node.name })[0]);
  }

  /** An addition that the convolution before it does on the way. */
  #fusedSum({ inputs: [a, b] }: Node): Value | undefined {
    const [left, right] = [this.#summing.get(a), this.#summing.get(b)];
    if (right) return right(this.#readBlocked(a));
    return left?.(this.#readBlocked(b));
  }

  #set(node: Node, value: Value): true {
    this.#blocked.set(node.outputs[0], value);
    if (this.#outputs.has(node.outputs[0])) this.#readPlain(node.outputs[0]);
    return true;
  }

  #fits(channels: number): boolean {
    return channels % this.block === 0;
  }

  #readBlocked(name: string): Value {
    const known = this.#blocked.get(name);
    if (known) return known;
    const value = toBlocked(this.rewriting.value(name));
    this.#blocked.set(name, value);
    this.#plain.add(name);
    return value;
  }

  #readPlain(name: string): Value {
    const blocked = this.#blocked.get(name);
    if (blocked && !this.#plain.has(name)) {
      this.rewriting.set(name, toPlain(blocked));
      this.#plain.add(name);
    }
    return this.rewriting.value(name);
  }

  /** [N,H,W,C]. */
  #readRows(name: string): Value {
    const blocked = this.#blocked.get(name);
    if (!blocked) return transpose(this.rewriting.value(name), [0, 2, 3, 1]);
    const rows = this.#rows.get(blocked) ?? toRows(blocked);
    this.#rows.set(blocked, rows);
    return rows;
  }

  #shape(name: string): readonly number[] | undefined {
    const { shape } = this.#blocked.get(name) ?? this.rewriting.value(name);
    return isStatic(shape) ? shape : undefined;
  }
}

/** One group, no dilation, explicit padding. */
function isOrdinary(attrs: Attrs): boolean {
  const dilations = intsOf(attrs, "dilations", [1, 1]);
  const plain = intOf(attrs, "group", 1) === 1 && dilations.every((dilation) => dilation === 1);
  return plain && intOf(attrs, "ceil_mode", 0) === 0 && stringOf(attrs, "auto_pad", "NOTSET") === "NOTSET" &&
    attrs.output_shape === undefined;
}
