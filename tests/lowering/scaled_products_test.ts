import assert from "node:assert/strict";
import type { Builder, Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { scaleOperands } from "../../lib/lowering/scaled_products.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { matmul, mul, transpose } from "../../lib/ops/emit.ts";
import { assertEqualGraphs } from "./_equal.ts";

function graphOf(build: (x: Value, w: Value, builder: Builder) => Value): Graph {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2, 8, 3]);
  const w = builder.input("w", "float32", [3, 4]);
  builder.output("y", build(x, w, builder));
  return builder.finish();
}

/** Shapes of what is multiplied with numbers. */
function scaled(graph: Graph): readonly string[] {
  const products = graph.nodes.filter((node) => node.op === "Mul");
  const ends = [...graph.inputs, ...graph.outputs];
  const shapeOf = (name: string): string =>
    String(graph.types.get(name)?.shape ?? ends.find((value) => value.name === name)?.shape);
  return products.map((node) => shapeOf(node.inputs[0]));
}

Deno.test("A number goes to the smaller operand of a product", () => {
  const before = graphOf((x, w) => mul(matmul(x, w), 0.5));
  const after = scaleOperands(before);
  assertEqualGraphs(before, after);
  assert.deepEqual(scaled(after), ["3,4"]);
});

Deno.test("It goes below a Transpose, so that this stays next to the product", () => {
  const before = graphOf((x, w) => mul(matmul(matmul(x, w), transpose(w, [1, 0])), 3));
  const after = scaleOperands(before);
  assertEqualGraphs(before, after);
  assert.deepEqual(scaled(after), ["3,4"]);
  const last = after.nodes[after.nodes.length - 1];
  assert.equal(after.nodes.find((node) => node.outputs[0] === last.inputs[1])?.op, "Transpose");
});

Deno.test("It goes below a Transpose that names no order, too", () => {
  const before = graphOf((x, w, builder) => mul(matmul(matmul(x, w), builder.emit("Transpose", [w])[0]), 3));
  const after = scaleOperands(before);
  assertEqualGraphs(before, after);
  assert.deepEqual(scaled(after), ["3,4"]);
});

Deno.test("Where it would cost more, or the product is read twice, it stays", () => {
  const graphs = [
    graphOf((x) => mul(matmul(transpose(x, [0, 2, 1]), x), 0.5)),
    graphOf((x, w) => matmul(mul(matmul(x, w), 0.5), transpose(matmul(x, w), [0, 2, 1]))),
    graphOf((x, w, builder) => mul(matmul(x, w), builder.input("c", "float32", []))),
    graphOf((x, w, builder) => {
      const product = matmul(x, w);
      builder.output("product", product);
      return mul(product, 0.5);
    }),
  ];
  for (const [i, expected] of ["2,3,3", "3,4", "2,8,4", "2,8,4"].entries()) {
    const after = scaleOperands(graphs[i]);
    assertEqualGraphs(graphs[i], after);
    assert.deepEqual(scaled(after), [expected]);
  }
});
