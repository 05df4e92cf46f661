/** Operator forms of other operator sets, against ONNX Runtime (`scripts/oracle/export_opsets.py`). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { differentiate } from "../../lib/autodiff/differentiate.ts";
import { UserError } from "../../lib/base/errors.ts";
import { tensor, toNumbers } from "../../lib/base/tensor.ts";
import { bindShapes } from "../../lib/graph/bind.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { GraphError } from "../../lib/graph/errors.ts";
import { type Graph, int, ints, OPSET, string } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { canonicalise } from "../../lib/ops/canonical.ts";
import { reduceSum, relu, reshape } from "../../lib/ops/emit.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { cpu } from "../../runners/providers/cpu.ts";

interface Plain {
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

interface Fixture {
  readonly cases: Readonly<Record<string, { model: string; x: Plain; results: Readonly<Record<string, Plain>> }>>;
  /** Models by a part of the message that they are refused with. */
  readonly refused: Readonly<Record<string, string>>;
}

const fixture: Fixture = JSON.parse(readFileSync("fixtures/exported/opsets.json", "utf8"));

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
}

for (const [name, { model, x, results }] of Object.entries(fixture.cases)) {
  Deno.test(`${name} is brought into our operator set`, () => {
    const decoded = decodeModel(bytesOf(model));
    const graph = canonicalise(decoded);
    assert.deepEqual(graph.opsets, { "": name.startsWith("Gelu") ? 20 : OPSET });
    assert.deepEqual(canonicalise(graph), graph);
    assert.deepEqual(decodeModel(encodeModel(graph)), graph);
    const found = evaluate(graph, { x: tensor("float32", x.dims, x.data) });
    for (const [output, { dims, data }] of Object.entries(results)) {
      assert.deepEqual(found[output].dims, dims);
      const off = Math.max(...toNumbers(found[output]).map((value, i) => Math.abs(value - data[i])));
      assert.ok(off < 2e-6 * Math.max(1, ...data.map(Math.abs)), `${output} is off by ${off}`);
    }
  });
}

for (const [message, model] of Object.entries(fixture.refused)) {
  Deno.test(`a model is refused: ${message}`, () => {
    assert.throws(
      () => decodeModel(bytesOf(model)),
      (error) => error instanceof UserError && error.message.includes(message),
    );
  });
}

/** The sum of maxima over 3 of 5 elements with one of padding, of which the last window would start in the padding. */
function roundedUp(): Graph {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["N", 2, 5, 5]);
  const attrs = { kernel_shape: ints([3, 3]), strides: ints([3, 3]), pads: ints([1, 1, 1, 1]), ceil_mode: int(1) };
  builder.output("loss", reduceSum(builder.emit("MaxPool", [x], attrs)[0], null));
  return builder.finish();
}

Deno.test("windows whose number is rounded up become padding", async () => {
  const before = roundedUp();
  const after = canonicalise(before, { dims: { N: 2 } });
  assert.ok(!("ceil_mode" in after.nodes[0].attrs));
  const feeds = { x: tensor("float32", [2, 2, 5, 5], Array.from({ length: 100 }, (_, i) => -1 - (i * 37) % 101)) };
  assert.deepEqual(evaluate(after, feeds), evaluate(before, feeds));
  if (await cpu().unavailable() !== undefined) return;
  const gradient = differentiate(after, { loss: "loss", wrt: ["x"] });
  await using session = await cpu().open(encodeModel(gradient));
  assert.deepEqual(await session.run(feeds), evaluate(gradient, feeds));
});

Deno.test("resized lengths are multiplied in float32, as ONNX Runtime does", async () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [1, 1, 10, 10]);
  const [region, scales] = [[], [1, 1, 0.7, 1.3]].map((data) =>
    builder.constant(tensor("float32", [data.length], data))
  );
  const [y] = builder.emit("Resize", [x, region, scales], { mode: string("linear") });
  builder.output("y", y);
  assert.deepEqual(y.shape, [1, 1, 7, 13]); // in float64, 10 times the float32 next to 0.7 is less than 7
  if (await cpu().unavailable() !== undefined) return;
  const feeds = { x: tensor("float32", [1, 1, 10, 10], Array.from({ length: 100 }, (_, i) => i)) };
  await using session = await cpu().open(encodeModel(builder.finish()));
  const [got, wanted] = [await session.run(feeds), evaluate(builder.finish(), feeds)].map((out) => toNumbers(out.y));
  assert.equal(got.length, wanted.length);
  assert.ok(wanted.every((value, i) => Math.abs(value - got[i]) < 1e-4));
});

/** y = relu(x) of the named batch, flattened. */
function named(): Graph {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["N", 2, 3]);
  builder.output("y", reshape(relu(x), ["N", 6]));
  return builder.finish();
}

Deno.test("named lengths and whole input shapes can be bound", () => {
  assert.deepEqual(canonicalise(named(), { dims: { N: 4 } }).outputs[0].shape, [4, 6]);
  assert.deepEqual(canonicalise(named(), { inputs: { x: [5, 2, 3] } }).outputs[0].shape, [5, 6]);
  assert.throws(() => bindShapes(named(), { inputs: { y: [1] } }), GraphError);
  assert.throws(() => bindShapes(named(), { inputs: { x: [1, 2, 4] } }), /it is \[N, 2, 3\]/);
});

Deno.test("a misfit tells which lengths are open", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["N", 6]);
  builder.output("y", builder.emit("Reshape", [x, builder.constant(tensor("int64", [2], [3, -1]))])[0]);
  const graph = builder.finish();
  const unknown = { ...graph, nodes: graph.nodes.map((node) => ({ ...node, op: "Reshapes" })) };
  assert.throws(() => canonicalise(unknown), /did you mean "Reshape".*"N" are open/s);
  assert.throws(() => canonicalise(unknown, { dims: { N: 1 } }), (error) => !/are open/.test(String(error)));
});

Deno.test("initializers that old files list as inputs are no inputs any more", () => {
  const graph = named();
  const listed: Graph = {
    ...graph,
    inputs: [...graph.inputs, { name: "w", type: "float32", shape: [1] }],
    constants: new Map([...graph.constants, ["w", tensor("float32", [1], [1])]]),
  };
  assert.deepEqual(canonicalise(listed).inputs.map((input) => input.name), ["x"]);
});

Deno.test("operator sets beyond what is known, and inputs without a shape, are refused", () => {
  const graph = named();
  assert.throws(() => canonicalise({ ...graph, opsets: { "": 99 } }), UserError);
  assert.throws(() => canonicalise({ ...graph, opsets: { "": 6 } }), UserError);
  const shapeless: Graph = { ...graph, inputs: [{ name: "x", type: "float32" }] };
  assert.throws(() => canonicalise(shapeless), /input "x" has no shape/);
  assert.deepEqual(canonicalise(shapeless, { inputs: { x: [1, 2, 3] } }).outputs[0].shape, [1, 6]);
});
