/** Sums of products over named indices. */
import { sizeOf } from "../../base/tensor.ts";
import type { OpRule, Sample, Value } from "../../contracts/op.ts";
import { type Attrs, type Shape, string } from "../../graph/graph.ts";
import { einsum as emitEinsum, unsqueeze } from "../emit.ts";
import { expandLike } from "./_broadcast.ts";
import { misfit, required, sharedType, stringAttr } from "./_check.ts";
import { type Equation, parseEquation } from "./_equation.ts";
import { numbers, rowMajor } from "./_numbers.ts";

function read(attrs: Attrs, shapes: readonly Shape[]): Equation {
  return parseEquation(stringAttr(attrs, "equation", ""), shapes);
}

const infer: OpRule["infer"] = (inputs, attrs) => {
  if (inputs.length === 0) misfit("Einsum", "it has no operand, at least one is needed");
  const shapes = inputs.map((_, i) => required("Einsum", inputs, i).shape);
  const { output, lengths } = read(attrs, shapes);
  return [{
    type: sharedType("Einsum", inputs, "number"),
    shape: [...output].map((letter) => lengths.get(letter) ?? 0),
  }];
};

/** How far each letter moves in a tensor; 0 where it is not an axis of it. */
function stridesOf(term: string, letters: readonly string[], lengths: ReadonlyMap<string, number>): readonly number[] {
  const strides = rowMajor([...term].map((letter) => lengths.get(letter) ?? 0));
  return letters.map((letter) => strides[term.indexOf(letter)] ?? 0);
}

const compute: OpRule["compute"] = (inputs, attrs) => {
  const operands = inputs.map((_, i) => required("Einsum", inputs, i));
  const equation = read(attrs, operands.map((operand) => operand.dims));
  const lengths = equation.lengths as ReadonlyMap<string, number>;
  const letters = [...new Set(equation.output + equation.operands.join(""))];
  const dims = [...equation.output].map((letter) => lengths.get(letter) ?? 0);
  const out = new Float64Array(sizeOf(dims));
  const strides = equation.operands.map((term) => stridesOf(term, letters, lengths));
  addProducts(
    { data: out, strides: stridesOf(equation.output, letters, lengths) },
    operands.map((operand, i) => ({ data: operand.data, strides: strides[i] })),
    letters.map((letter) => lengths.get(letter) ?? 0),
  );
  return [numbers(operands[0].type, dims, out)];
};

interface Strided {
  readonly data: Float64Array;
  readonly strides: readonly number[];
}

/** Adds the product of the operands to `out` at every point of the index space. */
function addProducts(out: Strided, operands: readonly Strided[], lengths: readonly number[]): void {
  const visit = (level: number, target: number, sources: readonly number[]): void => {
    if (level === lengths.length) {
      out.data[target] += sources.reduce((product, source, i) => product * operands[i].data[source], 1);
      return;
    }
    if (level === lengths.length - 1 && operands.length === 2) {
      addRow(out, operands, target, sources, lengths[level]);
      return;
    }
    for (let i = 0; i < lengths[level]; i++) {
      const moved = sources.map((source, k) => source + i * operands[k].strides[level]);
      visit(level + 1, target + i * out.strides[level], moved);
    }
  };
  visit(0, 0, operands.map(() => 0));
}

/** The innermost index of two operands. */
function addRow(
  out: Strided,
  [a, b]: readonly Strided[],
  target: number,
  [first, second]: readonly number[],
  length: number,
): void {
  const [step, stepA, stepB] = [out, a, b].map(({ strides }) => strides[strides.length - 1]);
  for (let i = 0; i < length; i++) {
    out.data[target + i * step] += a.data[first + i * stepA] * b.data[second + i * stepB];
  }
}

/** Each operand's gradient is the Einsum of dy with the other operands; letters that were only summed over are repeated. */
const vjp: OpRule["vjp"] = (tape, [dy]) => {
  if (!dy) return tape.inputs.map(() => null);
  const values = tape.inputs.map((_, i) => required("Einsum", tape.inputs, i));
  const { operands, output } = read(tape.attrs, values.map((value) => value.shape));
  return values.map((value, i) => {
    if (!tape.wanted(i)) return null;
    const terms = [output, ...operands.filter((_, k) => k !== i)];
    const factors = [dy, ...values.filter((_, k) => k !== i)];
    return operandGradient(value, operands[i], terms, factors);
  });
};

function operandGradient(operand: Value, term: string, terms: readonly string[], factors: readonly Value[]): Value {
  const known = [...term].filter((letter) => terms.some((other) => other.includes(letter)));
  const sum = emitEinsum(`${terms.join(",")}->${known.join("")}`, factors);
  const missing = [...term].flatMap((letter, axis) => (known.includes(letter) ? [] : [axis]));
  return missing.length === 0 ? sum : expandLike(unsqueeze(sum, missing), operand);
}

const sample = (equation: string, ...shapes: readonly (readonly number[])[]): Sample => ({
  shapes,
  attrs: { equation: string(equation) },
});

const samples: readonly Sample[] = [
  sample("ij,jk->ik", [3, 4], [4, 2]),
  sample("bhid,bhjd->bhij", [2, 2, 3, 4], [2, 2, 5, 4]),
  sample("bhij, bhjd -> bihd", [2, 2, 3, 5], [2, 2, 5, 4]),
  sample("bij,j", [2, 3, 4], [4]),
  sample("ba,dc", [2, 3], [2, 4]),
  sample("...ij,...jk->...ik", [2, 2, 3, 4], [2, 2, 4, 2]),
  sample("...i,ij->...j", [2, 3, 4], [4, 5]),
  sample("ijk->ki", [2, 3, 4]),
  sample("ij->", [3, 4]),
  sample("abc,cd->ad", [2, 3, 4], [4, 2]),
  sample("ij,ij->i", [3, 4], [3, 4]),
  sample("i,i,ij->j", [3], [3], [3, 4]),
];

export const einsum: readonly OpRule[] = [{ type: "Einsum", infer, compute, vjp, samples }];
