/** Other shapes for the same elements in the same order. */
import type { Numbers, OpRule, Sample, Vjp } from "../../contracts/op.ts";
import { tensor } from "../../base/tensor.ts";
import { type Attrs, int, type Shape, type TensorType } from "../../graph/graph.ts";
import { allAxes, normalizeAxes, normalizeAxis } from "./_axes.ts";
import { checkCount, constantInts, intAttr, misfit, numbersOf, required, show } from "./_check.ts";
import { operand } from "./_elementwise.ts";
import { numbers } from "./_numbers.ts";
import { reshapeTo, resolveShape } from "./_reshape.ts";
import { productDim } from "./_symbolic.ts";

/** The new shape, from the old one, the integers of the second input (where it is there) and the attributes. */
type NewShape = (shape: Shape, argument: readonly number[] | undefined, attrs: Attrs) => Shape;

const back: Vjp = (tape, [dy]) => {
  const gradient = dy && tape.wanted(0) ? reshapeTo(dy, operand(tape).shape) : null;
  return tape.inputs.map((_, i) => (i === 0 ? gradient : null));
};

function reshaping(type: string, most: number, newShape: NewShape, samples: readonly Sample[]): OpRule {
  return {
    type,
    infer(inputs, attrs, constants): readonly TensorType[] {
      checkCount(type, inputs, 1, most);
      const x = required(type, inputs, 0);
      return [{ type: x.type, shape: newShape(x.shape, constantInts(type, inputs, constants, 1), attrs) }];
    },
    compute(inputs, attrs): readonly Numbers[] {
      const x = required(type, inputs, 0);
      const dims = newShape(x.dims, numbersOf(inputs, 1), attrs) as readonly number[];
      return [numbers(x.type, dims, x.data)];
    },
    vjp: back,
    samples,
  };
}

function given(type: string, argument: readonly number[] | undefined): readonly number[] {
  return argument ?? misfit(type, "input 1 is missing");
}

const flattened: NewShape = (shape, _, attrs) => {
  const axis = intAttr(attrs, "axis", 1);
  const at = axis === shape.length ? axis : normalizeAxis("Flatten", axis, shape.length);
  return [productDim(shape.slice(0, at)), productDim(shape.slice(at))];
};

const squeezed: NewShape = (shape, argument) => {
  const ones = allAxes(shape.length).filter((axis) => shape[axis] === 1);
  const axes = argument ? normalizeAxes("Squeeze", argument, shape.length) : ones;
  const long = axes.find((axis) => shape[axis] !== 1);
  if (long !== undefined) misfit("Squeeze", `axis ${long} of ${show(shape)} has not length 1`);
  return shape.filter((_, axis) => !axes.includes(axis));
};

const unsqueezed: NewShape = (shape, argument) => {
  const asked = given("Unsqueeze", argument);
  const rank = shape.length + asked.length;
  const axes = normalizeAxes("Unsqueeze", asked, rank);
  let next = 0;
  return allAxes(rank).map((axis) => (axes.includes(axis) ? 1 : shape[next++]));
};

/** A sample whose second input is this vector. */
function sample(shape: readonly number[], vector: readonly number[], attrs: Attrs = {}): Sample {
  return { shapes: [shape, [vector.length]], fixed: { 1: tensor("int64", [vector.length], vector) }, attrs };
}

export const reshape: readonly OpRule[] = [
  reshaping(
    "Reshape",
    2,
    (shape, argument, attrs) =>
      resolveShape("Reshape", shape, given("Reshape", argument), intAttr(attrs, "allowzero", 0) !== 0),
    [
      sample([2, 3, 4], [4, 6]),
      sample([2, 3, 4], [0, -1]),
      sample([2, 3, 4], [-1]),
      sample([1], []),
      sample([2, 3], [3, 2], { allowzero: int(1) }),
    ],
  ),
  reshaping("Flatten", 1, flattened, [
    { shapes: [[2, 3, 4]] },
    { shapes: [[2, 3, 4]], attrs: { axis: int(0) } },
    { shapes: [[2, 3, 4]], attrs: { axis: int(-1) } },
    { shapes: [[2, 3]], attrs: { axis: int(2) } },
  ]),
  reshaping("Squeeze", 2, squeezed, [sample([2, 1, 3, 1], [1, -1]), sample([2, 1, 1], [1]), { shapes: [[1, 3, 1]] }]),
  reshaping("Unsqueeze", 2, unsqueezed, [sample([2, 3], [0, 3]), sample([2, 3], [-1]), sample([], [0])]),
  reshaping("Identity", 1, (shape) => shape, [{ shapes: [[2, 3]] }, { shapes: [[]] }]),
];
