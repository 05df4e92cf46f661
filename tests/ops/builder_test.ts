import assert from "node:assert/strict";
import { scalar, tensor, toNumbers } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { checkGraph } from "../../lib/graph/check.ts";
import { GraphError } from "../../lib/graph/errors.ts";
import { int } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, cast, concat, gather, mul, reduceSum, relu, reshape, split, sqrt } from "../../lib/ops/emit.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";

function throwsGraphError(act: () => unknown, ...parts: readonly (string | RegExp)[]): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof GraphError);
    for (const part of parts) assert.match(error.message, part instanceof RegExp ? part : new RegExp(part));
    return true;
  });
}

Deno.test("a graph holds what its outputs need, under their names", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["N", 3]);
  const unused = builder.input("unused", "float32", [1]);
  const y = add(relu(x), builder.constant(tensor("float32", [3], [1, 2, 3]), "bias"));
  mul(unused, builder.constant(tensor("float32", [1], [2]), "dead"));
  builder.output("y", y);
  const graph = builder.finish({ name: "small", metadata: { a: "b" }, doc: "text" });
  checkGraph(graph);
  assert.deepEqual(graph.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]), [
    ["Relu", ["x"], ["Relu_1"]],
    ["Add", ["Relu_1", "bias"], ["y"]],
  ]);
  assert.deepEqual(graph.inputs.map((input) => input.name), ["x", "unused"]);
  assert.deepEqual(graph.outputs, [{ name: "y", type: "float32", shape: ["N", 3] }]);
  assert.deepEqual([...graph.constants.keys()], ["bias"]);
  assert.deepEqual([...graph.types], [["Relu_1", { type: "float32", shape: ["N", 3] }]]);
  assert.deepEqual([graph.name, graph.metadata, graph.doc], ["small", { a: "b" }, "text"]);
});

Deno.test("finishing twice gives the same graph", () => {
  const builder = createBuilder();
  builder.output("y", relu(builder.input("x", "float32", [2])));
  assert.deepEqual(builder.finish(), builder.finish());
});

Deno.test("outputs that are inputs, constants or one value twice are copied", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2]);
  const y = relu(x);
  builder.output("first", y);
  builder.output("second", y);
  builder.output("same as x", x);
  builder.output("two", builder.constant(tensor("float32", [1], [2])));
  const graph = builder.finish();
  checkGraph(graph);
  const results = evaluate(graph, { x: tensor("float32", [2], [-1, 4]) });
  const found = Object.fromEntries(Object.entries(results).map(([name, value]) => [name, [...toNumbers(value)]]));
  assert.deepEqual(found, { first: [0, 4], second: [0, 4], "same as x": [-1, 4], two: [2] });
});

Deno.test("an output may take the name of an inner value", () => {
  const builder = createBuilder();
  const first = relu(builder.input("x", "float32", [2]));
  builder.output(first.name, mul(first, 3));
  const graph = builder.finish();
  checkGraph(graph);
  const results = evaluate(graph, { x: tensor("float32", [2], [-1, 4]) });
  assert.deepEqual([...toNumbers(results[first.name])], [0, 12]);
});

Deno.test("constants: small equal ones are shared, named ones are not", () => {
  const builder = createBuilder();
  const two = (): Value => builder.constant(scalar("float32", 2));
  assert.equal(two(), two());
  assert.notEqual(two(), builder.constant(tensor("float32", [1], [2])));
  assert.notEqual(two(), builder.constant(scalar("float64", 2)));
  assert.notEqual(builder.constant(scalar("float32", 2), "w"), two());
  throwsGraphError(() => builder.constant(scalar("float32", 2), "w"), /"w".*taken/);
});

Deno.test("nodes over constants are computed at once, but not over named weights", () => {
  const builder = createBuilder();
  const four = builder.constant(tensor("float32", [2], [4, 9]));
  assert.deepEqual(sqrt(four).constant, tensor("float32", [2], [2, 3]));
  const weight = builder.constant(tensor("float32", [2], [4, 9]), "weight");
  assert.equal(sqrt(weight).constant, undefined);
  assert.deepEqual(builder.nodes.map((node) => node.name), ["Sqrt_1"]);
});

