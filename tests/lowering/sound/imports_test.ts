/** Imported models as they come: older operator sets, open lengths, operators that ageline does not know, graphs in graphs. */
import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { type Tensor, tensor, toNumbers } from "../../../lib/base/tensor.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { type Attrs, type Graph, int, ints, type Node, type Shape, string } from "../../../lib/graph/graph.ts";
import { makeSound } from "../../../lib/lowering/sound/mod.ts";
import { evaluate } from "../../../lib/ops/evaluate.ts";
import { canonicalise } from "../../../lib/ops/canonical.ts";
import { feedsOf, testOnWebgpu, webgpu } from "./_judge.ts";

const nodeOf = (op: string, inputs: readonly string[], outputs: readonly string[], attrs: Attrs = {}): Node => ({
  name: `${op} of ${outputs[0]}`,
  op,
  domain: "",
  inputs,
  outputs,
  attrs,
});

interface Parts {
  readonly nodes: readonly Node[];
  readonly x: Shape;
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly opset?: number;
  readonly y?: Shape;
}

/** A file of these nodes from "x" to "y", without types of inner values. */
function fileOf({ nodes, x, constants = {}, opset = 17, y }: Parts): Graph {
  return {
    name: "file",
    nodes,
    inputs: [{ name: "x", type: "float32", shape: x }],
    outputs: [{ name: "y", type: "float32", shape: y }],
    constants: new Map(Object.entries(constants)),
    types: new Map(),
    opsets: { "": opset },
    irVersion: 8,
    metadata: {},
  };
}

const waves = (...dims: number[]): Tensor => {
  const length = dims.reduce((a, b) => a * b, 1);
  return tensor("float32", dims, Array.from({ length }, (_, i) => Math.sin(1.7 * i)));
};

const same = { pads: ints([1, 1, 1, 1]) };
const wrongConv = nodeOf("Conv", ["x", "w"], ["y"], same);

Deno.test("Weights are padded beforehand, and the old ones go", () => {
  const sound = makeSound(fileOf({ nodes: [wrongConv], x: ["N", 6, 5, 5], constants: { w: waves(4, 6, 3, 3) } }));
  const [pad, conv] = sound.nodes;
  assert.deepEqual(sound.nodes.map((node) => node.op), ["Pad", "Conv"]);
  assert.equal(pad.inputs[0], "x");
  assert.deepEqual(sound.constants.get(conv.inputs[1])?.dims, [4, 8, 3, 3]);
  assert.equal(sound.constants.has("w"), false);
  assert.deepEqual(sound.opsets, { "": 17 });
});

Deno.test("A weight that is a default input stays beside its padded copy", () => {
  const file = fileOf({ nodes: [wrongConv], x: ["N", 6, 5, 5], constants: { w: waves(4, 6, 3, 3) } });
  const sound = makeSound({ ...file, inputs: [...file.inputs, { name: "w", type: "float32", shape: [4, 6, 3, 3] }] });
  assert.equal(sound.constants.has("w"), true);
});

Deno.test("Padding in an operator set before 11 is told by attributes", () => {
  const file = fileOf({ nodes: [wrongConv], x: [1, 6, 5, 5], constants: { w: waves(4, 6, 3, 3) }, opset: 9 });
  const [pad] = makeSound(file).nodes;
  assert.deepEqual(pad.inputs, ["x"]);
  assert.deepEqual(pad.attrs.pads, ints([0, 0, 0, 0, 0, 2, 0, 0]));
});

Deno.test("Padding in an operator set before 11 is kept by a number that is nearly zero", () => {
  const pad = nodeOf("Pad", ["x"], ["padded"], { pads: ints([0, 0, 1, 1, 0, 0, 1, 1]) });
  const pool = nodeOf("MaxPool", ["padded"], ["y"], { kernel_shape: ints([2, 2]) });
  const [kept] = makeSound(fileOf({ nodes: [pad, pool], x: [1, 2, 4, 4], opset: 9 })).nodes;
  assert.ok(kept.attrs.value.kind === "float" && kept.attrs.value.value > 0 && kept.attrs.value.value < 1e-37);
});

Deno.test("Operators that ageline does not know do not hinder", () => {
  const unknown = nodeOf("GridSample", ["x", "grid"], ["warped"]);
  const conv = nodeOf("Conv", ["warped", "w"], ["y"], same);
  const constants = { w: waves(4, 6, 3, 3), grid: waves(1, 5, 5, 2) };
  const sound = makeSound(fileOf({ nodes: [unknown, conv], x: [1, 6, 5, 5], constants }));
  assert.deepEqual(sound.nodes.map((node) => node.op), ["GridSample", "Pad", "Conv"]);
  assert.equal(sound.nodes[0], unknown);
});

