import assert from "node:assert/strict";
import type { Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { permuteRows } from "../../lib/lowering/row_permutations.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, concat, mul, reshape, slice, split, squeeze, transpose } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";

const MOVERS = ["Transpose", "Slice", "Split", "Concat", "Gather"];

/** Of images [2,4,4,16] of 16 channels. */
function graphOf(build: (x: Value) => readonly Value[], shape: readonly number[] = [2, 4, 4, 16]): Graph {
  const builder = createBuilder();
  build(mul(builder.input("x", "float32", shape), 2)).forEach((y, i) => builder.output(`y${i}`, add(y, 1)));
  return builder.finish();
}

/** What moves elements in the rewritten graph, which must give what it gave before. */
function movers(before: Graph): readonly string[] {
  const after = permuteRows(before);
  assertEqualGraphs(before, after);
  return after.nodes.map((node) => node.op).filter((op) => MOVERS.includes(op));
}

/** Shifted by one row and one column around the edges. */
function rolled(x: Value): Value {
  const rows = concat([slice(x, [1], [4], [1]), slice(x, [0], [1], [1])], 1);
  return concat([slice(rows, [1], [9], [-2]), slice(rows, [0], [1], [2])], 2);
}

Deno.test("A shift and a division into windows are one Gather", () => {
  const windows = graphOf((x) => {
    const parts = transpose(reshape(rolled(x), [2, 2, 2, 2, 2, 16]), [0, 1, 3, 2, 4, 5]);
    return [reshape(parts, [8, 4, 16])];
  });
  assert.deepEqual(movers(windows), ["Gather"]);
});

Deno.test("Queries, keys and values of two heads are one Gather each", () => {
  const heads = graphOf((x) => {
    const permuted = transpose(reshape(x, [2, 4, 3, 2, 16]), [2, 0, 3, 1, 4]);
    return [0, 1, 2].map((i) => squeeze(slice(permuted, [i], [i + 1], [0]), [0]));
  }, [2, 4, 96]);
  assert.deepEqual(movers(heads), ["Gather", "Gather", "Gather"]);
});

Deno.test("Steps, ends beyond the axis and parts of the last axis are seen", () => {
  const cut = graphOf((x) => [
    slice(x, [-3, 0], [99, 4], [1, 2], [2, 3]),
    ...split(slice(x, [0], [32], [3]), [16, 16], 3),
  ], [2, 4, 4, 48]);
  assert.deepEqual(movers(cut), ["Gather", "Gather", "Gather"]);
});

Deno.test("What is put back in order is not moved at all", () => {
  const twice = graphOf((x) => [transpose(transpose(x, [0, 2, 1, 3]), [0, 2, 1, 3])]);
  assert.deepEqual(movers(twice), []);
});

Deno.test("A view that is read by something else is computed, and read on from there", () => {
  const before = graphOf((x) => {
    const turned = transpose(x, [0, 2, 1, 3]);
    return [mul(turned, turned), slice(turned, [1], [3], [1]), turned];
  });
  assert.deepEqual(movers(before), ["Gather", "Gather"]);
});

Deno.test("Short rows, backward steps and parts of different values stay as they are", () => {
  assert.deepEqual(movers(graphOf((x) => [transpose(x, [0, 3, 1, 2])])), ["Transpose"]);
  assert.deepEqual(movers(graphOf((x) => [transpose(x, [0, 2, 1, 3])], [2, 4, 4, 8])), ["Transpose"]);
  assert.deepEqual(movers(graphOf((x) => [slice(x, [3], [0], [1], [-1])])), ["Slice"]);
  const mixed = graphOf((x) => [concat([slice(x, [0], [1], [1]), mul(x, x)], 1)]);
  assert.deepEqual(movers(mixed), ["Gather", "Concat"]);
});

Deno.test("An output of the graph keeps its name", () => {
  const builder = createBuilder();
  builder.output("y", transpose(builder.input("x", "float32", [2, 3, 16]), [1, 0, 2]));
  const before = builder.finish();
  const after = permuteRows(before);
  assertEqualGraphs(before, after);
  assert.equal(count(after, "Transpose"), 1);
});
