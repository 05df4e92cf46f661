/** Pieces of a graph that run by themselves: parts of its chain of nodes, and nodes each alone. */
import { bytesPerElement, sizeOf } from "../base/tensor.ts";
import { type Graph, isStatic, type Node, type TensorType, type ValueInfo } from "../graph/graph.ts";

/** A value that a part takes is named so where each node is alone, since another node of the part may make it. */
const GIVEN = "given/";

/** What a value of unknown shape is counted as, in bytes. */
const UNKNOWN = 4096;

/** Types of all values of a graph, as far as they are told. */
export type Types = ReadonlyMap<string, ValueInfo | TensorType>;

export function typesOf(graph: Graph): Types {
  const types = new Map<string, ValueInfo | TensorType>(graph.types);
  for (const info of [...graph.inputs, ...graph.outputs]) types.set(info.name, info);
  for (const [name, { type, dims }] of graph.constants) types.set(name, { type, shape: dims });
  return types;
}

/** Nodes in a part, at most: so that progress can be told. */
const MOST_NODES = 256;

/** Successive runs of nodes, each making values of at most `bytes` (or a single node that makes more). */
export function chainParts(graph: Graph, bytes: number): readonly (readonly Node[])[] {
  const types = typesOf(graph);
  const parts: Node[][] = [];
  let left = 0;
  for (const node of graph.nodes) {
    const made = node.outputs.reduce((sum, name) => sum + bytesOfValue(types.get(name)), 0);
    if (parts.length === 0 || made > left || parts.at(-1)!.length === MOST_NODES) {
      parts.push([]);
      left = bytes;
    }
    parts.at(-1)!.push(node);
    left -= made;
  }
  return parts;
}

function bytesOfValue(type: ValueInfo | TensorType | undefined): number {
  if (type?.shape === undefined || !isStatic(type.shape)) return UNKNOWN;
  return sizeOf(type.shape) * bytesPerElement(type.type);
}

/** The nodes as a graph of their own: it takes what they do not make, and gives every value that they make. */
export function chain(graph: Graph, types: Types, nodes: readonly Node[]): Graph {
  const made = new Set(nodes.flatMap(outputsOf));
  const taken = new Set(nodes.flatMap(inputsOf).filter((name) => !made.has(name)));
  return part(graph, types, nodes, taken, "");
}

/** The nodes side by side, none fed by another: the graph takes all their inputs, under names of `givenName`. */
export function apartNodes(graph: Graph, types: Types, nodes: readonly Node[]): Graph {
  const taken = new Set(nodes.flatMap(inputsOf));
  const renamed = nodes.map((node) => ({
    ...node,
    inputs: node.inputs.map((name) => (name === "" || graph.constants.has(name) ? name : givenName(name))),
  }));
  return part(graph, types, renamed, taken, GIVEN);
}

/** How `apartNodes` calls an input that the whole graph calls `name`. */
export function givenName(name: string): string {
  return `${GIVEN}${name}`;
}

function part(graph: Graph, types: Types, nodes: readonly Node[], taken: ReadonlySet<string>, prefix: string): Graph {
  const info = (name: string): ValueInfo => {
    const known = types.get(name);
    if (known === undefined) throw new TypeError(`Cannot cut "${graph.name}": the type of "${name}" is not known`);
    return known.shape === undefined ? { name, type: known.type } : { name, type: known.type, shape: known.shape };
  };
  const [constants, inputs] = [new Map(graph.constants), [] as ValueInfo[]];
  for (const name of graph.constants.keys()) if (!taken.has(name)) constants.delete(name);
  for (const name of taken) {
    if (!constants.has(name)) inputs.push({ ...info(name), name: `${prefix}${name}` });
  }
  return {
    ...graph,
    name: `${graph.name}_part`,
    nodes,
    inputs,
    outputs: nodes.flatMap(outputsOf).map(info),
    constants,
    types: new Map(),
    metadata: {},
  };
}

export function inputsOf(node: Node): readonly string[] {
  return node.inputs.filter((name) => name !== "");
}

export function outputsOf(node: Node): readonly string[] {
  return node.outputs.filter((name) => name !== "");
}