/** Zeros around an image, as many as nodes compute from its lengths [1,2,4,4], before a MaxPool. */
const computedPadding: Parts = {
  nodes: [
    nodeOf("Shape", ["x"], ["lengths"]),
    nodeOf("Sub", ["lengths", "less"], ["ends"]),
    nodeOf("Concat", ["ends", "ends"], ["pads"], { axis: int(0) }),
    nodeOf("Pad", ["x", "pads"], ["padded"]),
    nodeOf("MaxPool", ["padded"], ["y"], { kernel_shape: ints([2, 2]) }),
  ],
  x: [1, 2, 4, 4],
  y: [1, 2, 5, 5],
  constants: { less: tensor("int64", [4], [1, 2, 3, 3]) },
};

Deno.test("Padding that nodes compute is kept from being merged on every provider", () => {
  for (const provider of ["webgpu", "cpu", "wasm"] as const) {
    const sound = makeSound(fileOf(computedPadding), provider);
    const pad = sound.nodes.find((node) => node.op === "Pad")!;
    assert.ok(Object.is(toNumbers(sound.constants.get(pad.inputs[2])!)[0], -0), provider);
  }
});

/** The elements 3, 2, 1 of the last axis, whose bounds and steps nodes compute from scalars. */
const computedSlice: Parts = {
  nodes: [
    ...["from", "to", "along", "step"].map((name) => nodeOf("Unsqueeze", [name, "first"], [`${name} list`])),
    nodeOf("Slice", ["x", "from list", "to list", "along list", "step list"], ["y"]),
  ],
  x: ["N", 5],
  y: ["N", 3],
  constants: {
    ...Object.fromEntries(
      Object.entries({ from: 3, to: 0, along: 1, step: -1 }).map(([name, value]) => {
        return [name, tensor("int64", [], [value])];
      }),
    ),
    first: tensor("int64", [1], [0]),
  },
};

Deno.test("Bounds of a Slice that nodes compute from constants are known", () => {
  const [cut, turn] = makeSound(fileOf(computedSlice)).nodes.filter((node) => node.op === "Slice");
  assert.deepEqual([cut.inputs[0], turn.inputs[0]], ["x", cut.outputs[0]]);
});

Deno.test("Operators of another domain are left alone", () => {
  const file = fileOf({
    nodes: [{ ...wrongConv, domain: "a.b" }],
    x: [1, 6, 5, 5],
    constants: { w: waves(4, 6, 3, 3) },
  });
  assert.equal(makeSound(file), file);
});

Deno.test("Weights made by a Constant node count as weights", () => {
  const weight = nodeOf("Constant", [], ["w"], { value: { kind: "tensor", value: waves(4, 6, 3, 3) } });
  const sound = makeSound(fileOf({ nodes: [weight, wrongConv], x: ["N", 6, 5, 5] }));
  assert.deepEqual(sound.nodes.map((node) => node.op), ["Constant", "Pad", "Conv"]);
});

Deno.test("Shapes that the file does not tell are inferred", () => {
  const turned = nodeOf("Transpose", ["v"], ["w"], { perm: ints([1, 0, 2, 3]) });
  const file = fileOf({ nodes: [turned, wrongConv], x: [1, 6, 5, 5], constants: { v: waves(6, 4, 3, 3) } });
  assert.deepEqual(makeSound(file).nodes.map((node) => node.op), ["Transpose", "Pad", "Pad", "Conv"]);
});

Deno.test("The graphs of an If are rewritten too", () => {
  const branch = (op: string): Graph => ({
    ...fileOf({ nodes: [nodeOf(op, op === "Conv" ? ["x", "w"] : ["x"], ["y"], op === "Conv" ? same : {})], x: [] }),
    inputs: [],
    name: op,
  });
  const branches = (one: Graph, other: Graph): Attrs => ({
    then_branch: { kind: "graph", value: one },
    else_branch: { kind: "graph", value: other },
  });
  const chosen = nodeOf("If", ["flag"], ["y"], branches(branch("Conv"), branch("Relu")));
  const constants = { w: waves(4, 6, 3, 3), flag: tensor("bool", [], [1]) };
  const [rewritten] = makeSound(fileOf({ nodes: [chosen], x: [1, 6, 5, 5], constants })).nodes;
  const ops = Object.values(rewritten.attrs).map((attr) =>
    attr.kind === "graph" && attr.value.nodes.map((node) => node.op)
  );
  assert.deepEqual(ops, [["Pad", "Conv"], ["Relu"]]);
  const right = nodeOf("If", ["flag"], ["y"], branches(branch("Relu"), branch("Relu")));
  const file = fileOf({ nodes: [right], x: [1, 6, 5, 5], constants });
  assert.equal(makeSound(file), file);
});

