import assert from "node:assert/strict";
import { keyOf, type Recipe } from "../../lib/pipeline/key.ts";

const RECIPE: Recipe = {
  stage: "train",
  version: 3,
  params: { epochs: 15, optimizer: { use: "adamw", params: { lr: 0.002 } } },
  inputs: { "images.packed": "a".repeat(64) },
  sources: {},
  numeric: "cpu onnxruntime-node 1.30.0",
};

/** The digest was computed by Python: sha256 of json.dumps(recipe, sort_keys=True, separators=(",", ":")). */
Deno.test("the format of keys is fixed: caches of other machines and times stay valid", () => {
  assert.equal(keyOf(RECIPE), "a201b575695f8d6debd408f1aee5a1287b6333976c9090d120b1cebb9aa1a68d");
});

Deno.test("the order of keys does not enter, everything else does", () => {
  const reordered = Object.fromEntries(Object.entries(RECIPE).reverse()) as unknown as Recipe;
  assert.equal(keyOf(reordered), keyOf(RECIPE));
  const others: Recipe[] = [
    { ...RECIPE, stage: "export" },
    { ...RECIPE, version: 4 },
    { ...RECIPE, params: { epochs: 15 } },
    { ...RECIPE, inputs: { "images.packed": "b".repeat(64) } },
    { ...RECIPE, inputs: { "images.other": "a".repeat(64) } },
    { ...RECIPE, sources: { images: "c".repeat(64) } },
    { ...RECIPE, numeric: null },
  ];
  const keys = new Set([RECIPE, ...others].map(keyOf));
  assert.equal(keys.size, others.length + 1);
});
