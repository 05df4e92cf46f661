import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { tensor, type Tensors } from "../../lib/base/tensor.ts";
import type { ModelTensor } from "../../lib/compile/scope.ts";
import { zeros } from "../../lib/nn/initializers.ts";
import { matchWeights } from "../../lib/stages/_match_weights.ts";

const declared = (name: string, shape: readonly number[]): ModelTensor => {
  return { name, kind: "parameter", shape, init: zeros, decay: false };
};
const WANTED = [declared("conv1.weight", [2, 3]), declared("bn1.bias", [2])];
const FITTING: Tensors = {
  "conv1.weight": tensor("float32", [2, 3], [1, 2, 3, 4, 5, 6]),
  "bn1.bias": tensor("float32", [2], [7, 8]),
};
const one = tensor("float32", [1], [0]);

Deno.test("weights of the right names and shapes are taken, a head and the counts of batches are not", () => {
  const heads = ["fc.weight", "classifier.1.bias", "head.fc.weight", "head.age.fc.bias"];
  const found = { ...FITTING, "bn1.num_batches_tracked": tensor("int64", [], [3]) };
  const matched = matchWeights({ ...found, ...Object.fromEntries(heads.map((name) => [name, one])) }, WANTED, "w");
  assert.deepEqual(matched.weights, FITTING);
  assert.deepEqual(matched.head, heads);
});

Deno.test("weights of another precision become float32", () => {
  const half = { ...FITTING, "bn1.bias": tensor("float16", [2], [0.5, 7]) };
  assert.deepEqual(matchWeights(half, WANTED, "w").weights["bn1.bias"], tensor("float32", [2], [0.5, 7]));
  const double = { ...FITTING, "bn1.bias": tensor("float64", [2], [0.1, 7]) };
  assert.deepEqual(matchWeights(double, WANTED, "w").weights["bn1.bias"], tensor("float32", [2], [0.1, 7]));
});

Deno.test("everything that does not fit is named at once", () => {
  const found = { "conv1.weight": tensor("float32", [3, 2], [1, 2, 3, 4, 5, 6]), "layer9.weight": one };
  assert.throws(() => matchWeights(found, WANTED, "w.safetensors"), {
    name: "UserError",
    message: 'Cannot start from "w.safetensors": 1 missing (bn1.bias); ' +
      "1 of another shape (conv1.weight [3,2] instead of [2,3]); 1 not in this backbone (layer9.weight); " +
      "name the backbone, width and stem that the file was made with",
  });
});

Deno.test("long lists are shortened, with their length", () => {
  const wanted = Array.from({ length: 20 }, (_, i) => declared(`layer${i}`, [1]));
  const expected = /: 20 missing \(layer0, .*, layer7 and 12 more\); name/;
  assert.throws(() => matchWeights({}, wanted, "w"), (error) => {
    return error instanceof UserError && expected.test(error.message);
  });
});
