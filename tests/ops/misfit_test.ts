/** Nodes that cannot be are refused with what is wrong, before anything runs. */
import assert from "node:assert/strict";
import { scalar, type Tensor, tensor } from "../../lib/base/tensor.ts";
import { type Attrs, float, int, ints, string, type TensorType } from "../../lib/graph/graph.ts";
import { GraphError } from "../../lib/graph/errors.ts";
import { Registry } from "../../lib/ops/registry.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

type Given = TensorType | Tensor | null;

const registry = new Registry(rules);

const floats = (...shape: number[]): TensorType => ({ type: "float32", shape });
const whole = (...values: number[]): Tensor => tensor("int64", [values.length], values);

function infer(op: string, inputs: readonly Given[], attrs: Attrs = {}, outputs = 1): readonly TensorType[] {
  const types = inputs.map((x) => (x && "dims" in x ? { type: x.type, shape: x.dims } : x));
  const constants = inputs.map((x) => (x && "dims" in x ? x : undefined));
  return registry.get(op, "", op).infer(types, attrs, constants, outputs);
}

const misfits: readonly [string, readonly Given[], Attrs, RegExp][] = [
  ["Add", [floats(2, 3), floats(4)], {}, /"Add": shapes \[2, 3\] and \[4\] do not broadcast/],
  ["Add", [floats(2), { type: "int64", shape: [2] }], {}, /inputs are float32 and int64/],
  ["Add", [floats(2)], {}, /has 1 inputs, it takes 2/],
  ["Mul", [{ type: "bool", shape: [2] }, { type: "bool", shape: [2] }], {}, /input is bool/],
  ["Mod", [floats(2), floats(2)], {}, /need fmod = 1/],
  ["Sqrt", [{ type: "int64", shape: [2] }], {}, /input is int64/],
  ["And", [floats(2), floats(2)], {}, /input is float32/],
  ["Where", [floats(2), floats(2), floats(2)], {}, /condition is float32/],
  ["Where", [{ type: "bool", shape: [2] }, floats(2), null], {}, /input 2 is missing/],
  ["PRelu", [floats(3), floats(2, 3)], {}, /slope \[2, 3\] does not fit in \[3\]/],
  ["Clip", [floats(3), floats(3)], {}, /bound has shape \[3\]/],
  ["Clip", [floats(3), scalar("int64", 0)], {}, /inputs are float32 and int64/],
  ["Gelu", [floats(3)], { approximate: string("sigmoid") }, /approximate is "sigmoid"/],
  ["Elu", [floats(3)], { alpha: int(1) }, /attribute "alpha": it is int/],
  ["Softmax", [floats(2, 3)], { axis: int(2) }, /axis 2 is out of range/],
  ["ReduceSum", [floats(2, 3), whole(1, -1)], {}, /name one axis twice/],
  ["ReduceSum", [floats(2, 3), { type: "int64", shape: [1] }], {}, /input 1 is computed at run time/],
  ["Cast", [floats(2)], { to: int(99) }, /element type 99/],
  ["Reshape", [floats(2, 3), whole(0, 0, 0)], {}, /copies axis 2/],
  ["Reshape", [floats(2, 3), whole(-2, 3)], {}, /holds -2/],
  ["Reshape", [floats(2, 3), null], {}, /input 1 is missing/],
  ["Squeeze", [floats(2, 1), whole(0)], {}, /axis 0 of \[2, 1\] has not length 1/],
  ["Unsqueeze", [floats(2), whole(0, 0)], {}, /name one axis twice/],
  ["Transpose", [floats(2, 3)], { perm: ints([0]) }, /does not fit rank 2/],
  ["Transpose", [floats(2, 3)], { perm: ints([0, 0]) }, /name one axis twice/],
  ["Expand", [floats(2, 3), whole(2, 4)], {}, /do not broadcast/],
  ["Tile", [floats(2, 3), whole(2)], {}, /one per axis/],
  ["Concat", [floats(2, 3), floats(2, 4)], { axis: int(0) }, /differ beside axis 0/],
  ["Split", [floats(2, 3), whole(1, 1)], { axis: int(1) }, /do not add up to 3/],
  ["Slice", [floats(4), whole(0), whole(2), whole(0), whole(0)], {}, /step is 0/],
  ["Slice", [floats(4, 4), whole(0, 1), whole(2)], {}, /equally many/],
  ["Pad", [floats(3), whole(3, 0)], { mode: string("reflect") }, /reflect pads 3 and 0 reach beyond/],
  ["Pad", [floats(3), whole(-2, -2)], {}, /cut more than the 3 elements/],
  ["Pad", [floats(3), whole(1)], {}, /has 1 pads, it needs 2/],
  ["Pad", [floats(3), whole(1, 1)], { mode: string("wrap") }, /mode is "wrap"/],
  ["Range", [scalar("int64", 0), scalar("int64", 2), scalar("int64", 0)], {}, /delta is 0/],
  ["Dropout", [floats(2), scalar("float32", 0.5), scalar("bool", 1)], {}, /training_mode is true/],
  ["LeakyRelu", [floats(2), floats(2)], { alpha: float(1) }, /has 2 inputs, it takes 1/],
];

for (const [op, inputs, attrs, message] of misfits) {
  Deno.test(`${op} refuses: ${message.source}`, () => {
    assert.throws(
      () => infer(op, inputs, attrs),
      (error) => error instanceof GraphError && message.test(error.message),
    );
  });
}

Deno.test("what fits is not refused", () => {
  assert.deepEqual(infer("Clip", [floats(3), scalar("float32", 0), floats(1)]), [floats(3)]);
  assert.deepEqual(infer("Dropout", [floats(2)], {}, 2), [floats(2), { type: "bool", shape: [2] }]);
  assert.deepEqual(infer("Pad", [floats(3), whole(2, 2)], { mode: string("reflect") }), [floats(7)]);
});
