/** Judges rewrites: a rewritten graph must give what the graph gave before, in float64. */
import assert from "node:assert/strict";
import { random } from "../../lib/base/random.ts";
import { sizeOf } from "../../lib/base/tensor.ts";
import type { Numbers, OpRule } from "../../lib/contracts/op.ts";
import { type Graph, staticShape } from "../../lib/graph/graph.ts";
import { compositeRules } from "../../lib/lowering/composites.ts";
import { evaluateNumbers } from "../../lib/ops/evaluate.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

/** Random numbers around 0 for every input. */
export function feedsOf(graph: Graph, seed = 1): Record<string, Numbers> {
  const feeds = graph.inputs.map(({ name, type, shape }) => {
    const dims = [...staticShape(shape ?? [], name)];
    const stream = random(seed, name);
    return [name, { type, dims, data: Float64Array.from({ length: sizeOf(dims) }, () => stream.normal()) }] as const;
  });
  return Object.fromEntries(feeds);
}

/** Every output of both graphs agrees within `tolerance` of the largest number in it; `extra` are rules of the second. */
export function assertEqualGraphs(
  before: Graph,
  after: Graph,
  extra: readonly OpRule[] = [],
  tolerance = 1e-9,
): void {
  assert.deepEqual(after.inputs, before.inputs);
  assert.deepEqual(after.outputs, before.outputs);
  const feeds = feedsOf(before);
  const wanted = evaluateNumbers(before, feeds);
  const got = evaluateNumbers(after, feeds, undefined, [...rules, ...compositeRules, ...extra]);
  for (const { name } of before.outputs) {
    const largest = wanted[name].data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const apart = wanted[name].data.reduce((most, x, i) => Math.max(most, Math.abs(x - got[name].data[i])), 0);
    assert.ok(apart <= tolerance * Math.max(1, largest), `${name} is ${apart} apart at a size of ${largest}`);
  }
}

/** How many nodes there are of an operator. */
export function count(graph: Graph, op: string): number {
  return graph.nodes.filter((node) => node.op === op).length;
}
