/** The order of nodes, on a graph small enough to follow. */
import assert from "node:assert/strict";
import { runtimeOrder } from "../../lib/memory/order.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import * as ops from "../../lib/ops/emit.ts";

Deno.test("nodes run depth first from the last that nobody reads, the last made input first", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [1000]);
  const [a, b] = [ops.exp(x), ops.tanh(x)];
  builder.output("late", ops.add(a, b));
  builder.output("last", ops.relu(b));
  const graph = builder.finish();
  assert.deepEqual(runtimeOrder(graph).map(({ op }) => op), ["Tanh", "Relu", "Exp", "Add"]);
  assert.equal(runtimeOrder(graph).length, graph.nodes.length);
});
