import assert from "node:assert/strict";
import { tensor } from "../../lib/base/tensor.ts";
import type { Builder, Value } from "../../lib/contracts/op.ts";
import { type Attrs, type Graph, ints } from "../../lib/graph/graph.ts";
import { convolvePRelus } from "../../lib/lowering/constant_prelu.ts";
import { selectEarly } from "../../lib/lowering/early_selection.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, gather, layerNormalization, matmul, mul, prelu, relu, softmax, transpose } from "../../lib/ops/emit.ts";
import { assertEqualGraphs, count } from "./_equal.ts";

function numbers(builder: Builder, dims: readonly number[]): Value {
  const size = dims.reduce((product, length) => product * length, 1);
  return builder.constant(tensor("float32", dims, Float32Array.from({ length: size }, (_, i) => Math.sin(i + size))));
}

function bent(channels: number, slopeOf: (builder: Builder) => Value): Graph {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2, channels, 3, 3]);
  builder.output("y", prelu(x, slopeOf(builder)));
  return builder.finish();
}

Deno.test("PRelu with constant slopes, below 0 and above 1 too, becomes depthwise convolutions", () => {
  const slopes = tensor("float32", [8, 1, 1], [0, 0.25, -1.5, 2.5, 1, -1, 0.1, 3]);
  const before = bent(8, (builder) => builder.constant(slopes));
  const after = convolvePRelus(before, 8);
  assertEqualGraphs(before, after, [], 1e-6);
  assert.deepEqual([count(after, "PRelu"), count(after, "Conv")], [0, 2]);
});

Deno.test("PRelu stays where channels fill no blocks, where one slope serves all and where slopes are values", () => {
  const narrow = bent(12, (builder) => numbers(builder, [12, 1, 1]));
  const single = bent(8, (builder) => numbers(builder, [1]));
  const trained = bent(8, (builder) => builder.input("slope", "float32", [8, 1, 1]));
  for (const graph of [narrow, single, trained]) assert.equal(count(convolvePRelus(graph, 8), "PRelu"), 1);
});

const TOKENS = 5;
const WIDTH = 16;

/** What `build` makes of tokens [2,5,16], and of that the token at `index`. */
function tokenGraph(build: (x: Value) => Value, index = 0): Graph {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2, TOKENS, WIDTH]);
  builder.output("y", gather(build(x), builder.constant(tensor("int64", [], [index])), 1));
  return builder.finish();
}

/** Numbers of tokens that the products are made for. */
function rowsOf(graph: Graph): readonly unknown[] {
  const products = graph.nodes.filter((node) => node.op === "MatMul");
  return products.map((node) => graph.types.get(node.outputs[0])?.shape[1]);
}

function normalised(x: Value): Value {
  return layerNormalization(x, numbers(x.builder, [WIDTH]), numbers(x.builder, [WIDTH]));
}

function perceptron(x: Value): Value {
  const wide = relu(add(matmul(x, numbers(x.builder, [WIDTH, 24])), numbers(x.builder, [24])));
  return matmul(wide, numbers(x.builder, [24, WIDTH]));
}

Deno.test("A token is selected before the layers that work on every token by itself", () => {
  for (const index of [0, 3, -1]) {
    const before = tokenGraph((x) => normalised(add(x, perceptron(normalised(x)))), index);
    const after = selectEarly(before);
    assertEqualGraphs(before, after, [], 1e-6);
    assert.deepEqual(rowsOf(after), [1, 1]);
    assert.deepEqual(rowsOf(before), [TOKENS, TOKENS]);
  }
});

Deno.test("Of what is added, that of the token is taken, or that of all tokens", () => {
  for (const dims of [[TOKENS, WIDTH], [1, TOKENS, WIDTH], [2, 1, WIDTH], [WIDTH], []]) {
    const before = tokenGraph((x) => perceptron(add(x, numbers(x.builder, dims))), 3);
    const after = selectEarly(before);
    assertEqualGraphs(before, after, [], 1e-6);
    assert.deepEqual(rowsOf(after), [1, 1]);
  }
});

Deno.test("A row is followed through a change of axes, also one that names no order", () => {
  const orders: readonly Attrs[] = [{ perm: ints([0, 2, 1]) }, { perm: ints([2, 1, 0]) }, {}];
  for (const order of orders) {
    const before = tokenGraph((x) => relu(x.builder.emit("Transpose", [relu(x)], order)[0]), 2);
    const after = selectEarly(before);
    assertEqualGraphs(before, after);
    assert.equal(after.nodes[0].op, "Gather");
  }
});

Deno.test("Of an attention the scores of the selected token are left", () => {
  const before = tokenGraph((x) => matmul(softmax(matmul(mul(x, 0.5), transpose(x, [0, 2, 1])), -1), x), 2);
  const after = selectEarly(before);
  assertEqualGraphs(before, after, [], 1e-6);
  assert.deepEqual(rowsOf(after), [1, 1]);
});

Deno.test("What mixes tokens, and what others read whole, is made whole", () => {
  const mixed = tokenGraph((x) => softmax(matmul(x, numbers(x.builder, [WIDTH, WIDTH])), 1));
  const builder = createBuilder();
  const y = matmul(builder.input("x", "float32", [2, TOKENS, WIDTH]), numbers(builder, [WIDTH, WIDTH]));
  builder.output("first", gather(y, builder.constant(tensor("int64", [], [0])), 1));
  builder.output("second", gather(y, builder.constant(tensor("int64", [], [1])), 1));
  for (const before of [mixed, builder.finish()]) {
    const after = selectEarly(before);
    assertEqualGraphs(before, after, [], 1e-6);
    assert.deepEqual(rowsOf(after), [TOKENS]);
  }
});

Deno.test("The table gives these forms to graphs with constant weights on cpu", () => {
  const token = tokenGraph((x) => perceptron(x));
  assert.deepEqual(rowsOf(lower(token, { provider: "cpu" })), [1, 1]);
  const faces = bent(8, (builder) => numbers(builder, [8, 1, 1]));
  assert.equal(count(lower(faces, { provider: "cpu", block: 8 }), "PRelu"), 0);
  assert.equal(count(lower(faces, { provider: "wasm" }), "PRelu"), 1);
});
