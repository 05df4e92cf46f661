/** The backbone `onnx` on networks made here: what is a weight, where the features are, what is refused. */
import assert from "node:assert/strict";
import { onnx } from "../../lib/backbones/onnx.ts";
import { scalar, type Tensor, tensor, toNumbers } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { UserError } from "../../lib/base/errors.ts";
import { type Graph, OPSET, type Shape } from "../../lib/graph/graph.ts";
import { preprocess } from "../../lib/nn/images.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import * as op from "../../lib/ops/emit.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { firstTensors, gradientGraph, importNetwork, paramsOf } from "./_onnx_run.ts";

const SIDE = 8;

/** Numbers that are all different. */
function numbers(dims: readonly number[], step = 0.1): Tensor {
  const length = dims.reduce((product, dim) => product * dim, 1);
  return tensor("float32", dims, Float32Array.from({ length }, (_, i) => Math.sin(1 + i) + step * i));
}

type Weigh = (name: string, dims: readonly number[]) => Value;

/** A network of images [N,3,8,8], as a file holds it. */
function networkOf(build: (images: Value, weight: Weigh) => Value, shape: Shape = ["N", 3, SIDE, SIDE]): Graph {
  const builder = createBuilder();
  const images = builder.input("input", "float32", shape);
  builder.output("output", build(images, (name, dims) => builder.constant(numbers(dims), name)));
  return builder.finish({ name: "network" });
}

function declared(network: Graph, params: Parameters<typeof paramsOf>[0] = {}) {
  const { features, model } = importNetwork(network, { params: { image: SIDE, ...params } });
  return {
    shape: features.shape,
    parameters: model.of("parameter").map(({ name }) => name),
    buffers: model.of("buffer").map(({ name }) => name),
    decayed: model.of("parameter").filter(({ decay }) => decay).map(({ name }) => name),
  };
}

/** Preprocessing, convolution, batch normalisation, slopes, a layer scale, and a classifier behind the mean. */
const plain = networkOf((images, weight) => {
  const prepared = op.mul(op.sub(images, weight("mean", [3, 1, 1])), weight("std", [3, 1, 1]));
  const maps = op.conv(prepared, weight("conv.weight", [4, 3, 3, 3]), weight("conv.bias", [4]), { kernel: 3 });
  const [scale, shift, mean] = ["bn.weight", "bn.bias", "bn.running_mean"].map((name) => weight(name, [4]));
  const variance = images.builder.constant(tensor("float32", [4], [1, 2, 3, 4]), "bn.running_var");
  const normal = op.batchNormalization(maps, scale, shift, mean, variance, 1e-3);
  const bent = op.prelu(normal, weight("slope", [4, 1, 1]));
  const scaled = op.mul(op.mul(bent, weight("gamma", [4, 1, 1])), weight("half", [1]));
  const features = op.flatten(op.globalAveragePool(op.clip(scaled, -6, 6)));
  return op.softmax(op.gemm(features, weight("fc.weight", [5, 4]), weight("fc.bias", [5]), { transB: true }));
});

Deno.test("weights are parameters in the order of their use, statistics buffers, all else settings", () => {
  assert.deepEqual(declared(plain), {
    shape: [2, 4],
    parameters: ["conv.weight", "conv.bias", "bn.weight", "bn.bias", "slope", "gamma"],
    buffers: ["bn.running_mean", "bn.running_var"],
    decayed: ["conv.weight"],
  });
});

Deno.test("the features are what the classifier takes, or the named tensor", () => {
  const { nodes } = plain;
  const named = (type: string): string => nodes.find((node) => node.op === type)!.outputs[0];
  assert.deepEqual(declared(plain, { output: "output" }).shape, [2, 5]);
  assert.deepEqual(declared(plain, { output: named("PRelu") }).shape, [2, 4]);
  assert.deepEqual(declared(plain, { output: named("PRelu"), pool: "flatten" }).shape, [2, 144]);
  assert.ok(declared(plain, { output: "output" }).parameters.includes("fc.weight"));
});

Deno.test("a classifier may be a 1x1 convolution of a 1x1 map, and a network may have none", () => {
  const point = networkOf((images, weight) => {
    const maps = op.conv(images, weight("a", [4, 3, 8, 8]), null, { kernel: 8 });
    return op.reshape(op.conv(maps, weight("b", [6, 4, 1, 1]), null), ["N", 6]);
  });
  assert.deepEqual(declared(point), { shape: [2, 4], parameters: ["a"], buffers: [], decayed: ["a"] });
  const maps = networkOf((images, weight) => op.relu(op.conv(images, weight("a", [4, 3, 3, 3]), null)));
  assert.deepEqual(declared(maps).shape, [2, 4]);
});

