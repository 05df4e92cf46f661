/**
 * Batch normalisation by given statistics behind a convolution becomes part of it: the factors of the channels move into its filters,
 * the shifts into its bias, and the gradient of the factors is read off the gradient of the filters. So it takes no pass over an
 * image, forwards or backwards.
 */
import { toNumbers } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import { type Attrs, type Graph, isStatic, type Node } from "../graph/graph.ts";
import { add, constantLike, div, mul, reduceSum, reshape, sqrt, sub } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { windowOf } from "../ops/window.ts";
import { floatOf, intOf } from "./attributes.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { Consumers } from "./consumers.ts";
import { Producers, rewrite, type Rewriting } from "./rewrite.ts";
import { perFilter } from "./scaled_gradients.ts";
import { type Shapes, shapesOf } from "./shapes.ts";
import { weightGradientAttrs } from "./weight_gradient.ts";

/** The same graph with batch normalisation by given statistics folded; weight gradients must be recognised. */
export function foldFrozenNorms(graph: Graph): Graph {
  let folding: Folding | undefined;
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    folding ??= new Folding(graph, rewriting);
    return folding.visit(node);
  });
}

/** A sum Σ dy · (convolution - mean) over all but the channels: the gradient of a factor. */
interface FactorGradient {
  readonly conv: Node;
  readonly mean: string;
  readonly dy: string;
  /** Of the gradient of the convolution's filters. */
  readonly attrs: Attrs;
}

/** The nodes of such a sum. */
interface CentredSum extends FactorGradient {
  readonly inner: readonly Node[];
  readonly sum: Node;
}

class Folding {
  readonly #producers: Producers;
  readonly #consumers: Consumers;
  readonly #shapes: Shapes;
  readonly #factors = new Map<Node, FactorGradient>();
  readonly #gone = new Set<Node>();

  constructor(private readonly graph: Graph, private readonly rewriting: Rewriting) {
    this.#producers = new Producers(graph);
    this.#consumers = new Consumers(graph);
    this.#shapes = shapesOf(graph);
    for (const node of graph.nodes.filter(isFrozenNorm)) this.#plan(node);
  }

  visit(node: Node): boolean {
    if (this.#gone.has(node)) return true;
    const factor = this.#factors.get(node);
    if (factor) return this.rewriting.replace(node, this.#factorGradient(factor));
    return isFrozenNorm(node) && this.#normalise(node);
  }

  /** Folds a normalisation into its convolution unless something else needs what that gives. */
  #plan(norm: Node): void {
    const conv = this.#producers.of(norm.inputs[0], "Conv");
    if (conv === undefined || this.#consumers.isOutput(conv.outputs[0])) return;
    if (this.#shapes.get(conv.inputs[1])?.length !== 4) return;
    const others = this.#consumers.of(conv.outputs[0]).filter((node) => node !== norm);
    const sums = others.flatMap((node) => this.#centredSum(node, conv) ?? []);
    if (sums.length < others.length) return;
    this.#gone.add(conv);
    for (const sum of sums) {
      sum.inner.forEach((node) => this.#gone.add(node));
      this.#factors.set(sum.sum, sum);
    }
  }

  /** Follows Sub, Mul and ReduceSum from a convolution to the gradient of its factor. */
  #centredSum(centred: Node, conv: Node): CentredSum | undefined {
    if (centred.op !== "Sub" || centred.inputs[0] !== conv.outputs[0]) return undefined;
    const product = this.#consumers.only(centred.outputs[0], "Mul");
    const sum = product && this.#consumers.only(product.outputs[0], "ReduceSum");
    if (!sum || product.inputs[1] !== centred.outputs[0] || !this.#isChannelSum(sum)) return undefined;
    const [dy] = product.inputs;
    const attrs = this.#weightGradientOf(conv, dy);
    return attrs && { inner: [centred, product], sum, conv, mean: centred.inputs[1], dy, attrs };
  }

  /** The attributes of the gradient of a convolution's filters by a scaled dy, if the graph has that gradient. */
  #weightGradientOf(conv: Node, dy: string): Attrs | undefined {
    const [x, weight] = conv.inputs.map((name) => this.#shapes.get(name));
    if (!x || !weight || !isStatic(x) || !isStatic(weight)) return undefined;
    const window = windowOf("Conv", conv.attrs, weight.slice(2), x.slice(2));
    const attrs = weightGradientAttrs(window, intOf(conv.attrs, "group", 1));
    const isHere = this.#consumers.of(conv.inputs[0]).some((node) =>
      node.op === "ConvWeightGradient" && JSON.stringify(node.attrs) === JSON.stringify(attrs) &&
      this.#producers.of(node.inputs[1], "Mul")?.inputs[0] === dy
    );
    return isHere ? attrs : undefined;
  }

  #isChannelSum(sum: Node): boolean {
    const axes = sum.inputs[1] ? this.graph.constants.get(sum.inputs[1]) : undefined;
    return axes !== undefined && [...toNumbers(axes)].join() === "0,2,3" && intOf(sum.attrs, "keepdims", 1) === 0;
  }

  /** Into its convolution, or else as a product and a sum. */
  #normalise(node: Node): boolean {
    const [scale, bias, mean, variance] = node.inputs.slice(1).map((name) => this.rewriting.value(name));
    const factor = div(scale, sqrt(add(variance, floatOf(node.attrs, "epsilon", 1e-5))));
    const conv = this.#producers.of(node.inputs[0], "Conv");
    if (conv && this.#gone.has(conv)) {
      const shift = add(mul(this.#offset(conv, mean), factor), bias);
      return this.rewriting.replace(node, this.#scaledConv(conv, factor, shift));
    }
    const x = this.rewriting.value(node.inputs[0]);
    if (x.shape.length !== 4) return false;
    const perChannel = (value: Value): Value => reshape(value, [1, Number(scale.shape[0]), 1, 1]);
    return this.rewriting.replace(node, add(mul(x, perChannel(factor)), perChannel(sub(bias, mul(mean, factor)))));
  }

  #scaledConv(conv: Node, factor: Value, shift: Value): Value {
    const [x, weight] = [this.rewriting.value(conv.inputs[0]), this.rewriting.value(conv.inputs[1])];
    const inputs = [x, mul(weight, perFilter(factor)), shift];
    return this.rewriting.builder.emit("Conv", inputs, conv.attrs, { name: conv.name })[0];
  }

  /** Σ dy · (w∗x + bias - mean) = Σ dW · w + (bias - mean) · Σ dy, where dW is the gradient of the filters by dy. */
  #factorGradient({ conv, mean, dy, attrs }: FactorGradient): Value {
    const [weight, gradient] = [this.rewriting.value(conv.inputs[1]), this.rewriting.value(dy)];
    const inputs = [this.rewriting.value(conv.inputs[0]), gradient];
    const [filters] = this.rewriting.builder.emit("ConvWeightGradient", inputs, attrs, { domain: COMPOSITE });
    const centre = reshape(this.rewriting.value(mean), [Number(weight.shape[0])]);
    const shift = mul(this.#offset(conv, centre), reduceSum(gradient, [0, 2, 3]));
    return add(reduceSum(mul(filters, weight), [1, 2, 3]), shift);
  }

  /** The convolution's bias less the mean, [K]. */
  #offset(conv: Node, mean: Value): Value {
    const bias = conv.inputs[2] ? this.rewriting.value(conv.inputs[2]) : constantLike(mean, 0);
    return sub(bias, mean);
  }
}

function isFrozenNorm({ op, domain, attrs }: Node): boolean {
  return op === "BatchNormalization" && domain === "" && intOf(attrs, "training_mode", 0) === 0;
}
