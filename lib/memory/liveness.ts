/** How many bytes of values are alive at once while a graph runs. */
import { bytesPerElement, sizeOf } from "../base/tensor.ts";
import { type Graph, isStatic, type Node, type TensorType, type ValueInfo } from "../graph/graph.ts";

/** Operators whose output is their first input under another shape: no bytes of its own. */
const SAME_BYTES: ReadonlySet<string> = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"]);

/** Operators that may write into an input that nothing else needs. */
const IN_PLACE: ReadonlySet<string> = new Set([
  "Abs",
  "Add",
  "Cast",
  "Clip",
  "Div",
  "Elu",
  "Exp",
  "Floor",
  "HardSigmoid",
  "HardSwish",
  "LeakyRelu",
  "Log",
  "Mul",
  "Neg",
  "Pow",
  "Reciprocal",
  "Relu",
  "Sigmoid",
  "Softplus",
  "Sqrt",
  "Sub",
  "Tanh",
]);

export interface Liveness {
  /** Most bytes that are alive at once of what nodes make; inputs and constants are not counted. */
  readonly peak: number;
  /** Bytes of the largest value, made or fed. */
  readonly largest: number;
}

/** @param order all nodes, in the order in which they run. */
export function liveness(graph: Graph, order: readonly Node[]): Liveness {
  const memory = new Memory(graph, order);
  let peak = 0;
  for (const node of order) peak = Math.max(peak, memory.run(node));
  const largest = Math.max(0, ...[...graph.inputs, ...graph.outputs, ...graph.types.values()].map(bytesOfType));
  return { peak, largest };
}

/** Bytes of a value of this type; 0 where its shape is not known beforehand. */
export function bytesOfType({ type, shape }: TensorType | ValueInfo): number {
  return shape !== undefined && isStatic(shape) ? sizeOf(shape) * bytesPerElement(type) : 0;
}

/** The buffers of a run. */
class Memory {
  readonly #bytes = new Map<string, number>();
  /** How many reads are left of a buffer, the caller's of outputs among them. */
  readonly #left = new Map<string, number>();
  /** The value whose buffer another one lies in. */
  readonly #owner = new Map<string, string>();
  #live = 0;

  constructor(graph: Graph, order: readonly Node[]) {
    for (const [name, type] of graph.types) this.#bytes.set(name, bytesOfType(type));
    for (const info of graph.outputs) this.#bytes.set(info.name, bytesOfType(info));
    const given = new Set([...graph.inputs.map(({ name }) => name), ...graph.constants.keys()]);
    const kept = new Set(graph.outputs.map(({ name }) => name));
    for (const node of order) this.#share(node, given, kept);
    for (const node of order) for (const name of node.inputs) this.#count(name);
    for (const name of kept) this.#count(name);
  }

  #share({ op, inputs, outputs }: Node, given: ReadonlySet<string>, kept: ReadonlySet<string>): void {
    const isGiven = given.has(inputs[0]);
    if (SAME_BYTES.has(op) && !isGiven && !kept.has(outputs[0])) this.#owner.set(outputs[0], this.#ownerOf(inputs[0]));
  }

  #ownerOf(name: string): string {
    return this.#owner.get(name) ?? name;
  }

  #count(name: string): void {
    const owner = this.#ownerOf(name);
    if (this.#bytes.has(owner)) this.#left.set(owner, (this.#left.get(owner) ?? 0) + 1);
  }

  /** Runs a node. @returns the bytes that are alive while it does. */
  run(node: Node): number {
    const own = node.outputs.filter((name) => name !== "" && !this.#owner.has(name));
    const made = own.reduce((sum, name) => sum + (this.#bytes.get(name) ?? 0), 0);
    const reused = this.#reusable(node, own[0]);
    const during = this.#live + made - reused;
    this.#live += made;
    for (const name of node.inputs) this.#release(name);
    for (const name of own) if (!this.#left.has(name)) this.#live -= this.#bytes.get(name) ?? 0;
    return during;
  }

  /** Bytes of an input that ends here and whose buffer the output takes. */
  #reusable({ op, inputs }: Node, output: string | undefined): number {
    if (!IN_PLACE.has(op) || output === undefined) return 0;
    const bytes = this.#bytes.get(output) ?? 0;
    const ends = inputs.some((name) => {
      const owner = this.#ownerOf(name);
      return this.#left.get(owner) === 1 && this.#bytes.get(owner) === bytes;
    });
    return ends ? bytes : 0;
  }

  #release(name: string): void {
    const owner = this.#ownerOf(name);
    const left = this.#left.get(owner);
    if (left === undefined) return;
    this.#left.set(owner, left - 1);
    if (left === 1) this.#live -= this.#bytes.get(owner)!;
  }
}