Deno.test("which tensor the features are is told with its shape, what pooling makes of it, and why it", () => {
  const told = (network: Graph, params: Parameters<typeof paramsOf>[0] = {}): string =>
    onnx.featuresOf!(paramsOf({ image: SIDE, ...params }), network);
  const features = plain.nodes.find(({ op }) => op === "Flatten")!.outputs[0];
  assert.equal(told(plain), `"${features}" [N, 4], before the classifier "fc"`);
  assert.equal(told(plain, { output: "output" }), '"output" [N, 5], named by "output"');
  const maps = plain.nodes.find(({ op }) => op === "PRelu")!.outputs[0];
  assert.equal(told(plain, { output: maps }), `"${maps}" [N, 4, 6, 6] averaged to [N, 4], named by "output"`);
  assert.equal(
    told(plain, { output: maps, pool: "flatten" }),
    `"${maps}" [N, 4, 6, 6] flattened, named by "output"`,
  );
  const bare = networkOf((images, weight) => op.relu(op.conv(images, weight("a", [4, 3, 3, 3]), null)));
  assert.equal(
    told(bare),
    '"output" [N, 4, 6, 6] averaged to [N, 4], the first output, since no classifier was found',
  );
  assert.throws(() => told(plain, { image: 16 }), /^UserError: Cannot build the backbone "network\.onnx": /);
});

Deno.test("a layer without a name of its own is told by its node; tokens are averaged over their number", () => {
  const network = networkOf((images, weight) => {
    const maps = op.conv(images, weight("patch", [5, 3, 4, 4]), null, { kernel: 4, stride: 4 });
    const tokens = op.transpose(op.reshape(maps, ["N", 5, 4]), [0, 2, 1]);
    return op.matmul(tokens, weight("val_12", [5, 7]));
  });
  const { name, inputs } = network.nodes.at(-1)!;
  assert.equal(
    onnx.featuresOf!(paramsOf({ image: SIDE }), network),
    `"${inputs[0]}" [N, 4, 5] averaged to [N, 5], before the classifier "${name}"`,
  );
});

Deno.test("positions may be as many as a large image has pixels", () => {
  const side = 224;
  const images = networkOf((images, weight) => {
    const maps = op.conv(images, weight("conv.weight", [4, 3, 1, 1]), null);
    return op.add(maps, weight("position", [1, 4, side, side]));
  }, ["N", 3, side, side]);
  assert.deepEqual(declared(images, { image: side }).parameters, ["conv.weight", "position"]);
});

Deno.test("tokens are averaged or laid side by side; what is joined and added to them is trained, a mask is not", () => {
  const builder = createBuilder();
  const images = builder.input("input", "float32", ["N", 3, SIDE, SIDE]);
  const patches = op.conv(images, builder.constant(numbers([4, 3, 4, 4]), "patch"), null, { kernel: 4, stride: 4 });
  const tokens = op.transpose(op.reshape(patches, ["N", 4, 4]), [0, 2, 1]);
  const mask = builder.constant(tensor("float32", [4], [0, -100, 0, -100]), "mask");
  const axes = builder.constant(tensor("int64", [1], [1]));
  const masked = op.add(tokens, builder.emit("Unsqueeze", [mask, axes], {}, { fold: false })[0]);
  builder.output("output", op.add(masked, builder.constant(numbers([1, 4, 4]), "position")));
  const network = builder.finish();
  assert.deepEqual(declared(network).shape, [2, 4]);
  assert.deepEqual(declared(network, { pool: "flatten" }).shape, [2, 16]);
  assert.deepEqual(declared(network).parameters, ["patch", "position"]);
});

Deno.test("names that a graph uses itself get an ending, an Identity of a shared tensor a parameter of its own", () => {
  const builder = createBuilder();
  const images = builder.input("input", "float32", ["N", 3, SIDE, SIDE]);
  const weight = builder.constant(numbers([3, 3, 1, 1]), "image");
  const twin = builder.emit("Identity", [weight], {}, { names: ["second"], fold: false })[0];
  builder.output("output", op.relu(op.conv(op.conv(images, weight, null), twin, null)));
  const network = builder.finish();
  assert.deepEqual(declared(network).parameters, ["image.weight", "second"]);
});

/** Batch normalisation behind a convolution, on images that are all one number. */
function statisticsAfter(batchStatistics: boolean): Record<string, number[]> {
  const imported = importNetwork(plain, { params: { image: SIDE }, batchStatistics });
  const graph = gradientGraph(imported, numbers([2, 4]));
  const image = numbers([2, 3, SIDE, SIDE], 0.01);
  const results = evaluate(graph, { image, ...firstTensors(imported.model) });
  return Object.fromEntries(
    Object.entries(results).filter(([name]) => name.startsWith("next/")).map(([name, data]) => [name, [
      ...toNumbers(data),
    ]]),
  );
}

Deno.test("batch normalisation moves the running statistics where the scope says so", () => {
  assert.deepEqual(statisticsAfter(false), {});
  const moved = statisticsAfter(true);
  assert.deepEqual(Object.keys(moved), ["next/bn.running_mean", "next/bn.running_var"]);
  const kept = toNumbers(plain.constants.get("bn.running_var")!);
  moved["next/bn.running_var"].forEach((variance, i) => assert.ok(variance > 0.9 * kept[i]));
});

