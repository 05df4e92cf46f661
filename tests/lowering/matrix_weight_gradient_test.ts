import assert from "node:assert/strict";
import type { Graph } from "../../lib/graph/graph.ts";
import { transposeNarrowOperands } from "../../lib/lowering/matrix_weight_gradient.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { matmul } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { withGradients } from "./_graphs.ts";

/** A linear layer on tokens. */
function layerGraph(rows: number, inputs: number, outputs: number): Graph {
  return withGradients((builder) => {
    const x = builder.input("x", "float32", [2, rows / 2, inputs]);
    const w = builder.input("w", "float32", [inputs, outputs]);
    return { y: matmul(x, w), wrt: [x, w] };
  });
}

Deno.test("The gradient of a matrix transposes its narrower operand beforehand", () => {
  for (const [inputs, outputs, transposes] of [[3, 5, 1], [5, 3, 2]]) {
    const before = layerGraph(256, inputs, outputs);
    const after = transposeNarrowOperands(before);
    assertEqualGraphs(before, after);
    assert.equal(count(after, "Gemm"), count(before, "Gemm") - 1);
    assert.equal(count(after, "Transpose") - count(before, "Transpose"), transposes);
  }
});

Deno.test("Over few rows it stays one product", () => {
  const before = layerGraph(64, 3, 5);
  assert.equal(count(transposeNarrowOperands(before), "Gemm"), count(before, "Gemm"));
});

Deno.test("Networks of products alone are lowered for the cpu provider, with any blocks and without", () => {
  const before = layerGraph(256, 3, 5);
  for (const block of [undefined, 8]) {
    const after = lower(before, { provider: "cpu", block });
    assertEqualGraphs(before, after);
    assert.ok(count(after, "Gemm") < count(before, "Gemm"));
  }
});
