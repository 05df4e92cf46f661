import assert from "node:assert/strict";
import { tensor, toNumbers } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { nchwcRules } from "../../lib/lowering/nchwc.ts";
import { evaluateNumbers } from "../../lib/ops/evaluate.ts";
import {
  add,
  layerNormalization,
  matmul,
  mul,
  reshape,
  slice,
  softmax,
  squeeze,
  transpose,
} from "../../lib/ops/emit.ts";
import { createProvider } from "../../runners/providers/mod.ts";
import { assertEqualGraphs, count, feedsOf } from "./_equal.ts";
import { withGradients } from "./_graphs.ts";

const [BATCH, TOKENS, HEADS, WIDTH] = [32, 8, 2, 32];

/** A block of a vision transformer with its gradients, the keys exchanged as exporters write it. */
function blockGraph(): Graph {
  return withGradients((builder) => {
    const weight = (name: string, ...shape: number[]): Value => builder.input(name, "float32", shape);
    const x = weight("x", BATCH, TOKENS, WIDTH);
    const vectors = ["scale", "bias"].map((name) => weight(name, WIDTH));
    const matrices = [["qkv", WIDTH, 3 * WIDTH], ["proj", WIDTH, WIDTH], ["fc1", WIDTH, 64], [
      "fc2",
      64,
      WIDTH,
    ]] as const;
    const [qkv, proj, fc1, fc2] = matrices.map(([name, inputs, outputs]) => weight(name, inputs, outputs));
    const attended = add(
      x,
      matmul(attention(matmul(layerNormalization(x, vectors[0], vectors[1]), mul(qkv, 0.1))), proj),
    );
    const [hidden] = builder.emit("Gelu", [matmul(attended, mul(fc1, 0.1))]);
    return { y: add(attended, matmul(hidden, mul(fc2, 0.1))), wrt: [x, ...vectors, qkv, proj, fc1, fc2] };
  });
}

function attention(x: Value): Value {
  const heads = transpose(reshape(x, [BATCH, TOKENS, 3, HEADS, WIDTH / HEADS]), [2, 0, 3, 1, 4]);
  const [q, k, v] = [0, 1, 2].map((i) => squeeze(slice(heads, [i], [i + 1], [0]), [0]));
  const scores = matmul(mul(q, 0.5), mul(transpose(k, [0, 1, 3, 2]), 0.5));
  return reshape(transpose(matmul(softmax(scores), v), [0, 2, 1, 3]), [BATCH, TOKENS, WIDTH]);
}

Deno.test("A transformer block and its gradients are equal in the forms of the cpu provider", () => {
  const before = blockGraph();
  for (const block of [undefined, 8]) {
    const after = lower(before, { provider: "cpu", block });
    assertEqualGraphs(before, after, nchwcRules(8));
    assert.equal(count(after, "Pad"), 0);
    assert.ok(count(after, "Gather") > 0);
    assert.equal(count(after, "Slice"), 0);
  }
});

Deno.test("The cpu provider computes them right", async () => {
  const before = blockGraph();
  const provider = createProvider("cpu");
  const after = lower(before, { provider: "cpu", block: await provider.blockSize?.() });
  const feeds = Object.fromEntries(
    Object.entries(feedsOf(before)).map(([name, { dims, data }]) => [name, tensor("float32", dims, data)]),
  );
  const rounded = Object.fromEntries(
    Object.entries(feeds).map(([name, value]) => [name, { ...value, data: toNumbers(value) }]),
  );
  const wanted = evaluateNumbers(before, rounded);
  await using session = await provider.open(encodeModel(after));
  const made = await session.run(feeds);
  for (const [name, { data }] of Object.entries(wanted)) {
    const largest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const got = toNumbers(made[name]);
    const apart = data.reduce((most, x, i) => Math.max(most, Math.abs(x - got[i])), 0);
    assert.ok(apart <= 1e-4 * largest, `${name} is ${apart} apart at a size of ${largest}`);
  }
});
