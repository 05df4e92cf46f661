/** Who computes: the interpreter or a provider, behind one function on numbers. */
import type { OpRule } from "../contracts/op.ts";
import type { Provider } from "../contracts/provider.ts";
import { encodeModel } from "../graph/encode.ts";
import type { Graph } from "../graph/graph.ts";
import { evaluateNumbers, type NumbersByName } from "../ops/evaluate.ts";
import { numbersOf, tensorOf } from "../ops/numbers.ts";

/** All outputs of a graph. */
export type Compute = (graph: Graph, feeds: NumbersByName) => Promise<NumbersByName>;

/** The float64 interpreter. `rules` (default: those of standard operators) say what it understands. */
export function interpreter(rules?: readonly OpRule[]): Compute {
  return (graph, feeds) => Promise.resolve(evaluateNumbers(graph, feeds, undefined, rules));
}

/** A provider: what it is fed is rounded to the types that the graph names. */
export function onProvider(provider: Provider): Compute {
  return (graph, feeds) => runModel(provider, encodeModel(graph), feeds);
}

/** All outputs of an ONNX file, as it is opened for use. */
export async function runModel(provider: Provider, model: Uint8Array, feeds: NumbersByName): Promise<NumbersByName> {
  await using session = await provider.open(model);
  const tensors = Object.fromEntries(session.inputs.map((name) => [name, tensorOf(feeds[name])]));
  return mapped(await session.run(tensors), numbersOf);
}

/** The same values, rounded to their nominal types. */
export function rounded(values: NumbersByName): NumbersByName {
  return mapped(values, (value) => numbersOf(tensorOf(value)));
}

function mapped<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
