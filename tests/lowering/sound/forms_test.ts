/** Every form that webgpu gets wrong is rewritten into one that means the same and is right there; the others are left alone. */
import assert from "node:assert/strict";
import { makeSound } from "../../../lib/lowering/sound/mod.ts";
import { RIGHT, WRONG } from "./_forms.ts";
import { assertRepaired, assertRightOnWebgpu, testOnWebgpu } from "./_judge.ts";

for (const { name, graph, half } of WRONG) {
  Deno.test(`${name} is rewritten`, () => assertRepaired(graph));
  testOnWebgpu(`${name} is right`, () => assertRightOnWebgpu(graph), half);
}

for (const { name, graph, half } of RIGHT) {
  Deno.test(`${name} stays`, () => assert.equal(makeSound(graph), graph));
  testOnWebgpu(`${name} is right`, () => assertRightOnWebgpu(graph), half);
}

Deno.test("For cpu and wasm only padding is kept from being merged", () => {
  for (const { name, graph } of WRONG) {
    const isMerged = name.includes("zeros");
    for (const provider of ["cpu", "wasm"] as const) assert.equal(makeSound(graph, provider) !== graph, isMerged, name);
    assert.equal(makeSound(graph, "reference"), graph);
  }
});
