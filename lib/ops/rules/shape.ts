/** Operators that speak of shapes and make tensors from them; none has a gradient. */
import { scalar, sizeOf, type Tensor, tensor, toNumbers } from "../../base/tensor.ts";
import type { OpRule } from "../../contracts/op.ts";
import { type Attrs, int } from "../../graph/graph.ts";
import { checkCount, constantInts, intAttr, misfit, numbersOf, required, sharedType, tensorAttr } from "./_check.ts";
import { numbers } from "./_numbers.ts";

/** The axes start … end-1 of the attributes, clamped to the rank. */
function rangeOf(attrs: Attrs, rank: number): readonly [number, number] {
  const place = (axis: number): number => Math.min(Math.max(axis < 0 ? axis + rank : axis, 0), rank);
  const start = place(intAttr(attrs, "start", 0));
  return [start, Math.max(start, place(intAttr(attrs, "end", rank)))];
}

const shapeRule: OpRule = {
  type: "Shape",
  infer(inputs, attrs) {
    checkCount("Shape", inputs, 1, 1);
    const [start, end] = rangeOf(attrs, required("Shape", inputs, 0).shape.length);
    return [{ type: "int64", shape: [end - start] }];
  },
  compute(inputs, attrs) {
    const { dims } = required("Shape", inputs, 0);
    const [start, end] = rangeOf(attrs, dims.length);
    return [numbers("int64", [end - start], Float64Array.from(dims.slice(start, end)))];
  },
  vjp: null,
  samples: [
    { shapes: [[2, 3, 4]] },
    { shapes: [[2, 3, 4]], attrs: { start: int(-2), end: int(9) } },
    { shapes: [[]] },
  ],
};

const sizeRule: OpRule = {
  type: "Size",
  infer(inputs) {
    checkCount("Size", inputs, 1, 1);
    return [{ type: "int64", shape: [] }];
  },
  compute: (inputs) => [numbers("int64", [], Float64Array.of(sizeOf(required("Size", inputs, 0).dims)))],
  vjp: null,
  samples: [{ shapes: [[2, 3]] }],
};

/** The one element that fills the result; a float32 zero unless the attribute says otherwise. */
function fillOf(attrs: Attrs): Tensor {
  return tensorAttr(attrs, "value") ?? scalar("float32", 0);
}

const constantOfShapeRule: OpRule = {
  type: "ConstantOfShape",
  infer(inputs, attrs, constants) {
    checkCount("ConstantOfShape", inputs, 1, 1);
    const shape = constantInts("ConstantOfShape", inputs, constants, 0);
    return [{ type: fillOf(attrs).type, shape: shape ?? misfit("ConstantOfShape", "input 0 is missing") }];
  },
  compute(inputs, attrs) {
    const fill = fillOf(attrs);
    const dims = numbersOf(inputs, 0) ?? [];
    return [numbers(fill.type, dims, new Float64Array(sizeOf(dims)).fill(toNumbers(fill)[0]))];
  },
  vjp: null,
  samples: [{ shapes: [[2]], fixed: { 0: tensor("int64", [2], [2, 3]) } }],
};

function rangeLength(start: number, limit: number, delta: number): number {
  if (delta === 0) misfit("Range", "delta is 0, it must be positive or negative");
  return Math.max(0, Math.ceil((limit - start) / delta));
}

const rangeRule: OpRule = {
  type: "Range",
  infer(inputs, _, constants) {
    checkCount("Range", inputs, 3, 3);
    const type = sharedType("Range", inputs, "number");
    const [start, limit, delta] = [0, 1, 2].map((i) => {
      const constant = constants[i] ?? misfit("Range", `input ${i} is computed at run time, it must be constant`);
      return toNumbers(constant)[0];
    });
    return [{ type, shape: [rangeLength(start, limit, delta)] }];
  },
  compute(inputs) {
    const [start, limit, delta] = [0, 1, 2].map((i) => required("Range", inputs, i).data[0]);
    const data = Float64Array.from({ length: rangeLength(start, limit, delta) }, (_, i) => start + i * delta);
    return [numbers(required("Range", inputs, 0).type, [data.length], data)];
  },
  vjp: null,
  samples: [{
    shapes: [[], [], []],
    fixed: { 0: scalar("int64", 1), 1: scalar("int64", 8), 2: scalar("int64", 3) },
  }],
};

export const shape: readonly OpRule[] = [shapeRule, sizeRule, constantOfShapeRule, rangeRule];