/** What must be refused, with a part of the message. */
const REFUSED: readonly (readonly [Parts, RegExp])[] = [
  [
    { nodes: [nodeOf("Cast", ["x"], ["y"], { to: int(11) })], x: [3] },
    /Cast "Cast of y" on "webgpu": it makes float64/,
  ],
  [
    { nodes: [nodeOf("ConvTranspose", ["x", "w"], ["y"])], x: [1, 2, 3, 3, 3], constants: { w: waves(2, 2, 2, 2, 2) } },
    /ConvTranspose "ConvTranspose of y" .* 3 spatial axes/,
  ],
  [
    {
      nodes: [nodeOf("Dropout", ["x", "", "training"], ["y"])],
      x: [3],
      constants: { training: tensor("bool", [], [1]) },
    },
    /Dropout .* random numbers, export the model for inference/,
  ],
  [
    {
      nodes: [
        nodeOf("MaxPool", ["x"], ["pooled", "places"], { kernel_shape: ints([2, 2]) }),
        nodeOf("Cast", ["places"], ["y"], { to: int(1) }),
      ],
      x: [1, 2, 4, 4],
    },
    /MaxPool .* places of its maxima are used/,
  ],
  [
    { nodes: [nodeOf("Mystery", ["x"], ["w"]), wrongConv], x: [1, 6, 5, 5] },
    /Conv .* the shape of "w" is not known, export the model with inferred shapes/,
  ],
  [
    {
      nodes: [nodeOf("Shape", ["x"], ["steps"]), nodeOf("Slice", ["x", "at", "at", "", "steps"], ["y"])],
      x: ["N"],
      constants: { at: tensor("int64", [1], [1]) },
    },
    /Slice .* "steps" is known only at run time/,
  ],
];

for (const [parts, message] of REFUSED) {
  const file = fileOf(parts);
  Deno.test(`Refused: ${message.source}`, () => {
    assert.throws(() => makeSound(file), (error: Error) => error instanceof UserError && message.test(error.message));
  });
}

testOnWebgpu("A refusal reaches who opens the model", async () => {
  await assert.rejects(webgpu.open(encodeModel(fileOf(REFUSED[0][0]))), REFUSED[0][1]);
});

Deno.test("Places of maxima that nobody reads are left out", () => {
  const pool = nodeOf("MaxPool", ["x"], ["y", "places"], { kernel_shape: ints([2, 2]) });
  const [kept] = makeSound(fileOf({ nodes: [pool], x: [1, 2, 4, 4] })).nodes;
  assert.deepEqual(kept.outputs, ["y"]);
});

/** Whole files in their own operator set, from input to output. */
const FILES: Readonly<Record<string, Parts>> = {
  "computed padding": computedPadding,
  "computed bounds": { ...computedSlice, x: [2, 5], y: [2, 3] },
  "operator set 9": {
    nodes: [
      nodeOf("Conv", ["x", "w"], ["h"], same),
      nodeOf("Dropout", ["h"], ["kept", "mask"], { ratio: { kind: "float", value: 0.5 } }),
      nodeOf("Conv", ["kept", "v"], ["y"], { ...same, group: int(2) }),
    ],
    x: [2, 6, 5, 5],
    y: [2, 10, 5, 5],
    constants: { w: waves(4, 6, 3, 3), v: waves(10, 2, 3, 3) },
    opset: 9,
  },
  "operator set 15": {
    nodes: [
      nodeOf("BatchNormalization", ["x", "s", "s", "s", "s"], ["h"], { training_mode: int(1) }),
      nodeOf("Einsum", ["h", "m"], ["y"], { equation: string("...i,ij->...j") }),
    ],
    x: [4, 6, 3],
    y: [4, 6, 2],
    constants: { s: waves(6), m: waves(3, 2) },
    opset: 15,
  },
};

for (const [name, parts] of Object.entries(FILES)) {
  testOnWebgpu(`A file of ${name} is right`, async () => {
    const file = fileOf(parts);
    const feeds = feedsOf(file);
    await using session = await webgpu.open(encodeModel(file));
    const [{ y }, wanted] = [await session.run(feeds), evaluate(canonicalise(file), feeds).y];
    assert.deepEqual(y.dims, wanted.dims);
    wanted.data.forEach((value: number | bigint, i: number) => {
      assert.ok(Math.abs(Number(value) - Number(y.data[i])) < 1e-4 * Math.max(1, Math.abs(Number(value))));
    });
  });
}
