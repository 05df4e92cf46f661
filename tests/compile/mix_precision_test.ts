/** Which nodes of a graph compute in float16, and that what they compute stays what it is. */
import assert from "node:assert/strict";
import { scalar, tensor } from "../../lib/base/tensor.ts";
import { mixPrecision } from "../../lib/compile/mixed.ts";
import type { Builder, Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import {
  add,
  cast,
  div,
  equal,
  hardSigmoid,
  layerNormalization,
  matmul,
  maxPool,
  mul,
  reduceMax,
  reduceMean,
  reduceSum,
  relu,
  softmax,
  sub,
} from "../../lib/ops/emit.ts";
import { assertEqualGraphs } from "../lowering/_equal.ts";

/** A graph and the same with all of its nodes in mixed precision. */
function mixed(build: (builder: Builder) => Value): { plain: Graph; graph: Graph } {
  const builder = createBuilder();
  builder.output("y", build(builder));
  const plain = builder.finish();
  return { plain, graph: mixPrecision(plain, new Set(plain.nodes.map(({ name }) => name))) };
}

/** The types of what nodes of this operator take (the first input) and make. */
function typesOf(graph: Graph, op: string): readonly (readonly [string, string])[] {
  const type = (name: string): string => graph.types.get(name)?.type ?? graph.constants.get(name)?.type ?? "float32";
  return graph.nodes.filter((node) => node.op === op).map(({ inputs, outputs }) => [type(inputs[0]), type(outputs[0])]);
}

const tokens = (builder: Builder): Value => builder.input("x", "float32", [2, 3, 4]);
const weight = (builder: Builder): Value => builder.input("w", "float32", [4, 4]);

Deno.test("mix: products are float16, normalisations and softmax are computed in float32 between them", () => {
  const { plain, graph } = mixed((builder) => {
    const x = matmul(tokens(builder), weight(builder));
    const scale = builder.input("scale", "float32", [4]);
    const normal = layerNormalization(x, scale, null);
    return matmul(softmax(normal), builder.input("v", "float32", [4, 5]));
  });
  assert.deepEqual(typesOf(graph, "MatMul"), [["float16", "float16"], ["float16", "float16"]]);
  assert.deepEqual(typesOf(graph, "LayerNormalization"), [["float32", "float32"]]);
  assert.deepEqual(typesOf(graph, "Softmax"), [["float32", "float32"]]);
  assertEqualGraphs(plain, graph);
});

Deno.test("mix: statistics stay float32, also the squares that only they read", () => {
  const { plain, graph } = mixed((builder) => {
    const x = matmul(tokens(builder), weight(builder));
    const centred = sub(x, reduceMean(x, [0, 1], true));
    const variance = reduceMean(mul(centred, centred), [0, 1], true);
    return relu(div(centred, add(variance, 1e-5)));
  });
  assert.deepEqual(typesOf(graph, "ReduceMean"), [["float32", "float32"], ["float32", "float32"]]);
  assert.deepEqual(typesOf(graph, "Mul"), [["float32", "float32"]]);
  assert.deepEqual(typesOf(graph, "Add"), [["float32", "float32"]]);
  assert.deepEqual(typesOf(graph, "Sub"), [["float16", "float16"]]);
  assert.deepEqual(typesOf(graph, "Relu"), [["float16", "float16"]]);
  assertEqualGraphs(plain, graph);
});

Deno.test("mix: a product that only a sum reads is float16 all the same", () => {
  const { graph } = mixed((builder) => reduceSum(matmul(tokens(builder), weight(builder)), [2]));
  assert.deepEqual(typesOf(graph, "MatMul"), [["float16", "float16"]]);
});

Deno.test("mix: masks of conditions are float16; equal numbers stay equal", () => {
  const { plain, graph } = mixed((builder) => {
    const x = matmul(tokens(builder), weight(builder));
    return mul(x, cast(equal(x, reduceMax(x, [2], true)), "float32"));
  });
  assert.deepEqual(typesOf(graph, "Equal"), [["float16", "bool"]]);
  assert.deepEqual(typesOf(graph, "Mul"), [["float16", "float16"]]);
  assertEqualGraphs(plain, graph);
});

Deno.test("mix: numbers beyond float16 become its largest or smallest", () => {
  const { graph } = mixed((builder) => {
    const x = matmul(tokens(builder), weight(builder));
    const tiny = builder.constant(scalar("float32", 1e-30));
    return add(mul(hardSigmoid(x, 1e30, 0), -1e30), tiny);
  });
  const halves = [...graph.constants.values()].filter(({ type }) => type === "float16").map(({ data }) => data);
  const expected = [-65504, 2 ** -24].map((value) => tensor("float16", [], [value]).data);
  assert.deepEqual(halves, expected);
  const { alpha } = graph.nodes.find(({ op }) => op === "HardSigmoid")!.attrs;
  assert.deepEqual(alpha, { kind: "float", value: 65504 });
});

Deno.test("mix: other nodes stay float32, with casts between", () => {
  const builder = createBuilder();
  const image = builder.input("x", "float32", [1, 2, 4, 4]);
  const inner = maxPool(relu(matmul(mul(image, 0.5), builder.input("w", "float32", [4, 4]))), { kernel: 2, stride: 2 });
  builder.output("y", add(inner, 1));
  const plain = builder.finish();
  const part = new Set(plain.nodes.filter(({ op }) => op !== "Mul" && op !== "Add").map(({ name }) => name));
  const graph = mixPrecision(plain, part);
  for (const op of ["Mul", "Add"]) assert.deepEqual(typesOf(graph, op), [["float32", "float32"]], op);
  for (const op of ["MatMul", "Relu", "MaxPool"]) assert.deepEqual(typesOf(graph, op), [["float16", "float16"]], op);
  assertEqualGraphs(plain, graph);
});
