/** Nodes that take the place of one node, in the operator set of the graph that they are for. */
import { UserError } from "../../base/errors.ts";
import { type DType, scalar, type Tensor, tensor } from "../../base/tensor.ts";
import { type Attrs, int, ints, isStatic, type Node, type Shape } from "../../graph/graph.ts";
import type { Names } from "../../ops/names.ts";
import { numbersOf, tensorOf } from "../../ops/numbers.ts";
import { Registry } from "../../ops/registry.ts";
import { rules } from "../../ops/rules/mod.ts";
import type { Known } from "./_known.ts";

/** Puts right forms in the place of `patch.node` and returns true, or leaves it and returns false. @throws UserError where there are none. */
export type Repair = (patch: Patch) => boolean;

/** "To the end", or where negative "to the begin". */
export const FAR = 2 ** 31 - 1;

const registry = new Registry(rules);

export class Patch {
  readonly nodes: Node[] = [];
  readonly constants = new Map<string, Tensor>();

  constructor(
    readonly node: Node,
    readonly opset: number,
    readonly known: Known,
    private readonly names: Names,
  ) {}

  /** Adds a node and gives the name of what it makes. */
  add(op: string, inputs: readonly string[], attrs: Attrs = {}): string {
    const output = this.names.numbered(`${this.node.outputs[0]}/sound`);
    this.#push(op, inputs, [output], attrs);
    return output;
  }

  /** Adds a node of the same operator, unless told otherwise, that makes an output of the old one. */
  become(inputs: readonly string[], attrs: Attrs, op = this.node.op, output = this.node.outputs[0]): true {
    this.#push(op, inputs, [output], attrs);
    return true;
  }

  constant(data: Tensor): string {
    const name = this.names.numbered(`${this.node.outputs[0]}/constant`);
    this.constants.set(name, data);
    this.known.learn(name, { constant: data });
    return name;
  }

  int64s(values: readonly number[]): string {
    return this.constant(tensor("int64", [values.length], values));
  }

  /** A scalar of the type of `like`. */
  number(value: number, like: string): string {
    return this.constant(scalar(this.known.type(like) ?? "float32", value));
  }

  /** The slices of `x` along `axis` that `indices` names; at once where x is constant. */
  gather(x: string, indices: readonly number[], axis: number): string {
    const table = tensor("int64", [indices.length], indices);
    const shape = this.known.shape(x)?.map((dim, i) => (i === axis ? indices.length : dim));
    return this.#folded("Gather", x, table, { axis: int(axis) }) ??
      this.typed(this.add("Gather", [x, this.constant(table)], { axis: int(axis) }), x, shape);
  }

  /** Zeros around `x`; `pads` is ONNX's [begin of each axis…, end of each axis…]. At once where x is constant. */
  pad(x: string, pads: readonly number[]): string {
    const table = tensor("int64", [pads.length], pads);
    return this.#folded("Pad", x, table, {}) ??
      this.typed(this.#padNode(x, pads), x, padded(this.known.shape(x), pads));
  }

  /** Tells of a value that it has the element type of `like` and this shape, and gives its name. */
  typed(name: string, like: string, shape: Shape | undefined): string {
    const type: DType = this.known.type(like) ?? "float32";
    this.known.learn(name, { type: { type, shape } });
    return name;
  }

  /** @throws UserError that names the node. */
  refuse(state: string, remedy = 'use the provider "cpu"'): never {
    throw new UserError(`Cannot run ${this.node.op} "${this.node.name}" on "webgpu": ${state}, ${remedy}`);
  }

  /** Lengths of input `i`, which must be told. */
  lengths(i: number): readonly number[] {
    const shape = this.known.shape(this.node.inputs[i]);
    if (shape !== undefined && isStatic(shape)) return shape;
    return this.refuse(`the shape of "${this.node.inputs[i]}" is not known`, "export the model with inferred shapes");
  }

  #push(op: string, inputs: readonly string[], outputs: readonly string[], attrs: Attrs): void {
    const name = this.names.numbered(`${this.node.name || this.node.op}/sound`);
    this.nodes.push({ name, op, domain: "", inputs, outputs, attrs });
  }

  #padNode(x: string, pads: readonly number[]): string {
    return this.opset < 11 ? this.add("Pad", [x], { pads: ints(pads) }) : this.add("Pad", [x, this.int64s(pads)]);
  }

  #folded(op: string, x: string, table: Tensor, attrs: Attrs): string | undefined {
    const data = this.known.constant(x);
    if (data === undefined) return undefined;
    const [made] = registry.get(op, "", this.node.name).compute([numbersOf(data), numbersOf(table)], attrs, 1);
    return this.constant(tensorOf(made));
  }
}

function padded(shape: Shape | undefined, pads: readonly number[]): Shape | undefined {
  return shape?.map((dim, axis) => {
    const more = pads[axis] + pads[axis + shape.length];
    return typeof dim === "number" ? dim + more : more === 0 ? dim : `${dim}+${more}`;
  });
}
