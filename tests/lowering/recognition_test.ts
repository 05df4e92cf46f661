import assert from "node:assert/strict";
import { ints } from "../../lib/graph/graph.ts";
import { recogniseMaxPoolGradients } from "../../lib/lowering/max_pool_gradient.ts";
import { recogniseWeightGradients } from "../../lib/lowering/weight_gradient.ts";
import { unscaleGradients } from "../../lib/lowering/scaled_gradients.ts";
import { writePlainForms } from "../../lib/lowering/plain_forms.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { convGraph, poolGraph, withGradients } from "./_graphs.ts";
import { add, conv, slice } from "../../lib/ops/emit.ts";

const CONVOLUTIONS = [
  { name: "3x3", image: [2, 3, 5, 6], weight: [4, 3, 3, 3], window: { padding: 1 } },
  { name: "3x3 of stride 2", image: [2, 3, 6, 6], weight: [4, 3, 3, 3], window: { padding: 1, stride: 2 } },
  { name: "1x1 of stride 2", image: [2, 3, 6, 6], weight: [4, 3, 1, 1], window: { stride: 2 } },
  { name: "7x7 of stride 2", image: [1, 3, 9, 9], weight: [2, 3, 7, 7], window: { padding: 3, stride: 2 } },
  { name: "dilated", image: [2, 2, 8, 7], weight: [2, 2, 3, 3], window: { padding: 1, dilation: 2 } },
  { name: "depthwise", image: [2, 3, 8, 7], weight: [3, 1, 3, 3], window: { padding: 1, groups: 3 } },
  {
    name: "depthwise one of stride 3 that leaves pixels out",
    image: [2, 3, 8, 9],
    weight: [3, 1, 2, 2],
    window: { stride: 3, groups: 3 },
  },
];

for (const { name, image, weight, window } of CONVOLUTIONS) {
  Deno.test(`The weight gradient of a ${name} convolution is recognised and equal`, () => {
    const before = convGraph(image, weight, window);
    const after = recogniseWeightGradients(before);
    assert.equal(count(after, "ConvWeightGradient"), 1);
    assert.equal(count(after, "Transpose"), 0);
    assertEqualGraphs(before, after);
    const plain = writePlainForms(after);
    assert.equal(count(plain, "ConvWeightGradient"), 0);
    assertEqualGraphs(before, plain);
  });
}

Deno.test("Convolutions with groups of several channels or outputs stay as they are", () => {
  for (const [channels, weight] of [[4, [4, 2, 3, 3]], [2, [4, 1, 3, 3]]] as const) {
    const before = convGraph([2, channels, 5, 5], weight, { padding: 1, groups: 2 });
    const after = recogniseWeightGradients(before);
    assert.equal(count(after, "ConvWeightGradient"), 0);
    assertEqualGraphs(before, after);
  }
});

Deno.test("Sums of convolutions with different windows keep a weight gradient each", () => {
  const before = withGradients((builder) => {
    const x = builder.input("x", "float32", [2, 3, 8, 7]);
    const weights = ["near", "far"].map((name) => builder.input(name, "float32", [4, 3, 3, 3]));
    const [near, far] = weights.map((weight, i) => conv(x, weight, null, { padding: i + 1, dilation: i + 1 }));
    return { y: add(near, far), wrt: [x, ...weights] };
  });
  const after = unscaleGradients(recogniseWeightGradients(before));
  assert.equal(count(after, "ConvWeightGradient"), 2);
  assertEqualGraphs(before, after);
});

const PARTS = [
  { name: "behind the first row and column", shape: [2, 3, 6, 6], part: [[1, 1], [6, 6], [2, 3]] },
  { name: "before the last row and column", shape: [2, 3, 6, 6], part: [[0, 0], [5, 5], [2, 3]] },
  { name: "of every second row and column", shape: [2, 3, 9, 9], part: [[0, 0], [9, 9], [2, 3], [2, 2]] },
  { name: "of the first channels", shape: [2, 5, 5, 5], part: [[0], [3], [1]] },
  { name: "of the first images", shape: [3, 3, 5, 5], part: [[0], [2], [0]] },
] as const;

for (const { name, shape, part: [starts, ends, axes, steps] } of PARTS) {
  Deno.test(`The weight gradient of a convolution of the part ${name} is of that part alone`, () => {
    for (const groups of [1, 3]) {
      const before = withGradients((builder) => {
        const x = builder.input("x", "float32", shape);
        const w = builder.input("w", "float32", [3, 3 / groups, 3, 3]);
        return { y: conv(slice(x, starts, ends, axes, steps), w, null, { padding: 1, groups }), wrt: [x, w] };
      });
      const after = recogniseWeightGradients(before);
      assert.equal(count(after, "ConvWeightGradient"), 1);
      assertEqualGraphs(before, after);
      assertEqualGraphs(before, writePlainForms(after));
    }
  });
}

const POOLINGS = [
  { name: "2x2", image: [2, 3, 6, 6], window: { kernel: 2, stride: 2 } },
  { name: "overlapping 3x3", image: [2, 2, 8, 8], window: { kernel: 3, stride: 2, padding: 1 } },
  { name: "2x2 that leaves a row out", image: [1, 2, 5, 7], window: { kernel: 2, stride: 2 } },
];

for (const { name, image, window } of POOLINGS) {
  Deno.test(`The gradient of a ${name} maximum is recognised and equal`, () => {
    const before = poolGraph(image, window);
    const after = recogniseMaxPoolGradients(before);
    assert.equal(count(after, "MaxPoolGradient"), 1);
    assert.equal(count(after, "ConvTranspose"), 0);
    assertEqualGraphs(before, after);
    const plain = writePlainForms(after);
    assert.equal(count(plain, "MaxPoolGradient"), 0);
    assertEqualGraphs(before, plain);
  });
}

Deno.test("The gradient of a maximum along one axis stays as it is", () => {
  const before = withGradients((builder) => {
    const x = builder.input("x", "float32", [2, 3, 8]);
    const y = builder.emit("MaxPool", [x], { kernel_shape: ints([2]), strides: ints([2]) })[0];
    return { y, wrt: [x] };
  });
  const after = recogniseMaxPoolGradients(before);
  assert.equal(count(after, "MaxPoolGradient"), 0);
  assertEqualGraphs(before, after);
});
