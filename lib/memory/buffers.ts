/**
 * The buffers in which ONNX Runtime's CPU kernels work, as its planner lays them out before anything runs
 * (onnxruntime/core/framework/allocation_planner.cc).
 */
import { bytesPerElement, sizeOf } from "../base/tensor.ts";
import { type Graph, isStatic, type Node, type TensorType, type ValueInfo } from "../graph/graph.ts";
import { NCHWC } from "../lowering/nchwc.ts";

/** Operators whose output is their first input under another shape: no bytes of its own. */
const SAME_BYTES: ReadonlySet<string> = new Set(["Reshape", "Flatten", "Squeeze", "Unsqueeze", "Identity"]);

/** Operators whose kernel may write into its first input where nothing else needs it; arithmetic never does. */
const IN_PLACE: ReadonlySet<string> = new Set([
  "Cast",
  "Clip",
  "Elu",
  "HardSigmoid",
  "LeakyRelu",
  "Relu",
  "Sigmoid",
  "Softplus",
  "Tanh",
]);

/** Input of a blocked convolution that is added to what it computes, and into which it writes. */
const SUM = 3;

export interface PlannedBuffer {
  /** The first value that lies in it; later ones have its size. */
  readonly value: string;
  /** Positions of the node that makes it, and of the last one that needs it: the number of nodes where the caller does. */
  readonly first: number;
  readonly last: number;
}

/** @param order all nodes, in the order in which they run. @returns the buffers of what nodes make, first made first. */
export function planBuffers(graph: Graph, order: readonly Node[]): readonly PlannedBuffer[] {
  const planner = new Planner(graph, order);
  order.forEach((node, at) => planner.run(node, at));
  return planner.finish(order.length);
}

/** Bytes of a value of this type; 0 where its shape is not known beforehand. */
export function bytesOfType({ type, shape }: TensorType | ValueInfo): number {
  return shape !== undefined && isStatic(shape) ? sizeOf(shape) * bytesPerElement(type) : 0;
}

/** A buffer while the plan is made. */
interface Draft {
  readonly value: string;
  /** What another value must be like to lie in it: length of its elements and shape. */
  readonly likeness: string;
  readonly first: number;
  last: number;
  /** How often what lies in it will still be read, the caller's reads among them. */
  reads: number;
}

class Planner {
  readonly #types = new Map<string, TensorType | ValueInfo>();
  /** How often each value is read, by the caller too. */
  readonly #reads = new Map<string, number>();
  readonly #outputs: ReadonlySet<string>;
  readonly #draftOf = new Map<string, Draft>();
  readonly #drafts: Draft[] = [];
  /** Buffers that nobody reads any more, the last one first: a value of the same shape takes them over, however much later. */
  readonly #idle: Draft[] = [];

  constructor(graph: Graph, order: readonly Node[]) {
    for (const [name, type] of graph.types) this.#types.set(name, type);
    for (const info of graph.outputs) this.#types.set(info.name, info);
    this.#outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const name of [...order.flatMap(({ inputs }) => inputs), ...this.#outputs]) {
      this.#reads.set(name, (this.#reads.get(name) ?? 0) + 1);
    }
  }

  /** Inputs and constants have no draft: their bytes are not the runtime's. */
  run(node: Node, at: number): void {
    for (const output of node.outputs) if (output !== "") this.#place(node, output, at);
    for (const input of node.inputs) {
      const draft = this.#draftOf.get(input);
      if (draft !== undefined) this.#read(draft, at);
    }
  }

  /** @param end the position after the last node. */
  finish(end: number): readonly PlannedBuffer[] {
    for (const name of this.#outputs) {
      const draft = this.#draftOf.get(name);
      if (draft !== undefined) draft.last = end;
    }
    return this.#drafts.map(({ value, first, last }) => ({ value, first, last }));
  }

  #place(node: Node, output: string, at: number): void {
    if (isShown(node) && !this.#draftOf.has(node.inputs[0]) && !this.#outputs.has(output)) return;
    const draft = this.#outputs.has(output) ? this.#fresh(output, at) : this.#draftFor(node, output, at);
    this.#draftOf.set(output, draft);
    draft.last = at;
    draft.reads += this.#reads.get(output) ?? 0;
    if (draft.reads === 0) this.#idle.unshift(draft);
  }

  #draftFor(node: Node, output: string, at: number): Draft {
    return this.#input(node, output) ?? this.#idleLike(output) ?? this.#fresh(output, at);
  }

  /** The buffer of an input that the output may lie in. */
  #input(node: Node, output: string): Draft | undefined {
    if (isShown(node)) return this.#draftOf.get(node.inputs[0]);
    const input = writtenInto(node);
    const draft = input === undefined ? undefined : this.#draftOf.get(input);
    const fits = draft?.reads === 1 && this.#likeness(input!) === this.#likeness(output);
    return fits ? draft : undefined;
  }

  #idleLike(output: string): Draft | undefined {
    if (this.#types.get(output)?.shape?.length === 0) return undefined;
    const likeness = this.#likeness(output);
    const at = this.#idle.findIndex((draft) => draft.likeness === likeness);
    return at < 0 ? undefined : this.#idle.splice(at, 1)[0];
  }

  #fresh(value: string, at: number): Draft {
    const draft = { value, likeness: this.#likeness(value), first: at, last: at, reads: 0 };
    this.#drafts.push(draft);
    return draft;
  }

  #read(draft: Draft, at: number): void {
    draft.last = at;
    draft.reads--;
    if (draft.reads === 0) this.#idle.unshift(draft);
  }

  #likeness(name: string): string {
    const type = this.#types.get(name);
    return type === undefined ? name : `${bytesPerElement(type.type)} ${type.shape}`;
  }
}

/** Whether the node only shows its first input under another shape. */
function isShown({ op, domain }: Node): boolean {
  return domain === "" && SAME_BYTES.has(op);
}

/** The input that the node may write into. */
function writtenInto({ op, domain, inputs }: Node): string | undefined {
  if (domain === NCHWC) return op === "Conv" ? inputs[SUM] : undefined;
  return domain === "" && IN_PLACE.has(op) ? inputs[0] : undefined;
}
