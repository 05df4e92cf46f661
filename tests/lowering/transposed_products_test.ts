import assert from "node:assert/strict";
import type { Graph } from "../../lib/graph/graph.ts";
import { transposeOperands } from "../../lib/lowering/transposed_products.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, matmul, mul, reshape, softmax, transpose } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { withGradients } from "./_graphs.ts";

/** Scaled dot-product attention of 2 images, 3 heads, 5 tokens and 4 channels, with the keys exchanged as exporters write it. */
function attentionGraph(): Graph {
  return withGradients((builder) => {
    const [q, k, v] = ["q", "k", "v"].map((name) => builder.input(name, "float32", [2, 3, 5, 4]));
    const keys = reshape(transpose(reshape(k, [6, 5, 4]), [0, 2, 1]), [2, 3, 4, 5]);
    const scores = matmul(mul(q, 0.5), mul(keys, 0.5));
    return { y: matmul(softmax(scores), v), wrt: [q, k, v] };
  });
}

Deno.test("The gradient of the keys of an attention is a product of exchanged operands", () => {
  const before = attentionGraph();
  const after = transposeOperands(before);
  assertEqualGraphs(before, after);
  assert.ok(count(after, "Transpose") < count(before, "Transpose"));
});

Deno.test("An exchange of a product becomes exchanges of its operands, which cancel exchanges before it", () => {
  const builder = createBuilder();
  const [a, b] = [[2, 3, 4], [2, 5, 4]].map((shape, i) => builder.input(`x${i}`, "float32", shape));
  builder.output("y", transpose(matmul(a, transpose(b, [0, 2, 1])), [0, 2, 1]));
  const before = builder.finish();
  const after = transposeOperands(before);
  assertEqualGraphs(before, after);
  assert.equal(count(after, "Transpose"), 1);
});

Deno.test("Other exchanges stay", () => {
  const builder = createBuilder();
  const [a, b] = [[2, 3, 4], [2, 4, 5]].map((shape, i) => builder.input(`x${i}`, "float32", shape));
  const product = matmul(a, b);
  builder.output("axes", transpose(product, [1, 0, 2]));
  builder.output("regrouped", transpose(reshape(product, [2, 5, 3]), [0, 2, 1]));
  builder.output("scaled", transpose(mul(product, builder.input("c", "float32", [3, 1])), [0, 2, 1]));
  builder.output("sum", transpose(add(product, product), [0, 2, 1]));
  builder.output("broadcast", transpose(matmul(a, builder.input("d", "float32", [4, 5])), [0, 2, 1]));
  const before = builder.finish();
  const after = transposeOperands(before);
  assertEqualGraphs(before, after);
  assert.equal(count(after, "Transpose"), 5);
});
