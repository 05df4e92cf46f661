import assert from "node:assert/strict";
import { blockImages } from "../../lib/lowering/blocked.ts";
import { gatherChannelAffines } from "../../lib/lowering/channel_affine.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { recogniseMaxPoolGradients } from "../../lib/lowering/max_pool_gradient.ts";
import { nchwcRules } from "../../lib/lowering/nchwc.ts";
import { recogniseWeightGradients } from "../../lib/lowering/weight_gradient.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, conv, convTranspose, mul, reduceMean, reduceSum } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { blockGraph, convGraph, poolGraph, withGradients } from "./_graphs.ts";

const BLOCK = 4;

function blocked(graph: Graph): Graph {
  const recognised = gatherChannelAffines(recogniseWeightGradients(recogniseMaxPoolGradients(graph)));
  return blockImages(recognised, BLOCK);
}

const CONVOLUTIONS = [
  { name: "3x3", image: [2, 8, 5, 6], weight: [4, 8, 3, 3], window: { padding: 1 } },
  { name: "3x3 of stride 2", image: [2, 4, 6, 6], weight: [8, 4, 3, 3], window: { padding: 1, stride: 2 } },
  {
    name: "3x3 of stride 2 on an odd image",
    image: [2, 4, 7, 7],
    weight: [8, 4, 3, 3],
    window: { padding: 1, stride: 2 },
  },
  { name: "1x1", image: [2, 4, 3, 3], weight: [8, 4, 1, 1], window: {} },
  { name: "narrowing 1x1", image: [2, 8, 3, 3], weight: [4, 8, 1, 1], window: {} },
  { name: "1x1 of stride 2", image: [2, 4, 6, 6], weight: [8, 4, 1, 1], window: { stride: 2 } },
  { name: "padded 1x1", image: [2, 4, 5, 5], weight: [8, 4, 1, 1], window: { padding: 1 } },
  { name: "1x1 padded at its ends", image: [2, 4, 5, 5], weight: [8, 4, 1, 1], window: { padding: [0, 0, 1, 2] } },
  {
    name: "padded 1x1 of stride 2",
    image: [2, 4, 5, 5],
    weight: [8, 4, 1, 1],
    window: { padding: 1, stride: 2 },
  },
  { name: "5x5 without padding", image: [1, 4, 7, 8], weight: [4, 4, 5, 5], window: {} },
  { name: "3x3 of few channels", image: [2, 3, 6, 6], weight: [4, 3, 3, 3], window: { padding: 1 } },
  { name: "3x3 of many outputs", image: [4, 8, 5, 6], weight: [20, 8, 3, 3], window: { padding: 1 } },
  {
    name: "3x3 of many outputs and stride 2 on an odd image",
    image: [2, 4, 9, 7],
    weight: [32, 4, 3, 3],
    window: { padding: 1, stride: 2 },
  },
  { name: "3x3 of wide images", image: [1, 4, 4, 18], weight: [20, 4, 3, 3], window: { padding: 1 } },
  { name: "7x7 of few channels", image: [2, 3, 12, 10], weight: [4, 3, 7, 7], window: { padding: 3, stride: 2 } },
  {
    name: "2x2 of few channels and stride 3 that leaves pixels out",
    image: [4, 3, 9, 10],
    weight: [8, 3, 2, 2],
    window: { stride: 3 },
  },
  { name: "3x3 of few channels and odd rows", image: [1, 3, 5, 6], weight: [4, 3, 3, 3], window: { padding: 1 } },
  { name: "5x2 of stride 3 that leaves pixels out", image: [1, 4, 9, 12], weight: [4, 4, 5, 2], window: { stride: 3 } },
  { name: "depthwise 3x3", image: [2, 8, 5, 6], weight: [8, 1, 3, 3], window: { padding: 1, groups: 8 } },
  {
    name: "depthwise 3x3 of stride 2",
    image: [3, 8, 6, 6],
    weight: [8, 1, 3, 3],
    window: { padding: 1, stride: 2, groups: 8 },
  },
  {
    name: "depthwise 3x3 of stride 2 on an odd image",
    image: [2, 4, 7, 7],
    weight: [4, 1, 3, 3],
    window: { padding: 1, stride: 2, groups: 4 },
  },
  {
    name: "depthwise 2x3 of stride 3 that leaves pixels out",
    image: [2, 4, 9, 10],
    weight: [4, 1, 2, 3],
    window: { stride: 3, groups: 4 },
  },
  { name: "depthwise 4x4 of the whole image", image: [2, 4, 4, 4], weight: [4, 1, 4, 4], window: { groups: 4 } },
] as const;

