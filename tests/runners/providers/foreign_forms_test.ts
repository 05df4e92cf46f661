/** Files as exporters leave them: Constant nodes, shapes that are worked out at run time, arguments of older operator sets. */
import assert from "node:assert/strict";
import { type Tensor, tensor } from "../../../lib/base/tensor.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { type Attrs, float, type Graph, int, ints, type Node } from "../../../lib/graph/graph.ts";
import { compareProviders } from "../../../lib/parity/mod.ts";
import { modelCase } from "../../../runners/parity/model_case.ts";
import { openModel } from "../../../runners/load.ts";
import { testOnEach } from "./_available.ts";

function node(op: string, inputs: readonly string[], output: string, attrs: Attrs = {}): Node {
  return { name: `/${output}`, op, domain: "", inputs, outputs: [output], attrs };
}

function constant(output: string, value: Tensor): Node {
  return node("Constant", [], output, { value: { kind: "tensor", value } });
}

const int64 = (dims: readonly number[], ...values: number[]): Tensor => tensor("int64", dims, values);

/** Since 13 the axes of Unsqueeze are an input, before they were an attribute. */
function unsqueezed(input: string, output: string, opset: number): readonly Node[] {
  if (opset < 13) return [node("Unsqueeze", [input], output, { axes: ints([0]) })];
  return [constant(`${output}/axes`, int64([1], 0)), node("Unsqueeze", [input, `${output}/axes`], output)];
}

/** `2 * x.reshape(x.shape[0], -1) @ w` for x [b,2,3] and w [6,2], as exporters write it. */
function exported(opset: number): Graph {
  const weight = tensor("float32", [6, 2], Float32Array.from({ length: 12 }, (_, i) => i - 5));
  return {
    name: "main_graph",
    nodes: [
      node("Shape", ["x"], "shape"),
      constant("first", int64([], 0)),
      node("Gather", ["shape", "first"], "batch", { axis: int(0) }),
      ...unsqueezed("batch", "batches", opset),
      constant("rest", int64([1], -1)),
      node("Concat", ["batches", "rest"], "flat", { axis: int(0) }),
      node("Reshape", ["x", "flat"], "features"),
      node("Constant", [], "two", opset < 12 ? { value: oneOf(2) } : { value_float: float(2) }),
      node("Mul", ["features", "two"], "doubled"),
      node("Dropout", ["doubled"], "kept"),
      node("MatMul", ["kept", "fc.weight"], "y"),
    ],
    inputs: [{ name: "x", type: "float32", shape: ["b", 2, 3] }],
    outputs: [{ name: "y", type: "float32", shape: ["b", 2] }],
    constants: new Map([["fc.weight", weight]]),
    types: new Map(),
    opsets: { "": opset },
    irVersion: 8,
    metadata: {},
  };
}

const oneOf = (value: number): Attrs[string] => ({ kind: "tensor", value: tensor("float32", [], [value]) });

/** [b,2,3] of 0, 1, 2 … */
const counted = (batch: number): Tensor =>
  tensor("float32", [batch, 2, 3], Float32Array.from({ length: batch * 6 }, (_, i) => i));

/** Row by row 2 times the sum of x[k] * (2k - 5) and of x[k] * (2k - 4). */
const WANTED = [70, 100, 70, 172];

for (const opset of [11, 17, 18, 20]) {
  await testOnEach(`openModel takes a raw export in operator set ${opset}, and any batch`, async ({ name }) => {
    await using session = await openModel(encodeModel(exported(opset)), { provider: name });
    for (const batch of [2, 1, 2]) {
      const { y } = await session.run({ x: counted(batch) });
      assert.deepEqual(y.dims, [batch, 2]);
      assert.deepEqual([...y.data], WANTED.slice(0, 2 * batch));
    }
  });
}

await testOnEach("parity compares a raw export node by node, and whole", async (provider) => {
  const parity = modelCase(encodeModel(exported(17)), null);
  assert.deepEqual(parity.feeds.x.dims, [2, 2, 3]);
  const report = await compareProviders(parity, [provider], { tolerance: 1e-3, partBytes: 2 ** 20 });
  assert.equal(report.agrees, true);
  assert.equal(report.providers[0].chain!.compared, report.nodes);
}, ["webgpu", "cpu", "wasm"]);
