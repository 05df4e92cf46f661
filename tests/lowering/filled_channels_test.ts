import assert from "node:assert/strict";
import { fillChannels } from "../../lib/lowering/filled_channels.ts";
import { recogniseWeightGradients } from "../../lib/lowering/weight_gradient.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { biasedConvGraph, convGraph } from "./_graphs.ts";

for (const channels of [1, 2, 3, 5, 6]) {
  Deno.test(`A convolution of ${channels} channels and its weight gradient are equal with zeros behind them`, () => {
    const before = convGraph([2, channels, 5, 6], [4, channels, 3, 3], { padding: 1 });
    const after = fillChannels(recogniseWeightGradients(before));
    assert.equal(count(after, "Pad"), 2, "the images are filled once, the weight once");
    assert.equal(count(after, "Slice"), 1);
    assertEqualGraphs(before, after);
  });
}

Deno.test("A bias stays where it is", () => {
  const before = biasedConvGraph();
  const after = fillChannels(before);
  assert.equal(count(after, "Pad"), 2);
  assertEqualGraphs(before, after);
});

Deno.test("Rows of a multiple of four elements, and groups, stay", () => {
  const graphs = [
    convGraph([2, 4, 5, 5], [4, 4, 3, 3], { padding: 1 }),
    convGraph([2, 3, 5, 5], [4, 3, 2, 2], {}),
    convGraph([2, 6, 5, 5], [4, 3, 3, 3], { groups: 2 }),
  ];
  for (const graph of graphs) {
    const before = recogniseWeightGradients(graph);
    assert.equal(count(fillChannels(before), "Pad"), count(before, "Pad"));
  }
});