for (const { name, image, weight, window } of CONVOLUTIONS) {
  Deno.test(`A ${name} convolution and its gradients are equal in blocks`, () => {
    const before = convGraph(image, weight, window);
    const after = blocked(before);
    assertEqualGraphs(before, after, nchwcRules(BLOCK));
    assert.ok(after.nodes.some((node) => node.op === "Conv" && node.domain === "com.microsoft.nchwc"));
    assert.equal(count(after, "ConvWeightGradient"), 0);
  });
}

Deno.test("A narrowing convolution of padded pixels is no product of all pixels, though it gives as many", () => {
  const before = withGradients((builder) => {
    const x = builder.input("x", "float32", [2, 8, 3, 3]);
    const w = builder.input("w", "float32", [4, 8, 1, 1]);
    const bias = builder.input("bias", "float32", [4]);
    return { y: conv(x, w, bias, { padding: 1, stride: 2 }), wrt: [w] };
  });
  assertEqualGraphs(before, blocked(before), nchwcRules(BLOCK));
});

Deno.test("A number that is added to a gradient is no image", () => {
  const builder = createBuilder();
  const [dy, w] = [[2, 4, 5, 5], [4, 4, 3, 3]].map((shape, i) => builder.input(`input${i}`, "float32", shape));
  const dx = convTranspose(dy, w, null, { padding: 1 });
  builder.output("left", add(dx, 0.5));
  builder.output("right", add(0.5, dx));
  const before = builder.finish();
  const after = blockImages(before, BLOCK);
  assert.equal(count(after, "ConvTranspose"), 0);
  assertEqualGraphs(before, after, nchwcRules(BLOCK));
});

Deno.test("Weight gradients are blocked convolutions where the rows or columns of all images fill blocks", () => {
  const inPlainOrder = (image: readonly number[], outputs: number): number => {
    const after = blocked(convGraph(image, [outputs, 8, 3, 3], { padding: 1 }));
    return after.nodes.filter(({ op, domain }) => op === "Conv" && domain === "").length;
  };
  assert.equal(inPlainOrder([4, 8, 5, 5], 20), 0);
  assert.equal(inPlainOrder([4, 8, 5, 5], 16), 0); // one set of filters
  assert.equal(inPlainOrder([3, 8, 4, 5], 16), 0);
  assert.equal(inPlainOrder([3, 8, 5, 4], 20), 0);
  assert.equal(inPlainOrder([3, 8, 5, 5], 20), 1);
});

for (const window of [{ kernel: 2, stride: 2 }, { kernel: 3, stride: 2, padding: 1 }]) {
  Deno.test(`The gradient of a ${window.kernel}x${window.kernel} maximum is equal in blocks`, () => {
    const before = poolGraph([2, 8, 8, 8], window);
    const after = blocked(before);
    assertEqualGraphs(before, after, nchwcRules(BLOCK));
    assert.equal(count(after, "MaxPoolGradient"), 0);
  });
}

Deno.test("A residual block with a projection is equal in blocks", () => {
  for (const stride of [1, 2]) {
    const before = blockGraph(4, 8, stride);
    const after = blocked(before);
    assertEqualGraphs(before, after, nchwcRules(BLOCK));
    assert.equal(count(after, "ConvTranspose"), 0);
  }
});

Deno.test("Channels that fill no block stay in plain order", () => {
  const before = convGraph([2, 6, 5, 5], [6, 6, 3, 3], { padding: 1 });
  const after = lower(before, { provider: "cpu", block: BLOCK });
  assert.ok(after.nodes.every((node) => node.domain === ""));
  assertEqualGraphs(before, after);
});

Deno.test("Without blocked operators, and with constant weights, a graph is left as it is", () => {
  const before = convGraph([2, 8, 5, 5], [8, 8, 3, 3], { padding: 1 });
  assert.equal(lower(before, { provider: "cpu" }), before);
  assert.equal(lower(before, { provider: "reference", block: BLOCK }), before);
});

Deno.test("A product of which only sums per channel are taken is not computed", () => {
  const before = withGradients((builder) => {
    const [x, y] = ["x", "y"].map((name) => builder.input(name, "float32", [2, 8, 3, 5]));
    const w = builder.input("w", "float32", [8, 8, 1, 1]);
    const products = mul(conv(x, w, null), y);
    const sums = [reduceSum(products, [0, 2, 3], true), reduceMean(products, [0, 2, 3], true)];
    return { y: add(sums[0], sums[1]), wrt: [w] };
  });
  const after = blocked(before);
  assertEqualGraphs(before, after, nchwcRules(BLOCK));
  const products = ({ nodes, types }: Graph): number =>
    nodes.filter(({ op, outputs: [y] }) => op === "Mul" && types.get(y)?.shape[3] === 5).length;
  assert.ok(products(before) > 0);
  assert.equal(products(after), 0);
});