Deno.test("a chain over a static shape is computed at once", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2, 3, 4]);
  const [shape] = builder.emit("Shape", [x]);
  const batch = gather(shape, builder.constant(tensor("int64", [1], [0])));
  const target = concat([batch, builder.constant(tensor("int64", [1], [-1]))], 0);
  const [y] = builder.emit("Reshape", [x, cast(target, "int64")]);
  assert.deepEqual(y.shape, [2, 12]);
  assert.equal(builder.nodes.length, 1);
});

Deno.test("large results are not computed at once", () => {
  const builder = createBuilder();
  const shape = builder.constant(tensor("int64", [2], [1000, 1000]));
  const [filled] = builder.emit("Expand", [builder.constant(scalar("float32", 1)), shape]);
  assert.equal(filled.constant, undefined);
  assert.deepEqual(filled.shape, [1000, 1000]);
});

Deno.test("the greatest 64-bit integer survives folding", () => {
  const builder = createBuilder();
  const end = builder.constant({ type: "int64", dims: [1], data: BigInt64Array.of(2n ** 63n - 1n) });
  assert.deepEqual(reshape(end, []).constant?.data, BigInt64Array.of(2n ** 63n - 1n));
});

Deno.test("names of nodes still to come are not made up for others", () => {
  const builder = createBuilder();
  builder.reserve(["Relu_1"]);
  const x = builder.input("x", "float32", [2]);
  assert.equal(relu(x).name, "Relu_1_1");
  assert.equal(builder.emit("Relu", [x], {}, { names: ["Relu_1"] })[0].name, "Relu_1");
});

Deno.test("a node with several outputs names each", () => {
  const builder = createBuilder();
  const parts = split(builder.input("x", "float32", [5]), [2, 3], 0);
  assert.deepEqual(parts.map((part) => [part.name, part.shape]), [["Split_1.0", [2]], ["Split_1.1", [3]]]);
});

Deno.test("misfits are named with operator, node and shapes", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [2, 3]);
  const other = createBuilder().input("other", "float32", [2, 3]);
  const wide = builder.input("wide", "float32", [4]);
  throwsGraphError(
    () => builder.emit("Add", [x, wide], {}, { name: "sum" }),
    "Add",
    '"sum"',
    /x: float32\[2,3\]/,
    /wide: float32\[4\]/,
  );
  throwsGraphError(() => builder.emit("Rellu", [x]), '"Rellu"', 'did you mean "Relu"');
  throwsGraphError(() => builder.emit("Relu", [x], {}, { domain: "com.example" }), "com.example::Relu");
  throwsGraphError(() => add(x, other), '"other" belongs to another graph');
  throwsGraphError(() => builder.emit("Concat", [x, wide], { axis: int(0) }), "Concat");
  throwsGraphError(() => builder.input("x", "float32", []), '"x"', "taken");
  builder.output("x", x);
  throwsGraphError(() => builder.output("x", x), 'output "x"');
});

Deno.test("an interpreter names a missing and a misshapen feed", () => {
  const builder = createBuilder();
  builder.output("y", reduceSum(builder.input("x", "float32", ["N", 2]), null));
  const graph = builder.finish();
  throwsGraphError(() => evaluate(graph, {}), '"x"', "not fed");
  const fed = tensor("float32", [1, 2], [1, 2]);
  throwsGraphError(() => evaluate(graph, { x: fed, X: fed }), '"X"', 'did you mean "x"');
  throwsGraphError(() => evaluate(graph, { x: tensor("float32", [1, 3], [1, 2, 3]) }), '"x"', /float32\[N,2\]/);
  throwsGraphError(() => evaluate(graph, { x: tensor("int64", [1, 2], [1, 2]) }), /int64\[1,2\]/);
  throwsGraphError(() => evaluate(graph, { x: tensor("float32", [1, 2], [1, 2]) }, ["z"]), '"z"');
});
