import assert from "node:assert/strict";
import type { Builder, Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { joinPads } from "../../lib/lowering/joined_pads.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, mul, pad, slice } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { withGradients } from "./_graphs.ts";

/** Products of the parts of an axis that is cut at these places. */
function cutGraph(cuts: readonly (readonly [number, number])[]): Graph {
  return withGradients((builder) => {
    const x = builder.input("x", "float32", [2, 7, 3]);
    const parts = cuts.map(([begin, end]) => slice(x, [begin], [end], [1]));
    return { y: parts.reduce(mul), wrt: [x] };
  });
}

Deno.test("Slices that fill an axis have a Concat as gradient, whatever their order", () => {
  const before = withGradients((builder) => {
    const x = builder.input("x", "float32", [2, 6, 3]);
    const [a, b, c] = [[2, 4], [0, 2], [4, 6]].map(([begin, end]) => slice(x, [begin], [end], [1]));
    return { y: mul(mul(a, b), c), wrt: [x] };
  });
  const after = joinPads(before);
  assertEqualGraphs(before, after);
  assert.equal(count(before, "Pad"), 3);
  assert.equal(count(after, "Pad"), 0);
  assert.equal(count(after, "Concat"), 1);
});

Deno.test("Slices that overlap, or leave something out, stay sums of Pads", () => {
  for (const cuts of [[[0, 4], [3, 7]], [[0, 3], [4, 7]], [[1, 4], [4, 7]], [[0, 3], [3, 6]]] as const) {
    const before = cutGraph(cuts);
    const after = joinPads(before);
    assertEqualGraphs(before, after);
    assert.equal(count(after, "Concat"), 0);
  }
});

Deno.test("Pads that are no parts of a whole stay", () => {
  const sums: readonly ((x: Value, builder: Builder) => Value)[] = [
    (x) => add(pad(x, [0, 0, 0, 2], 1), pad(x, [0, 2, 0, 0])),
    (x) => add(pad(x, [0, 0, 2, 2]), pad(x, [2, 2, 0, 0])),
    (x, builder) => add(pad(x, [0, 0, 0, 2]), builder.input("z", "float32", [2, 4])),
    (x, builder) => add(pad(x, [0, 0, 0, 2]), pad(builder.input("row", "float32", [1, 2]), [0, 2, 0, 0])),
  ];
  for (const sum of sums) {
    const builder = createBuilder();
    builder.output("y", sum(builder.input("x", "float32", [2, 2]), builder));
    const before = builder.finish();
    const after = joinPads(before);
    assertEqualGraphs(before, after);
    assert.equal(count(after, "Concat"), 0);
  }
});
