/** Changes of element type. */
import { type DType, isFloat } from "../../base/tensor.ts";
import type { Numbers, OpRule, Vjp } from "../../contracts/op.ts";
import { ONNX_TYPES } from "../../graph/element_types.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { cast as emitCast } from "../emit.ts";
import { checkCount, intAttr, misfit, required } from "./_check.ts";
import { numbers, settle } from "./_numbers.ts";
import { operand } from "./_elementwise.ts";

function targetOf(attrs: Attrs): DType {
  const code = intAttr(attrs, "to", 0);
  const found = Object.entries(ONNX_TYPES).find(([, number]) => number === code);
  return (found?.[0] ?? misfit("Cast", `element type ${code} is not supported`)) as DType;
}

function convert(x: Numbers, type: DType): Numbers {
  return numbers(type, x.dims, settle(type, x.data));
}

/** Between floating-point types gradients pass; elsewhere there are none. */
const passFloats: Vjp = (tape, [dy]) => {
  const x = operand(tape);
  const passes = dy && tape.wanted(0) && isFloat(x.type) && isFloat(tape.outputs[0].type);
  return tape.inputs.map((_, i) => (passes && i === 0 ? emitCast(dy, x.type) : null));
};

export const cast: readonly OpRule[] = [
  {
    type: "Cast",
    infer(inputs, attrs) {
      checkCount("Cast", inputs, 1, 1);
      return [{ type: targetOf(attrs), shape: required("Cast", inputs, 0).shape }];
    },
    compute: (inputs, attrs) => [convert(required("Cast", inputs, 0), targetOf(attrs))],
    vjp: passFloats,
    samples: [
      { shapes: [[2, 3]], attrs: { to: int(ONNX_TYPES.float64) } },
      { shapes: [[]], attrs: { to: int(ONNX_TYPES.float32) } },
    ],
  },
  {
    type: "CastLike",
    infer(inputs) {
      checkCount("CastLike", inputs, 2, 2);
      return [{ type: required("CastLike", inputs, 1).type, shape: required("CastLike", inputs, 0).shape }];
    },
    compute: (inputs) => [convert(required("CastLike", inputs, 0), required("CastLike", inputs, 1).type)],
    vjp: passFloats,
    samples: [{ shapes: [[2, 3], [1]] }],
  },
];
