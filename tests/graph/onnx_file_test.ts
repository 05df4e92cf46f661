import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { type DType, tensor } from "../../lib/base/tensor.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { type Attrs, float, floats, type Graph, int, ints, type Node, string } from "../../lib/graph/graph.ts";

const node = (op: string, inputs: string[], outputs: string[], attrs: Attrs = {}, domain = ""): Node => ({
  name: `${op} of ${outputs}`,
  op,
  domain,
  inputs,
  outputs,
  attrs,
});

const branch: Graph = {
  name: "branch",
  nodes: [node("Identity", ["x"], ["inner"])],
  inputs: [],
  outputs: [{ name: "inner", type: "float32", shape: ["N", 3] }],
  constants: new Map(),
  types: new Map(),
  opsets: { "": 18, "com.microsoft.nchwc": 1 },
  irVersion: 9,
  metadata: { note: "änderung", age: "21-60" },
  producer: "ageline",
  doc: "what it does",
};

const TYPES: readonly DType[] = [
  "float32",
  "float64",
  "float16",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "bool",
];

/** A graph with every kind of attribute and every element type. */
const everything: Graph = {
  ...branch,
  name: "everything",
  nodes: [
    node("Anything", ["x", "", "float64"], ["y", ""], {
      whole: int(-3),
      endless: int(9223372036854775807),
      real: float(1e-5),
      text: string("dçb"),
      wholes: ints([1, -2]),
      none: ints([]),
      reals: floats([0.1, -Infinity]),
      texts: { kind: "strings", value: ["a", ""] },
      data: { kind: "tensor", value: tensor("float32", [2], [1, 2]) },
      body: { kind: "graph", value: branch },
    }),
    node("ReorderInput", ["y"], ["z"], { channels_last: int(1) }, "com.microsoft.nchwc"),
  ],
  inputs: [{ name: "x", type: "float32", shape: ["N", 3] }, { name: "any rank", type: "int64" }],
  outputs: [{ name: "z", type: "float32", shape: ["N", "?0", 0] }],
  constants: new Map(TYPES.map((type) => [type, tensor(type, [2, 1], [1, 0])])),
  types: new Map([["y", { type: "float32", shape: ["N", "?1"] }]]),
};

Deno.test("a graph survives its file", () => {
  assert.deepEqual(decodeModel(encodeModel(everything)), everything);
});

Deno.test("equal graphs give equal bytes", () => {
  const shuffled: Graph = {
    ...everything,
    constants: new Map([...everything.constants].reverse()),
    metadata: { age: "21-60", note: "änderung" },
    opsets: { "com.microsoft.nchwc": 1, "": 18 },
  };
  assert.deepEqual(encodeModel(shuffled), encodeModel(everything));
});

Deno.test("what is no ONNX file is refused", async (t) => {
  const whole = encodeModel(everything);
  const wrong: Record<string, Uint8Array> = {
    empty: new Uint8Array(0),
    text: new TextEncoder().encode("<!DOCTYPE html>\n<html></html>"),
    zeros: new Uint8Array(64),
    "cut off": whole.subarray(0, whole.length - 5),
    noise: Uint8Array.from({ length: 4096 }, (_, i) => (i * 167 + (i >> 3) * 31) & 255),
  };
  for (const [name, bytes] of Object.entries(wrong)) {
    await t.step(name, () => assert.throws(() => decodeModel(bytes), UserError));
  }
});

Deno.test("a graph whose values are used before they are made is refused", () => {
  const backwards = encodeModel({ ...everything, nodes: [...everything.nodes].reverse() });
  assert.throws(
    () => decodeModel(backwards),
    (error) => error instanceof UserError && /before any node makes it/.test(error.message),
  );
});
