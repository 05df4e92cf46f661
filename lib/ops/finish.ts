/** Turns what a builder holds into a graph: unneeded nodes go, outputs get their names. */
import type { Tensor } from "../base/tensor.ts";
import type { BuiltNode, Value } from "../contracts/op.ts";
import { GraphError } from "../graph/errors.ts";
import { type Graph, IR_VERSION, type Node, OPSET, type TensorType, type ValueInfo } from "../graph/graph.ts";

/** Everything that a finished graph is made of. */
export interface Parts {
  readonly inputs: readonly Value[];
  readonly constants: ReadonlyMap<string, Tensor>;
  readonly nodes: readonly BuiltNode[];
  readonly outputs: ReadonlyMap<string, Value>;
}

export interface About {
  readonly name?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly doc?: string;
}

/** The graph of `parts`: all inputs, and the nodes and constants that the outputs need. */
export function assemble(parts: Parts, about: About): Graph {
  const needed = neededValues(parts);
  const kept = parts.nodes.filter((node) => node.outputs.some((output) => needed.has(output.name)));
  const names = new FinalNames(parts, kept);
  return {
    name: about.name ?? "graph",
    nodes: [...kept.map((node) => written(node, names)), ...names.copies()],
    inputs: parts.inputs.map((value) => infoOf(value.name, value)),
    outputs: [...parts.outputs].map(([name, value]) => infoOf(name, value)),
    constants: new Map(
      [...parts.constants].filter(([name]) => needed.has(name)).map(([name, data]) => [names.of(name), data]),
    ),
    types: innerTypes(kept, parts.outputs, names),
    opsets: opsetsOf(kept),
    irVersion: IR_VERSION,
    metadata: about.metadata ?? {},
    ...(about.doc === undefined ? {} : { doc: about.doc }),
  };
}

/** Names of the values that some output depends on. */
function neededValues(parts: Parts): ReadonlySet<string> {
  const needed = new Set([...parts.outputs.values()].map((value) => value.name));
  for (const node of parts.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output.name))) continue;
    for (const input of node.inputs) if (input !== null) needed.add(input.name);
  }
  return needed;
}

/** Names in the finished graph: a node's value takes the name of the output that it is. */
class FinalNames {
  readonly #copied: [string, Value][] = [];
  readonly #renamed = new Map<string, string>();
  readonly #inputs: ReadonlySet<string>;
  readonly #taken: Set<string>;

  constructor(parts: Parts, nodes: readonly BuiltNode[]) {
    const made = nodes.flatMap((node) => node.outputs.map((output) => output.name));
    this.#inputs = new Set(parts.inputs.map((input) => input.name));
    this.#taken = new Set([...this.#inputs, ...parts.constants.keys(), ...made, ...parts.outputs.keys()]);
    const renamable = new Set(made);
    for (const [name, value] of parts.outputs) {
      if (renamable.delete(value.name)) this.#renamed.set(value.name, name);
      else this.#copy(name, value);
    }
    for (const name of [...made, ...parts.constants.keys()]) this.#makeRoom(name, parts.outputs);
  }

  of(name: string): string {
    return this.#renamed.get(name) ?? name;
  }

  /** Identity nodes for outputs that are inputs, constants or second names of one value. */
  copies(): readonly Node[] {
    return this.#copied.map(([name, value]) => ({
      name: this.#free(`${name}/copy`),
      op: "Identity",
      domain: "",
      inputs: [this.of(value.name)],
      outputs: [name],
      attrs: {},
    }));
  }

  #copy(name: string, value: Value): void {
    if (name === value.name && this.#inputs.has(name)) return;
    if (this.#inputs.has(name)) {
      throw new GraphError(`Cannot declare output "${name}": an input has that name, choose another`);
    }
    this.#copied.push([name, value]);
  }

  /** Gives an inner value another name where an output bears its own. */
  #makeRoom(name: string, outputs: ReadonlyMap<string, Value>): void {
    if (outputs.has(name) && !this.#renamed.has(name)) this.#renamed.set(name, this.#free(name));
  }

  #free(base: string): string {
    let name = base;
    for (let i = 1; this.#taken.has(name); i++) name = `${base}_${i}`;
    this.#taken.add(name);
    return name;
  }
}

function written(node: BuiltNode, names: FinalNames): Node {
  return {
    name: node.name,
    op: node.rule.type,
    domain: node.rule.domain ?? "",
    inputs: node.inputs.map((input) => (input === null ? "" : names.of(input.name))),
    outputs: node.outputs.map((output) => names.of(output.name)),
    attrs: node.attrs,
  };
}

function infoOf(name: string, value: Value): ValueInfo {
  return { name, type: value.type, shape: value.shape };
}

function innerTypes(
  nodes: readonly BuiltNode[],
  outputs: ReadonlyMap<string, Value>,
  names: FinalNames,
): ReadonlyMap<string, TensorType> {
  const types = new Map<string, TensorType>();
  for (const { type, shape, name } of nodes.flatMap((node) => node.outputs)) {
    if (!outputs.has(names.of(name))) types.set(names.of(name), { type, shape });
  }
  return types;
}

/** The least versions that have every operator. */
function opsetsOf(nodes: readonly BuiltNode[]): Readonly<Record<string, number>> {
  const versions = new Map([["", OPSET]]);
  for (const { rule: { domain = "", since = 1 } } of nodes) {
    versions.set(domain, Math.max(since, versions.get(domain) ?? 1));
  }
  return Object.fromEntries([...versions].sort(([a], [b]) => (a < b ? -1 : 1)));
}
