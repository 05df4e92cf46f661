import assert from "node:assert/strict";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { tensor } from "../../lib/base/tensor.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { ModelProtoSchema } from "../../lib/graph/onnx_pb.ts";
import { field, join } from "../../lib/graph/pieces.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, matmul } from "../../lib/ops/emit.ts";

Deno.test("A model is written as the protobuf library writes it, byte for byte", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float32", ["N", 300]);
  const weights = builder.constant(tensor("float32", [300, 2], new Float32Array(600).fill(0.5)), "weights");
  const none = builder.constant(tensor("float32", [0], []), "none");
  builder.output("y", add(matmul(x, weights), builder.constant(tensor("float32", [], [3]))));
  builder.output("none", builder.emit("Identity", [none])[0]);
  const bytes = encodeModel(builder.finish({ name: "parts", metadata: { about: "joined" }, doc: "a test" }));
  assert.deepEqual(bytes, toBinary(ModelProtoSchema, fromBinary(ModelProtoSchema, bytes)));
});

Deno.test("Lengths beyond one byte are written in groups of seven bits", () => {
  assert.deepEqual([...join(field(1, [])).subarray(0, 2)], [10, 0]);
  assert.deepEqual([...join(field(5, [new Uint8Array(127)])).subarray(0, 2)], [42, 127]);
  assert.deepEqual([...join(field(16, [new Uint8Array(200), new Uint8Array(100)])).subarray(0, 4)], [130, 1, 172, 2]);
});
