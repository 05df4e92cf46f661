/** How much of an error rounding alone explains. */
import { random } from "../base/random.ts";
import { isFloat } from "../base/tensor.ts";
import type { Numbers } from "../contracts/op.ts";
import type { Graph } from "../graph/graph.ts";
import type { NumbersByName } from "../ops/evaluate.ts";
import type { Compute } from "./compute.ts";

/** The last bit of float32, relative to a number. */
const LAST_BIT = 2 ** -23;
/** Errors up to this many times what the last bits of the inputs do are rounding: a long sum rounds at each term. */
const MOST = 256;

/**
 * By output: the absolute error that rounding explains, found by changing the last bits of what is fed; never more than
 * `tolerance` of the terms that cancel.
 */
export async function roundingNoise(
  graph: Graph,
  feeds: NumbersByName,
  made: NumbersByName,
  judge: Compute,
  tolerance: number,
): Promise<ReadonlyMap<string, number>> {
  const factor = Math.min(MOST, tolerance / LAST_BIT);
  const nudged = await judge(graph, nudge(feeds));
  return new Map(Object.entries(made).map(([name, value]) => [name, factor * largestChange(nudged[name], value)]));
}

function nudge(feeds: NumbersByName): NumbersByName {
  return Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, nudgeValue(name, value)]));
}

function nudgeValue(name: string, value: Numbers): Numbers {
  if (!isFloat(value.type)) return value;
  const stream = random("nudge", name);
  return { ...value, data: value.data.map((x) => x * (1 + LAST_BIT * stream.between(-1, 1))) };
}

function largestChange(a: Numbers, b: Numbers): number {
  let most = 0;
  for (let i = 0; i < b.data.length; i++) {
    const change = Math.abs(a.data[i] - b.data[i]);
    if (change > most && change < Infinity) most = change;
  }
  return most;
}
