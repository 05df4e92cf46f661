import assert from "node:assert/strict";
import { gradients } from "../../lib/autodiff/gradients.ts";
import { ModelDeclarations } from "../../lib/compile/scope.ts";
import type { Scope } from "../../lib/contracts/model.ts";
import type { Builder, Value } from "../../lib/contracts/op.ts";
import { batchNorm2d } from "../../lib/nn/batch_norm.ts";
import { dropout } from "../../lib/nn/dropout.ts";
import { preprocess } from "../../lib/nn/images.ts";
import { fanInUniform, heNormal, normal, uniform, values, zeros } from "../../lib/nn/initializers.ts";
import { logSigmoid, logSoftmax } from "../../lib/nn/logits.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { mul, reduceSum } from "../../lib/ops/emit.ts";
import { assertClose, rows, run } from "./_run.ts";

function declarations(builder: Builder, training: boolean): ModelDeclarations {
  const place = ({ name, shape }: { name: string; shape: readonly number[] }): Value =>
    builder.input(name, "float64", shape);
  return new ModelDeclarations({ builder, training, place, type: "float64" });
}

function moments(data: Float32Array): { mean: number; std: number } {
  const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
  return { mean, std: Math.sqrt(data.reduce((sum, x) => sum + (x - mean) ** 2, 0) / data.length) };
}

Deno.test("initializers: moments follow from the shape, values from the key", () => {
  const shape = [64, 32, 3, 3];
  const he = moments(heNormal.fill(shape, [1, "a"]));
  assert.ok(Math.abs(he.std / Math.sqrt(2 / (64 * 9)) - 1) < 0.02 && Math.abs(he.mean) < 0.002);
  const fan = fanInUniform.fill(shape, [1, "a"]);
  const bound = 1 / Math.sqrt(32 * 9);
  assert.ok(fan.every((x) => Math.abs(x) <= bound) && fan.some((x) => Math.abs(x) > 0.99 * bound));
  assert.ok(Math.abs(moments(fan).std / (bound / Math.sqrt(3)) - 1) < 0.02);
  assert.ok(Math.abs(moments(normal(0.5).fill(shape, [1])).std - 0.5) < 0.01);
  for (const init of [heNormal, fanInUniform, normal(1), uniform(1)]) {
    assert.deepEqual(init.fill([4, 5], [7, "x"]), init.fill([4, 5], [7, "x"]), init.name);
    assert.notDeepEqual(init.fill([4, 5], [7, "x"]), init.fill([4, 5], [7, "y"]), init.name);
    assert.notDeepEqual(init.fill([4, 5], [7, "x"]), init.fill([4, 5], [8, "x"]), init.name);
  }
  assert.throws(() => values("three", [1, 2, 3]).fill([4], []), /it holds 3 numbers/);
});

Deno.test("images: 0 to 255 become standard deviations around ImageNet's mean", () => {
  const image = { dims: [1, 3, 1, 2], data: [0, 255, 0, 255, 0, 255] };
  const { y } = run({ image }, ({ image }) => ({ y: preprocess(image) }));
  const expected = [[0.485, 0.229], [0.456, 0.224], [0.406, 0.225]].flatMap(([m, s]) => [-m / s, (1 - m) / s]);
  assertClose(y, expected, 1e-12, "normalised");
});

/** x [2,2,1,2] around 1000 in the first channel and 0 in the second. */
const X = { dims: [2, 2, 1, 2], data: [1000.001, 999.998, -1, 2, 1000.002, 999.999, 4, -3] };
const CHANNELS = [[1000.001, 999.998, 1000.002, 999.999], [-1, 2, 4, -3]];
const NORM = {
  weight: { dims: [2], data: [2, 0.5] },
  bias: { dims: [2], data: [0.1, -0.3] },
  running_mean: { dims: [2], data: [5, 6] },
  running_var: { dims: [2], data: [0.5, 3] },
};

