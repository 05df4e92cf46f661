/** Providers without kernels for float16 get the same graph in float32. */
import assert from "node:assert/strict";
import { tensor } from "../../lib/base/tensor.ts";
import { compileTrainStep } from "../../lib/compile/train_step.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { lower } from "../../lib/lowering/mod.ts";
import { widenHalves } from "../../lib/lowering/widened.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, cast, equal, mul, relu } from "../../lib/ops/emit.ts";
import { batchOf, optimizer, scalarOf, task, tinyModel } from "../compile/_models.ts";
import { numbersOfAll, runStep } from "../compile/_steps.ts";
import { assertEqualGraphs } from "./_equal.ts";

function halvesInside(graph: Graph): number {
  return [...graph.types.values(), ...graph.constants.values()].filter(({ type }) => type === "float16").length;
}

Deno.test("widened: float16 goes from the middle of a graph, its inputs and outputs keep their types", () => {
  const builder = createBuilder();
  const x = cast(builder.input("x", "float32", [2, 3]), "float16");
  const shift = builder.constant(tensor("float16", [3], [0.5, -1, 2]));
  const moved = relu(add(mul(x, builder.input("half", "float16", [2, 3])), shift));
  const mask = cast(equal(moved, 0), "float16");
  builder.output("half out", moved);
  builder.output("out", cast(mul(add(moved, mask), 2), "float32"));
  const graph = builder.finish();
  assert.ok(halvesInside(graph) > 3);
  const wide = widenHalves(graph);
  assert.equal(halvesInside(wide), 0);
  assertEqualGraphs(graph, wide);
});

Deno.test("widened: a graph without float16 stays", () => {
  const builder = createBuilder();
  builder.output("y", relu(builder.input("x", "float32", [2])));
  const graph = builder.finish();
  assert.equal(widenHalves(graph), graph);
});

Deno.test("widened: a mixed train step on cpu and wasm is the float32 one", () => {
  const tasks = [task("classification", "ce")];
  const options = { batch: 4, optimizer: optimizer("sgd"), clip: 1 };
  const plain = compileTrainStep(tinyModel(tasks), options);
  const mixed = compileTrainStep(tinyModel(tasks), { ...options, precision: "mixed" });
  const start = numbersOfAll(plain.initial);
  const expected = runStep(plain, start, batchOf(4, tasks), 1, 0.1).state;
  for (const provider of ["cpu", "wasm"] as const) {
    const graph = lower(mixed.graph, { provider });
    assert.equal(halvesInside(graph), 0);
    const found =
      runStep({ ...mixed, graph }, start, { ...batchOf(4, tasks), loss_scale: scalarOf(1024) }, 1, 0.1).state;
    for (const [name, { data }] of Object.entries(expected)) {
      const apart = Math.max(...data.map((value, i) => Math.abs(value - found[name].data[i])));
      assert.ok(apart < 1e-6, `${name} is ${apart} apart`);
    }
  }
  assert.ok(halvesInside(lower(mixed.graph, { provider: "webgpu" })) > 0);
});
