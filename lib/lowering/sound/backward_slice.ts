/**
 * Slice that goes backwards from elsewhere than the last element. ONNX Runtime 1.30 (`slice.cc`) always counts from the last one.
 * The part that is wanted is cut out first and then reversed from its end.
 */
import { toNumbers } from "../../base/tensor.ts";
import type { Dim } from "../../graph/graph.ts";
import { FAR, type Patch, type Repair } from "./_patch.ts";

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export const backwardSlice: Repair = (patch) => {
  const cuts = cutsOf(patch);
  const wrong = cuts.filter((cut) => isWrong(cut, patch));
  if (wrong.length === 0) return false;
  const wanted = wrong.map(({ axis, start, end }) => ({
    axis,
    start: end <= -FAR ? 0 : end + 1,
    end: firstOf(start, lengthOf(axis, patch)) + 1,
    step: 1,
  }));
  const part = patch.add("Slice", [patch.node.inputs[0], ...asInputs(patch, wanted)]);
  const rest = cuts.map((cut) => (wrong.includes(cut) ? { ...cut, start: -1, end: -FAR } : cut));
  return patch.become([part, ...asInputs(patch, rest)], {});
};

/** What is taken of each axis; empty where no step is negative. */
function cutsOf(patch: Patch): readonly Cut[] {
  const [, startName, endName, axesName, stepName] = patch.node.inputs;
  if (!stepName) return [];
  const read = (name: string): readonly number[] => {
    const data = patch.known.settled(name);
    return data ? [...toNumbers(data)] : patch.refuse(`"${name}" is known only at run time`);
  };
  const steps = read(stepName);
  if (steps.every((step) => step > 0)) return [];
  const [starts, ends] = [read(startName), read(endName)];
  const axes = axesName ? read(axesName) : starts.map((_, i) => i);
  return steps.map((step, i) => ({ axis: axes[i], start: starts[i], end: ends[i], step }));
}

/** An end of -1 is the last element, before which nothing lies: the part is empty. */
function isWrong({ axis, start, end, step }: Cut, patch: Patch): boolean {
  if (step > 0 || start === -1 || start >= FAR || end === -1) return false;
  return lengthOf(axis, patch) !== start + 1;
}

function lengthOf(axis: number, patch: Patch): Dim | undefined {
  return patch.known.shape(patch.node.inputs[0])?.at(axis);
}

/** A start before the first element is the first. */
function firstOf(start: number, length: Dim | undefined): number {
  return start < 0 && typeof length === "number" ? Math.max(0, start + length) : start;
}

function asInputs(patch: Patch, cuts: readonly Cut[]): readonly string[] {
  const lists = (["start", "end", "axis", "step"] as const).map((key) => cuts.map((cut) => cut[key]));
  return lists.map((values) => patch.int64s(values));
}
