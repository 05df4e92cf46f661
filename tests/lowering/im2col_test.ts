import assert from "node:assert/strict";
import type { Graph } from "../../lib/graph/graph.ts";
import { layOutWindows } from "../../lib/lowering/im2col.ts";
import { recogniseWeightGradients } from "../../lib/lowering/weight_gradient.ts";
import { writePlainForms } from "../../lib/lowering/plain_forms.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { biasedConvGraph, convGraph } from "./_graphs.ts";

const CONVOLUTIONS = [
  { name: "3x3", image: [2, 3, 5, 6], weight: [4, 3, 3, 3], window: { padding: 1 } },
  { name: "3x3 of stride 2", image: [2, 3, 6, 6], weight: [4, 3, 3, 3], window: { padding: 1, stride: 2 } },
  { name: "7x7 of stride 2", image: [1, 3, 9, 10], weight: [2, 3, 7, 7], window: { padding: 3, stride: 2 } },
  { name: "1x1 of stride 2", image: [2, 3, 5, 6], weight: [4, 3, 1, 1], window: { stride: 2 } },
  { name: "3x3 of stride 3", image: [2, 3, 8, 9], weight: [4, 3, 3, 3], window: { padding: 1, stride: 3 } },
  { name: "dilated", image: [2, 2, 8, 7], weight: [2, 2, 3, 3], window: { padding: 1, dilation: 2 } },
  { name: "2x3 without padding", image: [2, 2, 5, 6], weight: [3, 2, 2, 3], window: {} },
];

for (const { name, image, weight, window } of CONVOLUTIONS) {
  Deno.test(`A ${name} convolution and its weight gradient are equal as products`, () => {
    const before = convGraph(image, weight, window);
    const after = layOutWindows(recogniseWeightGradients(before));
    assert.equal(count(after, "Conv"), 0);
    assert.equal(count(after, "ConvWeightGradient"), 0);
    assert.equal(count(after, "ConvTranspose"), 0);
    assertEqualGraphs(before, after);
  });
}

Deno.test("A convolution with a bias is equal as a product", () => {
  const before = biasedConvGraph();
  const after = layOutWindows(before);
  assert.equal(count(after, "Conv"), 0);
  assertEqualGraphs(before, after);
});

Deno.test("Images whose windows fill more than a buffer are taken in parts", () => {
  const before = convGraph([5, 2, 6, 6], [3, 2, 3, 3], { padding: 1 });
  const recognised = recogniseWeightGradients(before);
  const bytes = 4 * 9 * 3 * 36; // of the widest windows, those of the gradient
  const after = layOutWindows(recognised, 2 * bytes); // 5 images in parts of 2, 2 and 1, or of 3 and 2
  const products = (graph: Graph): number => count(graph, "MatMul") + count(graph, "Gemm");
  assert.equal(products(layOutWindows(recognised)), 3);
  assert.equal(products(after), 7);
  assertEqualGraphs(before, after);
});

Deno.test("A convolution and its weight gradient share the columns of small images", () => {
  const gathers = (image: readonly number[]): number => {
    const weight = [4, image[1], 3, 3];
    return count(layOutWindows(recogniseWeightGradients(convGraph(image, weight, { padding: 1 }))), "Gather");
  };
  assert.equal(gathers([2, 4, 6, 6]), 2, "of the image for both, of the gradient for the image's");
  assert.equal(gathers([8, 16, 64, 64]), 3, "of 18 MiB, which are not kept");
});

Deno.test("Windows of one pixel need no table", () => {
  const before = convGraph([2, 4, 5, 5], [4, 4, 1, 1], {});
  const after = layOutWindows(recogniseWeightGradients(before));
  assert.equal(count(after, "Gather"), 0);
  assert.equal(count(after, "Conv") + count(after, "ConvTranspose"), 0);
  assertEqualGraphs(before, after);
});

Deno.test("Grouped convolutions stay", () => {
  for (const [weight, groups] of [[[4, 2, 3, 3], 2], [[4, 1, 3, 3], 4]] as const) {
    const before = convGraph([2, 4, 5, 5], weight, { groups });
    const after = writePlainForms(layOutWindows(recogniseWeightGradients(before)));
    assert.ok(count(after, "Conv") >= 1);
    assertEqualGraphs(before, after);
  }
});
