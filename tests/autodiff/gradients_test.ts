import assert from "node:assert/strict";
import { differentiate } from "../../lib/autodiff/differentiate.ts";
import { gradients } from "../../lib/autodiff/gradients.ts";
import { scalar, type Tensor, tensor, toNumbers } from "../../lib/base/tensor.ts";
import type { OpRule } from "../../lib/contracts/op.ts";
import { checkGraph } from "../../lib/graph/check.ts";
import { GraphError } from "../../lib/graph/errors.ts";
import { type Graph, int, type Node } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, cast, identity, matmul, mul, reduceSum } from "../../lib/ops/emit.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

const x3 = tensor("float32", [3], [1, -2, 3]);

function numbers(value: Tensor): readonly number[] {
  return [...toNumbers(value)];
}

function complains(act: () => unknown, ...patterns: readonly RegExp[]): void {
  assert.throws(act, (error) => {
    assert.ok(error instanceof GraphError);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
}

/** loss = Σ (x·w)², with inner value `product` and an initializer `w`. */
function squares(): Graph {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [3]);
  const [product] = builder.emit("Mul", [x, builder.constant(tensor("float32", [3], [2, 1, -1]), "w")], {}, {
    names: ["product"],
  });
  builder.output("loss", reduceSum(mul(product, product), null));
  return builder.finish();
}

Deno.test("inputs, initializers and inner values have gradients, beside the outputs that were", () => {
  const graph = differentiate(squares(), { loss: "loss", wrt: ["x", "w", "product"] });
  checkGraph(graph);
  assert.deepEqual(graph.outputs.map(({ name, shape }) => [name, shape]), [
    ["loss", []],
    ["grad/x", [3]],
    ["grad/w", [3]],
    ["grad/product", [3]],
  ]);
  const results = evaluate(graph, { x: x3 });
  assert.deepEqual(numbers(results.loss), [17]);
  assert.deepEqual(numbers(results["grad/product"]), [4, -4, -6]);
  assert.deepEqual(numbers(results["grad/x"]), [8, -4, 6]);
  assert.deepEqual(numbers(results["grad/w"]), [4, 8, -18]);
});

Deno.test("every use of a value adds to its gradient", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [3]);
  const loss = reduceSum(add(add(mul(x, 5), x), mul(x, x)), null);
  builder.output("grad", gradients(loss, [x])[0]);
  assert.deepEqual(numbers(evaluate(builder.finish(), { x: x3 }).grad), [8, 2, 12]);
});

Deno.test("what the loss does not depend on has a gradient of zeros", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [3]);
  const far = builder.input("far", "float32", [2, 2]);
  const through = cast(cast(far, "int64"), "float32");
  const loss = add(reduceSum(x, null), reduceSum(through, null));
  builder.output("grad", gradients(loss, [far])[0]);
  const results = evaluate(builder.finish(), { x: x3, far: tensor("float32", [2, 2], [1, 2, 3, 4]) });
  assert.deepEqual(results.grad, tensor("float32", [2, 2], [0, 0, 0, 0]));
});

Deno.test("values that could be computed beforehand have gradients too", () => {
  const constant = (name: string, value: Tensor): Node => ({
    name,
    op: "Constant",
    domain: "",
    inputs: [],
    outputs: [name],
    attrs: { value: { kind: "tensor", value } },
  });
  const graph = squares();
  const nodes: Node[] = [
    constant("c", x3),
    { name: "bend", op: "Exp", domain: "", inputs: ["c"], outputs: ["bent"], attrs: {} },
    { name: "sum", op: "ReduceSum", domain: "", inputs: ["bent"], outputs: ["loss"], attrs: { keepdims: int(0) } },
  ];
  const found = differentiate({ ...graph, nodes }, { loss: "loss", wrt: ["c", "bent"] });
  const results = evaluate(found, { x: x3 });
  assert.deepEqual(numbers(results["grad/bent"]), [1, 1, 1]);
  assert.deepEqual(numbers(results["grad/c"]), [1, -2, 3].map(Math.exp).map(Math.fround));
});

/** An operator that has no gradient. */
const unsteady: OpRule = {
  type: "Unsteady",
  infer: ([x]) => [x!],
  compute: ([x]) => [x!],
  vjp: null,
  samples: [{ shapes: [[1]] }],
};

Deno.test("an operator without a gradient says so, where it is on the way", () => {
  const builder = createBuilder([...rules, unsteady]);
  const x = builder.input("x", "float32", [3]);
  const w = builder.input("w", "float32", [3]);
  const [bent] = builder.emit("Unsteady", [x], {}, { name: "bend" });
  const loss = reduceSum(mul(bent, w), null);
  complains(() => gradients(loss, [x]), /Unsteady "bend"/, /no gradient/);
  const [gradient] = gradients(loss, [w]);
  assert.deepEqual(gradient.shape, [3]);
});

Deno.test("names that are not there, losses that are no scalar and integers are refused", () => {
  const graph = squares();
  complains(() => differentiate(graph, { loss: "loss", wrt: ["produkt"] }), /"produkt"/, /did you mean "product"/);
  complains(() => differentiate(graph, { loss: "los", wrt: ["x"] }), /did you mean "loss"/);
  complains(() => differentiate(graph, { loss: "product", wrt: ["x"] }), /"product" of shape \[3\]/);
  const builder = createBuilder();
  const count = builder.input("count", "int64", []);
  complains(() => gradients(cast(count, "float32"), [count]), /"count" of type int64/);
});

Deno.test("an unknown operator is named with the nearest known one", () => {
  const graph = squares();
  const nodes = graph.nodes.map((node) => (node.op === "Mul" ? { ...node, op: "Mull" } : node));
  complains(() => differentiate({ ...graph, nodes }, { loss: "loss", wrt: ["x"] }), /"Mull"/, /did you mean "Mul"/);
});

Deno.test("a rule whose gradient has another shape than its input is caught", () => {
  const careless: OpRule = {
    ...rules.find((rule) => rule.type === "Add")!,
    vjp: (_, [dy]) => [dy, dy],
  };
  const builder = createBuilder([careless, ...rules.filter((rule) => rule.type !== "Add")]);
  const x = builder.input("x", "float32", [2, 3]);
  const bias = builder.input("bias", "float32", [3]);
  complains(() => gradients(reduceSum(add(x, bias), null), [bias]), /Add "Add_1"/, /input 1 is float32\[2,3\]/);
});

Deno.test("a gradient can be differentiated again", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [3]);
  const [first] = gradients(reduceSum(mul(mul(x, x), x), null), [x]);
  builder.output("second", gradients(reduceSum(first, null), [x])[0]);
  assert.deepEqual(numbers(evaluate(builder.finish(), { x: x3 }).second), [6, -12, 18]);
});

Deno.test("a loss of one element may have any rank", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", [1, 3]);
  const loss = matmul(x, builder.constant(tensor("float32", [3, 1], [1, 2, 3])));
  builder.output("grad", gradients(identity(loss), [x])[0]);
  assert.deepEqual(numbers(evaluate(builder.finish(), { x: tensor("float32", [1, 3], [0, 0, 0]) }).grad), [1, 2, 3]);
});

Deno.test("the loss itself has the gradient one", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", []);
  builder.output("grad", gradients(x, [x])[0]);
  assert.deepEqual(evaluate(builder.finish(), { x: scalar("float32", 7) }).grad, scalar("float32", 1));
});
