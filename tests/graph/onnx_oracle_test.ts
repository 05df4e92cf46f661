/** Our ONNX files as another reader and writer, onnx-proto, sees them. */
import assert from "node:assert/strict";
import proto from "onnx-proto";
import { tensor } from "../../lib/base/tensor.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { float, type Graph, int, ints, string } from "../../lib/graph/graph.ts";

const { onnx } = proto;

const graph: Graph = {
  name: "small",
  nodes: [{
    name: "first",
    op: "Conv",
    domain: "",
    inputs: ["x", "w", ""],
    outputs: ["y"],
    attrs: { auto_pad: string("SAME_UPPER"), group: int(-1), ratio: float(0.25), strides: ints([2, 3]) },
  }],
  inputs: [{ name: "x", type: "float32", shape: ["N", 3] }],
  outputs: [{ name: "y", type: "float16", shape: [1] }],
  constants: new Map([["w", tensor("float32", [2], [1.5, -2])]]),
  types: new Map(),
  opsets: { "": 18 },
  irVersion: 9,
  metadata: { size: "64" },
  producer: "ageline",
};

Deno.test("another reader finds what we wrote", () => {
  const model = onnx.ModelProto.decode(encodeModel(graph));
  const found = onnx.ModelProto.toObject(model, { longs: Number, bytes: Array, enums: String });
  assert.equal(found.irVersion, 9);
  assert.equal(found.producerName, "ageline");
  assert.deepEqual(found.opsetImport, [{ domain: "", version: 18 }]);
  assert.deepEqual(found.metadataProps, [{ key: "size", value: "64" }]);
  const [node] = found.graph.node;
  assert.deepEqual([node.name, node.opType, node.input, node.output], ["first", "Conv", ["x", "w", ""], ["y"]]);
  assert.deepEqual(node.attribute, [
    { name: "auto_pad", type: "STRING", s: [...new TextEncoder().encode("SAME_UPPER")] },
    { name: "group", type: "INT", i: -1 },
    { name: "ratio", type: "FLOAT", f: 0.25 },
    { name: "strides", type: "INTS", ints: [2, 3] },
  ]);
  const [weight] = found.graph.initializer;
  assert.deepEqual([weight.name, weight.dims, weight.dataType], ["w", [2], 1]);
  assert.deepEqual(weight.rawData, [...new Uint8Array(Float32Array.of(1.5, -2).buffer)]);
  assert.deepEqual(found.graph.input[0].type.tensorType, {
    elemType: 1,
    shape: { dim: [{ dimParam: "N" }, { dimValue: 3 }] },
  });
});

Deno.test("we find what another writer wrote", () => {
  const model = onnx.ModelProto.decode(encodeModel(graph));
  assert.deepEqual(decodeModel(onnx.ModelProto.encode(model).finish()), graph);
});

Deno.test("attributes without a kind, as the first writers left them, are read by what they hold", () => {
  const written = onnx.ModelProto.decode(encodeModel(graph));
  for (const attribute of written.graph!.node![0].attribute!) attribute.type = 0;
  const [node] = decodeModel(onnx.ModelProto.encode(written).finish()).nodes;
  assert.deepEqual(node.attrs, graph.nodes[0].attrs);
});
