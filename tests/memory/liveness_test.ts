/** Bytes that are alive, on graphs small enough to count by hand. */
import assert from "node:assert/strict";
import { liveness } from "../../lib/memory/liveness.ts";
import { runtimeOrder } from "../../lib/memory/order.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import * as ops from "../../lib/ops/emit.ts";

/** A thousand float32. */
const VALUE = 4000;

function graphOf(build: (x: Value) => Readonly<Record<string, Value>>): Graph {
  const builder = createBuilder();
  const outputs = build(builder.input("x", "float32", [1000]));
  for (const [name, value] of Object.entries(outputs)) builder.output(name, value);
  return builder.finish();
}

const peakOf = (graph: Graph): number => liveness(graph, runtimeOrder(graph)).peak;

Deno.test("inputs are not counted; a chain of element-wise nodes works in one buffer", () => {
  assert.equal(peakOf(graphOf((x) => ({ y: ops.exp(x) }))), VALUE);
  assert.equal(peakOf(graphOf((x) => ({ y: ops.tanh(ops.relu(ops.exp(x))) }))), VALUE);
});

Deno.test("a value lives until its last reader; outputs live to the end", () => {
  const skip = graphOf((x) => {
    const early = ops.exp(x);
    return { y: ops.add(ops.softmax(ops.softmax(early, 0), 0), early) };
  });
  assert.equal(peakOf(skip), 3 * VALUE, "early, and both sides of the second softmax");
  const kept = graphOf((x) => ({ a: ops.exp(x), b: ops.tanh(x), c: ops.relu(x) }));
  assert.equal(peakOf(kept), 3 * VALUE);
});

Deno.test("a reshape has no bytes of its own and keeps what it shows", () => {
  const shown = graphOf((x) => {
    const made = ops.exp(x);
    const square = ops.reshape(made, [10, 100]);
    return { y: ops.matmul(square, ops.transpose(square, [1, 0])) };
  });
  assert.equal(peakOf(shown), 2 * VALUE + 400);
});

Deno.test("the largest value counts what is fed too", () => {
  assert.equal(liveness(graphOf((x) => ({ y: ops.reduceSum(x, [0]) })), []).largest, VALUE);
});

Deno.test("nodes run depth first from the last that nobody reads, the last made input first", () => {
  const graph = graphOf((x) => {
    const [a, b] = [ops.exp(x), ops.tanh(x)];
    return { late: ops.add(a, b), last: ops.relu(b) };
  });
  assert.deepEqual(runtimeOrder(graph).map(({ op }) => op), ["Tanh", "Relu", "Exp", "Add"]);
  assert.equal(runtimeOrder(graph).length, graph.nodes.length);
});
