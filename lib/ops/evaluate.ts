/** Runs a graph in float64 by the `compute` of its operators' rules: slow, plain, the judge of everything faster. */
import { nearest } from "../base/errors.ts";
import { sizeOf, type Tensor, type Tensors } from "../base/tensor.ts";
import type { Numbers, OpRule } from "../contracts/op.ts";
import { GraphError } from "../graph/errors.ts";
import type { Graph, Node, ValueInfo } from "../graph/graph.ts";
import { numbersOf, tensorOf } from "./numbers.ts";
import { Registry } from "./registry.ts";
import { rules as allRules } from "./rules/mod.ts";

/** Named data as the judge computes with it. */
export type NumbersByName = Readonly<Record<string, Numbers>>;

/**
 * The outputs of `graph`, each rounded to its nominal type once at the end. `fetches` (default: all outputs) may name inner
 * values too.
 * @throws GraphError on a missing, unknown or misshapen feed, an unknown operator or an unknown fetch.
 */
export function evaluate(graph: Graph, feeds: Tensors, fetches?: readonly string[]): Tensors {
  const inputs = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, numbersOf(value)]));
  const results = evaluateNumbers(graph, inputs, fetches);
  return Object.fromEntries(Object.entries(results).map(([name, value]) => [name, tensorOf(value)]));
}

/** As `evaluate`, without rounding. A feed may replace an initializer. */
export function evaluateNumbers(
  graph: Graph,
  feeds: NumbersByName,
  fetches: readonly string[] = graph.outputs.map((output) => output.name),
  rules: Iterable<OpRule> = allRules,
): NumbersByName {
  const registry = new Registry(rules);
  checkNames(graph, Object.keys(feeds));
  for (const input of graph.inputs) checkFeed(input, feeds[input.name] ?? graph.constants.get(input.name));
  const memory = new Memory(graph, feeds, fetches);
  graph.nodes.forEach((node, at) => {
    const rule = registry.get(node.op, node.domain, node.name);
    const inputs = node.inputs.map((name) => (name === "" ? null : memory.read(name, node)));
    memory.write(node.outputs, compute(rule, node, inputs));
    memory.release(at);
  });
  return Object.fromEntries(fetches.map((name) => [name, memory.read(name)]));
}

function compute(rule: OpRule, node: Node, inputs: readonly (Numbers | null)[]): readonly Numbers[] {
  try {
    return rule.compute(inputs, node.attrs, node.outputs.length);
  } catch (error) {
    const got = inputs.map((input) => (input === null ? "none" : `${input.type}[${input.dims}]`)).join(", ");
    const reason = error instanceof Error ? error.message : String(error);
    throw new GraphError(`Cannot compute ${node.op} "${node.name}" of (${got}): ${reason}`, { cause: error });
  }
}

function checkNames(graph: Graph, names: readonly string[]): void {
  const known = new Set([...graph.inputs.map((input) => input.name), ...graph.constants.keys()]);
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  const hint = near === undefined ? "feed its inputs" : `did you mean "${near}"?`;
  throw new GraphError(`Cannot feed "${unknown}": the graph has no such input, ${hint}`);
}

function checkFeed(input: ValueInfo, feed: Numbers | Tensor | undefined): void {
  const wanted = `${input.type}[${input.shape?.join(",") ?? "?"}]`;
  if (feed === undefined) throw new GraphError(`Cannot run the graph: input "${input.name}" (${wanted}) is not fed`);
  const shape = input.shape ?? feed.dims;
  const fits = feed.type === input.type && feed.dims.length === shape.length &&
    shape.every((dim, i) => typeof dim === "string" || dim === feed.dims[i]);
  if (!fits || feed.data.length !== sizeOf(feed.dims)) {
    throw new GraphError(`Cannot feed "${input.name}": got ${feed.type}[${feed.dims}], it takes ${wanted}`);
  }
}

/** The values that are alive while a graph runs. */
class Memory {
  readonly #live = new Map<string, Numbers>();
  readonly #lastUse = new Map<string, number>();
  readonly #ending = new Map<number, string[]>();

  constructor(private readonly graph: Graph, feeds: NumbersByName, fetches: readonly string[]) {
    for (const [name, value] of Object.entries(feeds)) this.#live.set(name, value);
    graph.nodes.forEach((node, at) => {
      for (const name of [...node.inputs, ...node.outputs]) this.#lastUse.set(name, at);
    });
    for (const name of fetches) this.#lastUse.delete(name);
    for (const [name, at] of this.#lastUse) this.#ending.set(at, [...(this.#ending.get(at) ?? []), name]);
  }

  read(name: string, node?: Node): Numbers {
    const live = this.#live.get(name);
    if (live !== undefined) return live;
    const constant = this.graph.constants.get(name);
    if (constant === undefined) {
      const place = node === undefined ? "fetch" : `run ${node.op} "${node.name}" on`;
      throw new GraphError(`Cannot ${place} "${name}": no value of that name has been made`);
    }
    const numbers = numbersOf(constant);
    this.#live.set(name, numbers);
    return numbers;
  }

  write(names: readonly string[], values: readonly Numbers[]): void {
    names.forEach((name, i) => {
      if (name !== "") this.#live.set(name, values[i]);
    });
  }

  /** Forgets what no node after `at` reads. */
  release(at: number): void {
    for (const name of this.#ending.get(at) ?? []) this.#live.delete(name);
  }
}
