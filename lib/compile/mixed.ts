/**
 * Mixed precision (Micikevicius et al.: Mixed precision training, ICLR 2018) as a rewrite of a float32 graph: part of its nodes
 * compute in float16, with statistics and sums in float32.
 */
import { type DType, type Tensor, tensor, toNumbers } from "../base/tensor.ts";
import type { Builder, Value } from "../contracts/op.ts";
import { type Attrs, float, type Graph, int, type Node } from "../graph/graph.ts";
import { Rewriting } from "../lowering/rewrite.ts";
import { createBuilder } from "../ops/builder.ts";
import { cast, ONNX_TYPES } from "../ops/emit.ts";
import { type Precision, precisionOf } from "./precision.ts";

/** The largest float16. */
const LARGEST = 65504;
/** The smallest float16 above 0. */
const SMALLEST = 2 ** -24;

/** Remembers which nodes of a graph that is being built compute in float16. */
export class NarrowPart {
  /** Names of nodes. */
  readonly nodes = new Set<string>();

  constructor(private readonly builder: Builder) {}

  /** What `build` gives; the nodes that it adds belong to the part. */
  with<T>(build: () => T): T {
    const before = this.builder.nodes.length;
    const made = build();
    for (const { name } of this.builder.nodes.slice(before)) this.nodes.add(name);
    return made;
  }
}

/** `graph` with the nodes of these names in float16 where `precisionOf` says so. Inputs, outputs and all other nodes stay. */
export function mixPrecision(graph: Graph, narrow: ReadonlySet<string>): Graph {
  return new Mixing(graph, narrow).run();
}

class Mixing {
  readonly #rewriting: Rewriting;
  readonly #summed: ReadonlySet<string>;
  /** Values in the type that they were not made in. */
  readonly #recast = new Map<Value, Value>();

  constructor(private readonly graph: Graph, private readonly narrow: ReadonlySet<string>) {
    this.#rewriting = new Rewriting(graph, createBuilder());
    this.#summed = onlySummed(graph);
  }

  run(): Graph {
    for (const node of this.graph.nodes) {
      const precision = this.narrow.has(node.name) ? this.#precision(node) : null;
      this.#add(node, precision);
    }
    for (const { name, type } of this.graph.outputs) {
      const value = this.#rewriting.value(name);
      if (value.type === "float16") this.#rewriting.set(name, this.#as(value, type));
    }
    return this.#rewriting.finish();
  }

  /** What is squared or multiplied only to be summed would overflow in float16. */
  #precision(node: Node): Precision {
    const usual = precisionOf(node);
    return usual !== "narrow" && node.outputs.every((name) => this.#summed.has(name)) ? "reduction" : usual;
  }

  /** `null`: everything stays float32. */
  #add(node: Node, precision: Precision | null): void {
    const given = node.inputs.map((name) => (name === "" ? null : this.#rewriting.value(name)));
    const anyNarrow = given.some((value) => value?.type === "float16");
    const inner = precision === "narrow" || (precision === "following" && anyNarrow) ? "float16" : "float32";
    const inputs = given.map((value) => value && this.#as(value, inner));
    const outputs = this.#emit(node, inputs, inner, precision !== null);
    const returns = precision === "wide" && anyNarrow;
    node.outputs.forEach((name, i) => {
      if (name !== "") this.#rewriting.set(name, returns ? this.#as(outputs[i], "float16") : outputs[i]);
    });
  }

  #emit(node: Node, inputs: readonly (Value | null)[], inner: DType, isMixed: boolean): readonly Value[] {
    const { op, domain, name, outputs } = node;
    const attrs = isMixed && isMask(node, inputs) ? { to: int(ONNX_TYPES.float16) } : attrsFor(node.attrs, inner);
    return this.#rewriting.builder.emit(op, inputs, attrs, { domain, name, outputs: outputs.length });
  }

  /** A floating-point value in this type; others as they are. */
  #as(value: Value, type: DType): Value {
    const isFloat = value.type === "float32" || value.type === "float16";
    if (!isFloat || value.type === type) return value;
    const known = this.#recast.get(value) ?? this.#recasted(value, type);
    this.#recast.set(value, known);
    return known;
  }

  #recasted(value: Value, type: DType): Value {
    const { constant, builder } = value;
    const isNumber = type === "float16" && constant !== undefined && constant.data.length === 1;
    return isNumber ? builder.constant(narrowNumber(constant)) : cast(value, type);
  }
}

/** Values that nothing but reductions reads. */
function onlySummed(graph: Graph): ReadonlySet<string> {
  const summed = new Set<string>();
  const others = new Set(graph.outputs.map(({ name }) => name));
  for (const node of graph.nodes) {
    const into = precisionOf(node) === "reduction" ? summed : others;
    for (const name of node.inputs) into.add(name);
  }
  return summed.difference(others);
}

/** Whether a node makes 0 and 1 of a condition. */
function isMask({ op, attrs }: Node, [condition]: readonly (Value | null)[]): boolean {
  const { to } = attrs;
  return op === "Cast" && condition?.type === "bool" && to?.kind === "int" && to.value === ONNX_TYPES.float32;
}

/** One number as float16; what stands for "very large" or "very small" stays finite and different from 0. */
function narrowNumber(constant: Tensor): Tensor {
  const [value] = toNumbers(constant);
  const size = Math.min(Math.max(Math.abs(value), SMALLEST), LARGEST);
  return tensor("float16", constant.dims, [value === 0 ? 0 : Math.sign(value) * size]);
}

/** Attributes whose numbers the type can hold. */
function attrsFor(attrs: Attrs, type: DType): Attrs {
  if (type !== "float16") return attrs;
  const fitting = Object.entries(attrs).map(([name, attr]) => {
    const isLarge = attr.kind === "float" && Math.abs(attr.value) > LARGEST;
    return [name, isLarge ? float(Math.sign(attr.value) * LARGEST) : attr] as const;
  });
  return Object.fromEntries(fitting);
}
