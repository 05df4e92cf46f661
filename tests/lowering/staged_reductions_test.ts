import assert from "node:assert/strict";
import { stageReductions } from "../../lib/lowering/staged_reductions.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { reduceMax, reduceMean, reduceSum } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";

function reduction(shape: readonly number[], reduce: (x: Value) => Value): Graph {
  const builder = createBuilder();
  builder.output("y", reduce(builder.input("x", "float32", shape)));
  return builder.finish();
}

for (const [name, reduce] of [["sum", reduceSum], ["mean", reduceMean]] as const) {
  for (const kept of [true, false]) {
    Deno.test(`A ${name} over all but the channels is equal in two stages, ${kept ? "axes kept" : "axes left out"}`, () => {
      const before = reduction([3, 5, 16, 17], (x) => reduce(x, [0, 2, 3], kept));
      const after = stageReductions(before);
      assert.equal(count(after, name === "sum" ? "ReduceSum" : "ReduceMean"), 2);
      assertEqualGraphs(before, after);
    });
  }
}

Deno.test("Axes may be counted from behind", () => {
  const before = reduction([3, 2, 16, 16], (x) => reduceSum(x, [-1, -2, 0], true));
  assert.equal(count(stageReductions(before), "ReduceSum"), 2);
  assertEqualGraphs(before, stageReductions(before));
});

Deno.test("Other axes, other reductions and few pixels stay", () => {
  const graphs = [
    reduction([3, 2, 16, 16], (x) => reduceSum(x, [1, 2, 3], true)),
    reduction([3, 2, 16, 16], (x) => reduceMax(x, [0, 2, 3], true)),
    reduction([3, 2, 4, 4], (x) => reduceMean(x, [0, 2, 3], true)),
    reduction([1, 2, 16, 16], (x) => reduceMean(x, [0, 2, 3], true)),
  ];
  for (const graph of graphs) assert.equal(stageReductions(graph).nodes.length, graph.nodes.length);
});
