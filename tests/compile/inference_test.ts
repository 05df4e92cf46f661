import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { type Tensor, type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { compileInference, compileValidation } from "../../lib/compile/inference.ts";
import { compileTrainStep } from "../../lib/compile/train_step.ts";
import type { ModelSpec } from "../../lib/contracts/model_spec.ts";
import type { ImageForm } from "../../lib/compile/image_input.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { assertClose } from "../nn/_run.ts";
import { batchOf, flipped, noise, optimizer, PAIRS, task, tinyModel } from "./_models.ts";

/** Initial parameters, and running statistics that are not those of a fresh net. */
function weightsOf(model: ModelSpec): Tensors {
  const step = compileTrainStep(model, { batch: 4, optimizer: optimizer("sgd"), clip: null });
  const moved = step.buffers.map((name, i) => [name, noise(step.initial[name].dims, i)] as const);
  const trained = step.parameters.map((name) => [name, step.initial[name]] as const);
  return Object.fromEntries([...trained, ...moved]);
}

function part(value: Tensor, from: number, to: number): Tensor {
  const width = value.data.length / value.dims[0];
  return { ...value, dims: [to - from, ...value.dims.slice(1)], data: value.data.slice(from * width, to * width) };
}

for (const [head, loss] of PAIRS) {
  Deno.test(`inference ${head}/${loss}: any batch, ages within the labels, posterior that sums to 1`, () => {
    const model = tinyModel([task(head, loss)]);
    const weights = weightsOf(model);
    const graph = compileInference(model, weights, { batch: "N" });
    const { image } = batchOf(3, model.tasks);
    const { age, posterior } = evaluate(graph, { image });
    assert.deepEqual(age.dims, [3]);
    assert.ok([...age.data].every((years) => Number(years) >= 20 && Number(years) <= 24));
    assert.equal(posterior !== undefined, head !== "regression");
    if (posterior) {
      assert.deepEqual(posterior.dims, [3, 5]);
      for (let i = 0; i < 3; i++) {
        const sum = [...part(posterior, i, i + 1).data].reduce<number>((total, p) => total + Number(p), 0);
        assertClose({ data: [sum] }, [1], 1e-6, "sum");
      }
    }
    const second = evaluate(graph, { image: part(image, 1, 2) });
    assertClose(second.age, [Number(age.data[1])], 1e-6, "alone as in the batch");
  });
}

for (const [head, loss] of PAIRS) {
  Deno.test(`inference ${head}/${loss}: mirrored, the mean of what image and mirror image give`, () => {
    const model = tinyModel([task(head, loss)]);
    const weights = weightsOf(model);
    const { image } = batchOf(3, model.tasks);
    const plain = compileInference(model, weights, { batch: "N" });
    const [one, other] = [image, flipped(image)].map((view) => evaluate(plain, { image: view }));
    const both = evaluate(compileInference(model, weights, { batch: "N", mirror: true }), { image });
    assert.deepEqual(Object.keys(both), Object.keys(one));
    for (const [name, value] of Object.entries(both)) {
      const [a, b] = [one, other].map((found) => toNumbers(found[name]));
      const means = a.map((x, i) => (x + b[i]) / 2);
      assertClose(value, means, 1e-6, name);
    }
    assert.notDeepEqual(other, one);
  });
}

Deno.test("inference: mirrored, every weight is still held once", () => {
  const model = tinyModel([task("classification", "ce")]);
  const weights = weightsOf(model);
  const [plain, both] = [false, true].map((mirror) => compileInference(model, weights, { batch: "N", mirror }));
  const floats = (graph: Graph): number =>
    [...graph.constants.values()].reduce((sum, { type, data }) => sum + (type === "float32" ? data.length : 0), 0);
  assert.ok(floats(both) < floats(plain) + 10);
});

Deno.test("inference: images may come as bytes", () => {
  const model = tinyModel([task("classification", "ce")]);
  const weights = weightsOf(model);
  const bytes = Uint8Array.from(batchOf(2, model.tasks).image.data, Number);
  const as = (image: ImageForm, data: Tensor["data"]) =>
    evaluate(compileInference(model, weights, { batch: 2, image }), {
      image: { type: image, dims: [2, 3, 16, 16], data },
    });
  assert.deepEqual(as("uint8", bytes), as("float32", Float32Array.from(bytes)));
});

Deno.test("inference: weights keep their names and bytes, and the file holds them", () => {
  const model = tinyModel([task("classification", "ce")]);
  const weights = weightsOf(model);
  const graph = decodeModel(encodeModel(compileInference(model, weights, { batch: "N", metadata: { pipeline: "p" } })));
  for (const [name, weight] of Object.entries(weights)) {
    assert.deepEqual(graph.constants.get(name)?.data, weight.data, name);
  }
  assert.deepEqual(graph.metadata, { pipeline: "p" });
  assert.deepEqual(graph.inputs, [{ name: "image", type: "float32", shape: ["N", 3, 16, 16] }]);
  assert.deepEqual(graph.outputs.map(({ name, shape }) => [name, shape]), [["age", ["N"]], ["posterior", ["N", 5]]]);
});

Deno.test("inference: the first task's posterior is named posterior, another's after its task", () => {
  const tasks = [task("regression", "l1"), task("classification", "ce", { name: "gender" })];
  const model = tinyModel(tasks);
  const graph = compileInference(model, weightsOf(model), { batch: 2 });
  assert.deepEqual(graph.outputs.map(({ name }) => name), ["age", "gender", "posterior/gender"]);
});

Deno.test("inference: weights that are missing or of another shape are named; unknown ones are left out", () => {
  const model = tinyModel([task("classification", "ce")]);
  const weights = weightsOf(model);
  const { "layer2.bn.running_var": _, ...missing } = weights;
  const failing = (found: Tensors, message: RegExp) =>
    assert.throws(() => compileInference(model, found, { batch: 1 }), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, message);
      return true;
    });
  failing(
    missing,
    /^Cannot load the weight "layer2.bn.running_var": the file does not hold it, the model needs \[8\]$/,
  );
  const other = { ...weights, "head.age.fc.bias": noise([6], 1) };
  failing(other, /^Cannot load the weight "head.age.fc.bias": it is \[6\], the model needs \[5\]$/);
  const more = { ...weights, "bn1.num_batches_tracked": noise([], 1) };
  assert.deepEqual(
    encodeModel(compileInference(model, more, { batch: 1 })),
    encodeModel(compileInference(model, weights, { batch: 1 })),
  );
});

for (const [head, loss] of PAIRS) {
  Deno.test(`validation ${head}/${loss}: images without weight do not count`, () => {
    const model = tinyModel([task(head, loss)]);
    const weights = weightsOf(model);
    const feeds = batchOf(4, model.tasks);
    const few = Object.fromEntries(Object.entries(feeds).map(([name, value]) => [name, part(value, 0, 3)]));
    const expected = evaluate(compileValidation(model, weights, { batch: 3 }), few);
    const padded = {
      ...feeds,
      "weight/age": { type: "float32", dims: [4], data: Float32Array.of(1, 1, 1, 0) } as const,
    };
    const found = evaluate(compileValidation(model, weights, { batch: 4 }), padded);
    assertClose(found.loss, [Number(expected.loss.data[0])], 1e-6, "loss");
    assertClose(found["loss/age"], [Number(expected.loss.data[0])], 1e-6, "loss of the task");
    assertClose(part(found.age, 0, 3), [...expected.age.data].map(Number), 1e-6, "ages");
  });
}