Deno.test("batch norm in training: statistics of the batch, running ones moved by its unbiased variance", () => {
  const found = run(
    { x: X },
    ({ x }) => {
      const model = declarations(x.builder, true);
      const y = batchNorm2d(x, model.root());
      return { y, mean: model.updates.get("running_mean")!, variance: model.updates.get("running_var")! };
    },
    "float64",
    NORM,
  );
  const stats = CHANNELS.map((channel) => {
    const mean = channel.reduce((a, b) => a + b) / 4;
    return { mean, squares: channel.reduce((sum, v) => sum + (v - mean) ** 2, 0) };
  });
  const y = (v: number, c: number): number =>
    (v - stats[c].mean) / Math.sqrt(stats[c].squares / 4 + 1e-5) * NORM.weight.data[c] + NORM.bias.data[c];
  assertClose(found.y, X.data.map((v, i) => y(v, Math.floor(i / 2) % 2)), 1e-9, "y");
  assertClose(found.mean, stats.map(({ mean }, c) => 0.9 * [5, 6][c] + 0.1 * mean), 1e-12, "running mean");
  assertClose(
    found.variance,
    stats.map(({ squares }, c) => 0.9 * [0.5, 3][c] + 0.1 * squares / 3),
    1e-9,
    "running variance",
  );
});

Deno.test("batch norm for inference: the running statistics, and no update", () => {
  const { y } = run(
    { x: X },
    ({ x }) => {
      const model = declarations(x.builder, false);
      const y = batchNorm2d(x, model.root());
      assert.equal(model.updates.size, 0);
      return { y };
    },
    "float64",
    NORM,
  );
  const expected = X.data.map((v, i) => {
    const c = Math.floor(i / 2) % 2;
    return (v - [5, 6][c]) / Math.sqrt([0.5, 3][c] + 1e-5) * [2, 0.5][c] + [0.1, -0.3][c];
  });
  assertClose(y, expected, 1e-6, "y");
});

Deno.test("batch norm refuses to train on one value per channel", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [1, 4, 1, 1]);
  const place = ({ name, shape }: { name: string; shape: readonly number[] }): Value =>
    builder.input(name, "float32", shape);
  const scope: Scope = new ModelDeclarations({ builder, training: true, place }).root();
  assert.throws(() => batchNorm2d(x, scope), /Cannot train .* use a larger batch or image/);
});

Deno.test("dropout: what is drawn below the rate is left out, the rest scaled; inference keeps all", () => {
  const noise = { "noise/dropout": { dims: [1, 4], data: [0.1, 0.25, 0.24, 0.9] } };
  const x = rows([[1, 2, 3, 4]]);
  const { y } = run(
    { x },
    ({ x }) => ({ y: dropout(x, 0.25, declarations(x.builder, true).root()) }),
    "float64",
    noise,
  );
  assertClose(y, [0, 8 / 3, 0, 16 / 3], 1e-12, "training");
  const builder = createBuilder();
  const input = builder.input("x", "float32", [1, 4]);
  assert.equal(dropout(input, 0.25, declarations(builder, false).root()), input);
  assert.equal(dropout(input, 0, declarations(builder, true).root()), input);
});

Deno.test("log softmax and log sigmoid: exact where the plain forms overflow", () => {
  const z = rows([[1000, 0, -1000], [0.3, 0.3, -0.2]]);
  const found = run({ z }, ({ z }) => ({ soft: logSoftmax(z), sigmoid: logSigmoid(z) }));
  const total = Math.log(2 * Math.exp(0.3) + Math.exp(-0.2));
  assertClose(found.soft, [0, -1000, -2000, 0.3 - total, 0.3 - total, -0.2 - total], 1e-12, "log softmax");
  const logistic = (v: number): number => -Math.log1p(Math.exp(-v));
  assertClose(found.sigmoid, [0, -Math.LN2, -1000, logistic(0.3), logistic(0.3), logistic(-0.2)], 1e-12, "log sigmoid");
});

Deno.test("log softmax: the gradient is the softmax, also where the largest logits are equal", () => {
  const { d } = run({ z: rows([[2, 2, 1]]), u: rows([[1, 0, 0]]) }, ({ z, u }) => ({
    d: gradients(reduceSum(mul(logSoftmax(z), u), null), [z])[0],
  }));
  const total = 2 * Math.exp(2) + Math.exp(1);
  const p = [Math.exp(2) / total, Math.exp(2) / total, Math.exp(1) / total];
  assertClose(d, [1 - p[0], -p[1], -p[2]], 1e-12, "gradient");
});

Deno.test("zeros fill any shape", () => {
  assert.deepEqual(zeros.fill([2, 3], []), new Float32Array(6));
});
