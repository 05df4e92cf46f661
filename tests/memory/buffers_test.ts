/** The buffers of graphs small enough to lay out by hand. */
import assert from "node:assert/strict";
import { planBuffers } from "../../lib/memory/buffers.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { NCHWC, nchwcRules } from "../../lib/lowering/nchwc.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import * as ops from "../../lib/ops/emit.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

function graphOf(build: (x: Value) => Readonly<Record<string, Value>>, shape = [1000]): Graph {
  const builder = createBuilder([...rules, ...nchwcRules(4)]);
  const outputs = build(builder.input("x", "float32", shape));
  for (const [name, value] of Object.entries(outputs)) builder.output(name, value);
  return builder.finish();
}

/** For each buffer the operator that makes it, and from which node to which it is needed. */
function planOf(graph: Graph): readonly string[] {
  return planBuffers(graph, graph.nodes).map(({ first, last }) => `${graph.nodes[first].op} ${first}-${last}`);
}

Deno.test("a value has a buffer until its last reader, an output to the end; inputs have none", () => {
  const graph = graphOf((x) => {
    const early = ops.exp(x);
    return { y: ops.add(ops.reduceSum(ops.softmax(early, 0), [0], true), early), z: ops.exp(x) };
  });
  assert.deepEqual(planOf(graph), ["Exp 0-3", "Softmax 1-2", "ReduceSum 2-3", "Add 3-5", "Exp 4-5"]);
});

Deno.test("an activation works in the buffer of its input, arithmetic never does", () => {
  const chain = graphOf((x) => ({ y: ops.exp(ops.tanh(ops.relu(ops.exp(x)))) }));
  assert.deepEqual(planOf(chain), ["Exp 0-3", "Exp 3-4"]);
  const needed = graphOf((x) => {
    const made = ops.exp(x);
    return { y: ops.add(ops.relu(made), made) };
  });
  assert.deepEqual(planOf(needed), ["Exp 0-2", "Relu 1-2", "Add 2-3"], "an input that another node needs is kept");
});

Deno.test("a blocked convolution adds to the buffer of its sum", () => {
  const graph = graphOf((x) => {
    const { builder } = x;
    const filter = builder.input("w", "float32", [4, 4, 1, 1]);
    const conv = (sum: Value | null): Value => builder.emit("Conv", [x, filter, null, sum], {}, { domain: NCHWC })[0];
    return { y: ops.exp(conv(conv(null))) };
  }, [1, 4, 5, 5]);
  assert.deepEqual(planOf(graph), ["Conv 0-2", "Exp 2-3"]);
});

Deno.test("a reshape has no buffer of its own and keeps what it shows", () => {
  const graph = graphOf((x) => {
    const square = ops.reshape(ops.exp(x), [10, 100]);
    return { y: ops.matmul(square, ops.transpose(square, [1, 0])) };
  });
  assert.deepEqual(planOf(graph), ["Exp 0-3", "Transpose 2-3", "MatMul 3-4"]);
  assert.deepEqual(planOf(graphOf((x) => ({ y: ops.exp(ops.reshape(x, [10, 100])) }))), ["Exp 1-2"]);
});

Deno.test("a buffer that is idle is kept for a later value of the same shape, not for one of another", () => {
  const later = (shape: readonly number[]) =>
    graphOf((x) => {
      const small = ops.reduceSum(ops.exp(x), [0], true);
      const large = ops.expand(ops.exp(small), shape);
      return { y: ops.reduceSum(ops.mul(large, 2), [0], true) };
    });
  assert.deepEqual(planOf(later([1000])), ["Exp 0-4", "ReduceSum 1-2", "Exp 2-3", "Mul 4-5", "ReduceSum 5-6"]);
  assert.equal(planBuffers(later([1001]), later([1001]).nodes).length, 6);
});
