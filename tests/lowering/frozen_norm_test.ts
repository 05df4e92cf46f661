import assert from "node:assert/strict";
import { foldFrozenNorms } from "../../lib/lowering/frozen_norm.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { unscaleGradients } from "../../lib/lowering/scaled_gradients.ts";
import { nchwcRules } from "../../lib/lowering/nchwc.ts";
import { writePlainForms } from "../../lib/lowering/plain_forms.ts";
import { recogniseWeightGradients } from "../../lib/lowering/weight_gradient.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, batchNormalization, conv, mul, type Window2d } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";
import { frozenGraph, withGradients } from "./_graphs.ts";

const BLOCK = 4;

function folded(graph: Graph): Graph {
  return unscaleGradients(foldFrozenNorms(recogniseWeightGradients(graph)));
}

/** Sums over whole images, and products of them. */
function passes(graph: Graph, op: string): number {
  return graph.nodes.filter((node) => node.op === op && graph.types.get(node.inputs[0])?.shape.length === 4).length;
}

for (const stride of [1, 2]) {
  Deno.test(`Normalisation by given statistics becomes part of the convolutions, of stride ${stride} too`, () => {
    const before = frozenGraph(4, 8, stride);
    const after = folded(before);
    assertEqualGraphs(before, after);
    assert.equal(count(after, "BatchNormalization"), 0);
    assert.equal(count(after, "ConvWeightGradient"), 3);
    assert.equal(count(after, "Conv"), 3);
    assertEqualGraphs(before, writePlainForms(after));
  });

  Deno.test(`Layers of a face network are equal for every target, of stride ${stride} too`, () => {
    const before = frozenGraph(4, 8, stride);
    const blocked = lower(before, { provider: "cpu", block: BLOCK });
    assertEqualGraphs(before, blocked, nchwcRules(BLOCK));
    for (const op of ["PRelu", "Where", "Clip", "ConvTranspose", "BatchNormalization"]) {
      assert.equal(count(blocked, op), 0, op);
    }
    assertEqualGraphs(before, lower(before, { provider: "wasm" }));
    assertEqualGraphs(before, lower(before, { provider: "webgpu" }));
  });
}

Deno.test("Channels that fill no block keep PRelu and its gradients", () => {
  const before = frozenGraph(3, 5, 1);
  const after = lower(before, { provider: "cpu", block: BLOCK });
  assert.equal(count(after, "PRelu"), 2);
  assertEqualGraphs(before, after, nchwcRules(BLOCK));
});

Deno.test("A convolution that something else needs stays beside its normalisation", () => {
  const before = withGradients((builder) => {
    const x = builder.input("x", "float32", [2, 3, 4, 4]);
    const w = builder.input("w", "float32", [4, 3, 3, 3]);
    const vectors = ["scale", "shift", "mean"].map((name) => builder.input(name, "float32", [4]));
    const variance = builder.constant({ type: "float32", dims: [4], data: Float32Array.of(1, 2, 3, 4) });
    const y = conv(x, w, null, { padding: 1 });
    return { y: add(y, batchNormalization(y, vectors[0], vectors[1], vectors[2], variance)), wrt: [x, w, vectors[0]] };
  });
  const after = folded(before);
  assertEqualGraphs(before, after);
  assert.equal(count(after, "Conv"), 1);
  assert.ok(passes(after, "Add") > passes(before, "Add"));
});

/** A sum of normalised convolutions of one image, all of which have the same gradient. */
function parallelGraph(branches: readonly { readonly kernel: number; readonly window: Window2d }[]): Graph {
  return withGradients((builder) => {
    const x = builder.input("x", "float32", [2, 4, 6, 6]);
    const trained: Value[] = [x];
    const maps = branches.map(({ kernel, window }, i) => {
      const w = builder.input(`w${i}`, "float32", [8, 4, kernel, kernel]);
      const [scale, shift, mean, deviation] = ["scale", "shift", "mean", "deviation"].map((name) =>
        builder.input(`${name}${i}`, "float32", [8])
      );
      trained.push(w, scale, shift);
      return batchNormalization(conv(x, w, null, window), scale, shift, mean, mul(deviation, deviation), 0.5);
    });
    return { y: maps.reduce(add), wrt: trained };
  });
}

Deno.test("Parallel convolutions of one image keep their windows in the gradients of their factors", () => {
  const near = { kernel: 3, window: { padding: 1 } };
  for (const other of [{ kernel: 1, window: {} }, { kernel: 3, window: { padding: 2, dilation: 2 } }]) {
    for (const branches of [[near, other], [other, near]]) {
      const before = parallelGraph(branches);
      const after = folded(before);
      assertEqualGraphs(before, after);
      assert.equal(count(after, "BatchNormalization"), 0);
      assert.equal(count(after, "ConvWeightGradient"), 2);
    }
  }
});

Deno.test("Normalisation of sequences and volumes stays", () => {
  for (const rank of [1, 3]) {
    const builder = createBuilder();
    const x = builder.input("x", "float32", [2, 4, ...new Array(rank).fill(4)]);
    const w = builder.input("w", "float32", [4, 4, ...new Array(rank).fill(3)]);
    const vectors = ["scale", "shift", "mean"].map((name) => builder.input(name, "float32", [4]));
    const variance = builder.constant({ type: "float32", dims: [4], data: Float32Array.of(1, 2, 3, 4) });
    const [y] = builder.emit("Conv", [x, w], {});
    builder.output("y", batchNormalization(y, vectors[0], vectors[1], vectors[2], variance));
    const before = builder.finish();
    const after = folded(before);
    assert.equal(count(after, "BatchNormalization"), 1);
    assertEqualGraphs(before, after);
  }
});

Deno.test("Normalisation of features stays", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [3, 4]);
  const vectors = ["scale", "shift", "mean"].map((name) => builder.input(name, "float32", [4]));
  const variance = builder.constant({ type: "float32", dims: [4], data: Float32Array.of(1, 2, 3, 4) });
  builder.output("y", batchNormalization(x, vectors[0], vectors[1], vectors[2], variance));
  const before = builder.finish();
  const after = folded(before);
  assert.equal(count(after, "BatchNormalization"), 1);
  assertEqualGraphs(before, after);
});
