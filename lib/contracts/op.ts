/** The operator socket: what ageline must know of an ONNX operator to check, run, fold and differentiate it. */
import type { DType, Tensor } from "../base/tensor.ts";
import type { Attrs, Dim, Graph, Shape, TensorType } from "../graph/graph.ts";

/** A handle on a value of a graph that is being built. */
export interface Value {
  readonly name: string;
  readonly type: DType;
  readonly shape: Shape;
  readonly builder: Builder;
  /** The data, where the value is a constant. */
  readonly constant?: Tensor;
}

/** Builds a graph node by node; every node is shape-checked as it is added, and folded where all its inputs are constants. */
export interface Builder {
  input(name: string, type: DType, shape: readonly Dim[]): Value;
  /** A constant; equal small constants share one initializer. `name` makes it a named weight, never shared. */
  constant(tensor: Tensor, name?: string): Value;
  /** Adds a node. `null` leaves an optional input out. @throws GraphError where operator, types or shapes do not fit. */
  emit(op: string, inputs: readonly (Value | null)[], attrs?: Attrs, options?: EmitOptions): readonly Value[];
  /** Declares `value` as the graph output `name`. */
  output(name: string, value: Value): void;
  /** The nodes added so far, each after the makers of its inputs; folded ones never appear. */
  readonly nodes: readonly BuiltNode[];
  /** The finished graph: every declared input, and of the rest only what the outputs need. */
  finish(about?: { name?: string; metadata?: Readonly<Record<string, string>>; doc?: string }): Graph;
}

/** A node of a graph that is being built. */
export interface BuiltNode {
  readonly name: string;
  readonly rule: OpRule;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attrs: Attrs;
}

export interface EmitOptions {
  readonly domain?: string;
  readonly name?: string;
  /** How many outputs the node has; default 1, or what the rule infers. */
  readonly outputs?: number;
}

/** Data as the float64 judge computes with it: numbers whatever the nominal type, row-major. */
export interface Numbers {
  readonly type: DType;
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

/** One differentiated node, as its gradient rule sees it. */
export interface Tape {
  readonly builder: Builder;
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  readonly attrs: Attrs;
  /** Whether the gradient of input `i` is wanted; a rule may skip work where it is not. */
  wanted(i: number): boolean;
}

/** Maps the gradients of the outputs (null: zero) to those of the inputs (null: none), by nodes added to the graph. */
export type Vjp = (tape: Tape, dys: readonly (Value | null)[]) => readonly (Value | null)[];

/** Inputs on which the gradient suite judges a rule. */
export interface Sample {
  /** Shapes of the inputs; `null` leaves an optional one out. */
  readonly shapes: readonly (readonly number[] | null)[];
  readonly attrs?: Attrs;
  /** Constant inputs by position (shape arguments, indices), not differentiated. */
  readonly fixed?: Readonly<Record<number, Tensor>>;
  /** Range that random inputs are drawn from; default [-2, 2]. Keep it off kinks and poles. */
  readonly range?: readonly [number, number];
  readonly outputs?: number;
}

/** One ONNX operator, spelled as ONNX spells it, in the form of operator set `OPSET`. */
export interface OpRule {
  readonly type: string;
  readonly domain?: string;
  /** Version of its operator set that first has it, where that is above `OPSET` (or, in another domain, above 1). */
  readonly since?: number;
  /** Types of the outputs. `constants[i]` is the data of input `i` where it is constant. @throws GraphError on a misfit. */
  infer(
    inputs: readonly (TensorType | null)[],
    attrs: Attrs,
    constants: readonly (Tensor | undefined)[],
    outputs: number,
  ): readonly TensorType[];
  /** Computes in float64: the reference provider, constant folding and the gradient judge all run this. */
  compute(inputs: readonly (Numbers | null)[], attrs: Attrs, outputs: number): readonly Numbers[];
  /** The gradient rule; `null` states that the operator has none. */
  readonly vjp: Vjp | null;
  readonly samples: readonly Sample[];
}
