/** Frees the batch of a network whose shape arguments hold it as a number. */
import type { Value } from "../../contracts/op.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Graph, Node, Shape } from "../../graph/graph.ts";
import { createBuilder } from "../builder.ts";
import { add, int64s, mul, slice } from "../emit.ts";
import { type BatchPlace, placeAfterReshape } from "./batch_place.ts";
import { Opening } from "./opening.ts";
import type { Changes } from "./upgrade.ts";

/**
 * `graph`, which is canonical with images [B,C,H,W] of a fixed batch as its only input, for images [N,C,H,W].
 * Where the batch went into shape arguments is worked out from the order of the elements. B is best a number that is no other length of the network.
 * @throws GraphError where the batch cannot be told from other lengths.
 */
export function openBatch(graph: Graph): Graph {
  const [{ name, type, shape = [] }] = graph.inputs;
  const inputs = [{ name, type, shape: ["N", ...shape.slice(1)] }];
  const freeing = new BatchOpening(graph, new Opening({ ...graph, inputs }, createBuilder(), []));
  graph.nodes.forEach((node) => freeing.add(node));
  return freeing.finish();
}

class BatchOpening {
  readonly #batch: number;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  /** Elements of the batch axis that lie outside the batch, where there are such, by value. */
  readonly #outer = new Map<string, number>();

  constructor(private readonly graph: Graph, private readonly opening: Opening) {
    this.#shapes = shapesOf(graph);
    const [{ name }] = graph.inputs;
    [this.#batch] = this.#shape(name);
  }

  add(node: Node): void {
    const made = this.#freed(node);
    node.outputs.forEach((name, i) => {
      if (name === "") return;
      this.opening.set(name, made[i]);
      this.#check(node, made[i], name);
    });
  }

  finish(): Graph {
    const { graph, opening } = this;
    for (const { name } of graph.outputs) opening.builder.output(name, opening.value(name));
    return opening.builder.finish({ name: graph.name, metadata: graph.metadata, doc: graph.doc });
  }

  #freed(node: Node): readonly Value[] {
    const inputs = this.opening.inputs(node);
    switch (node.op) {
      case "Reshape":
        return this.#reshaped(node, inputs[0]!);
      case "Expand":
        return this.#expanded(node, inputs[0]!);
      case "Concat":
        return this.#joined(node, inputs as readonly Value[]);
      default:
        return this.#kept(node);
    }
  }

  /** The node as it is. Its outputs hold the batch in the order in which its inputs do. */
  #kept(node: Node, changes: Changes = {}): readonly Value[] {
    const made = this.opening.keep(node, changes);
    const inner = node.inputs.find((name) => this.#outer.has(name));
    if (inner === undefined) return made;
    const from = this.opening.value(inner);
    made.forEach((value, i) => {
      const length = value.shape[batchAxis(value)];
      if (length === from.shape[batchAxis(from)]) this.#outer.set(node.outputs[i], this.#outer.get(inner)!);
    });
    return made;
  }

  #reshaped(node: Node, x: Value): readonly Value[] {
    const axis = batchAxis(x);
    if (axis < 0) return this.#kept(node);
    const [from] = node.inputs;
    const before: BatchPlace = { axis, outer: this.#outer.get(from) ?? 1 };
    const shape = this.#shape(node.outputs[0]);
    const place = placeAfterReshape(this.#shape(from), before, shape, this.#batch) ?? this.#refuse(node);
    if (place.outer > 1) this.#outer.set(node.outputs[0], place.outer);
    return this.opening.keep(node, { inputs: [x, int64s(x, withLength(shape, place.axis, -1))], attrs: {} });
  }

  #expanded(node: Node, x: Value): readonly Value[] {
    const shape = this.#shape(node.outputs[0]);
    const missing = shape.length - x.shape.length;
    const axis = batchAxis(x);
    if (axis >= 0) {
      return this.#kept(node, { inputs: [x, int64s(x, withLength(shape, axis + missing, 1))] });
    }
    const isBatch = (length: number, i: number): boolean => length === this.#batch && (x.shape[i - missing] ?? 1) === 1;
    return this.#kept(node, { inputs: [x, int64s(x, shape.map((length, i) => (isBatch(length, i) ? 1 : length)))] });
  }

  /** What has one copy for the whole batch gets one per image, since other than in arithmetic nothing spreads it here. */
  #joined(node: Node, inputs: readonly Value[]): readonly Value[] {
    const like = inputs.findIndex((value) => batchAxis(value) >= 0);
    if (like < 0) return this.#kept(node);
    const axis = batchAxis(inputs[like]);
    const lengths = node.inputs.map((name) => this.#shape(name)[axis]);
    const spread = (value: Value, i: number): Value =>
      batchAxis(value) < 0 && lengths[i] === lengths[like] ? add(value, zerosAlong(inputs[like], axis)) : value;
    return this.#kept(node, { inputs: inputs.map(spread) });
  }

  #shape(name: string): readonly number[] {
    const shape = this.#shapes.get(name);
    if (shape === undefined) throw new GraphError(`Cannot free the batch of "${name}": its shape is unknown`);
    return shape;
  }

  /** @throws GraphError where a value does not have its old shape, but for the batch. */
  #check(node: Node, { shape }: Value, name: string): void {
    const old = this.#shape(name);
    const axis = shape.findIndex((length) => typeof length === "string");
    const isOne = (length: Shape[number], i: number): boolean => length === 1 && old[i] === this.#batch;
    const fits = shape.length === old.length &&
      shape.every((length, i) => i === axis || length === old[i] || isOne(length, i));
    if (!fits) this.#refuse(node);
  }

  #refuse(node: Node): never {
    throw new GraphError(
      `Cannot free the batch of ${node.op} "${node.name}": ${this.#batch} cannot be told from other lengths there, ` +
        "export the network for any batch",
    );
  }
}

/** The axis whose length is known by name, or -1. */
function batchAxis({ shape }: { readonly shape: Shape }): number {
  return shape.findIndex((length) => typeof length === "string");
}

/** Zeros of length 1 along all axes of `like` but one. */
function zerosAlong(like: Value, axis: number): Value {
  const axes = like.shape.map((_, i) => i).filter((i) => i !== axis);
  const line = slice(like, axes.map(() => 0), axes.map(() => 1), axes);
  return mul(line, 0);
}

function withLength(shape: readonly number[], axis: number, length: number): readonly number[] {
  return shape.with(axis, length);
}

function shapesOf({ inputs, outputs, types, constants }: Graph): ReadonlyMap<string, readonly number[]> {
  const infos = [...inputs, ...outputs].map(({ name, shape = [] }): [string, Shape] => [name, shape]);
  const inner = [...types].map(([name, { shape }]): [string, Shape] => [name, shape]);
  const stored = [...constants].map(([name, { dims }]): [string, Shape] => [name, dims]);
  return new Map([...infos, ...inner, ...stored] as [string, readonly number[]][]);
}