Deno.test("a Dropout node drops while training", () => {
  const network = networkOf((images, weight) => {
    const maps = op.conv(images, weight("a", [4, 3, 3, 3]), null, { kernel: 3 });
    const ratio = images.builder.constant(scalar("float32", 0.25), "ratio");
    return images.builder.emit("Dropout", [maps, ratio])[0];
  });
  assert.deepEqual(importNetwork(network, { params: { image: SIDE } }).model.noise, []);
  const { model, features } = importNetwork(network, { params: { image: SIDE }, training: true });
  assert.deepEqual(model.noise, [{ name: "noise/dropout1.dropout", shape: [2, 4, 6, 6] }]);
  features.builder.output("features", features);
  const thresholds = [...features.builder.finish().constants.values()].map((data) => toNumbers(data)[0]);
  assert.ok(thresholds.includes(0.25), String(thresholds));
});

Deno.test("preprocessing is none unless declared", () => {
  const levels = tensor("float32", [1, 3, 1, 1], [10, 20, 250]);
  const prepared = (params: Parameters<typeof paramsOf>[0]): number[] => {
    const builder = createBuilder();
    builder.output("y", preprocess(builder.input("x", "float32", [1, 3, 1, 1]), onnx.preprocessing!(paramsOf(params))));
    return [...toNumbers(evaluate(builder.finish(), { x: levels }).y)];
  };
  assert.deepEqual(prepared({}), [10, 20, 250]);
  assert.deepEqual(prepared({ color: "bgr", mean: 10, std: 2 }), [120, 5, 0]);
  assert.deepEqual(prepared({ range: [0, 510], mean: [20, 0, 0], std: [1, 1, 5] }), [0, 40, 100]);
});

const conv = (images: Value, weight: Weigh): Value => op.relu(op.conv(images, weight("a", [4, 3, 3, 3]), null));
const ofShape = (...shape: Shape): Graph => {
  const network = networkOf(conv);
  return { ...network, inputs: [{ name: "input", type: "float32", shape }] };
};

const refusals: readonly [string, Graph, Parameters<typeof paramsOf>[0], RegExp][] = [
  ["another size", ofShape(1, 3, 16, 16), {}, /is float32 \[1, 3, 16, 16\] and "image" is 8, write "image: 16"/],
  ["channels last", ofShape("N", 16, 16, 3), {}, /export it with channels first: \[N, 3, S, S\]/],
  ["channels last, open sides", ofShape("N", "H", "W", 3), {}, /export it with channels first: \[N, 3, S, S\]/],
  ["channels last, an open side", ofShape("N", "H", 16, 3), {}, /export it with channels first: \[N, 3, S, S\]/],
  ["one channel", ofShape("N", 1, 8, 8), {}, /export it for images of three channels/],
  ["oblong images", ofShape("N", 3, 8, 16), {}, /only square images are known/],
  ["an unknown output", plain, { output: "outputt" }, /"outputt" of "output", did you mean "output"\?/],
  ["a name like none", plain, { output: "xyzzyx" }, /"xyzzyx" of "output", it gives "output"/],
  ["two inputs", { ...plain, inputs: [...plain.inputs, { name: "age", type: "float32", shape: [1] }] }, {}, /2 inputs/],
  ["bytes", { ...plain, inputs: [{ name: "input", type: "uint8", shape: ["N", 3, 8, 8] }] }, {}, /is uint8 .* float32/],
  ["no weights", networkOf((images) => op.relu(images)), {}, /no initializer of it is a weight/],
  [
    "an unknown operator",
    { ...plain, nodes: plain.nodes.map((n) => n.op === "Conv" ? { ...n, op: "Covn" } : n) },
    {},
    /"Covn" of node "Conv_1": it is unknown, did you mean "Conv"\?/,
  ],
  ["an old operator set", { ...plain, opsets: { "": 5 } }, {}, /operator set 5, known are 7 to 24/],
];

for (const [what, network, params, message] of refusals) {
  Deno.test(`refused with advice: ${what}`, () => {
    assert.throws(() => declared(network, params), (error: Error) => {
      assert.ok(error instanceof UserError, error.stack);
      assert.match(error.message, /^Cannot build the backbone "network.onnx": /);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("black and white must become different numbers", () => {
  const { error } = onnx.params.safeParse({ path: "network.onnx", range: [1, 1] });
  assert.match(String(error), /black and white must differ/);
});

Deno.test("float16 weights are refused by name", () => {
  const half = networkOf((images, weight) => op.relu(op.conv(images, weight("a", [4, 3, 3, 3]), null)));
  const constants = new Map(half.constants);
  constants.set("a", tensor("float16", [4, 3, 3, 3], new Float32Array(108)));
  const nodes = [
    {
      ...half.nodes[0],
      name: "cast",
      op: "Cast",
      inputs: ["a"],
      outputs: ["b"],
      attrs: { to: { kind: "int", value: 1 } },
    },
    ...half.nodes.map((node) => (node.op === "Conv" ? { ...node, inputs: ["input", "b"] } : node)),
  ] as Graph["nodes"];
  assert.equal(half.opsets[""], OPSET);
  assert.throws(() => declared({ ...half, constants, nodes }), /its weight "a" is float16, export it with float32/);
});
