/** Runs train steps in float64. */
import type { Tensors } from "../../lib/base/tensor.ts";
import type { TrainStep } from "../../lib/compile/train_step.ts";
import type { OpRule } from "../../lib/contracts/op.ts";
import { evaluateNumbers, type NumbersByName } from "../../lib/ops/evaluate.ts";
import { numbersOf } from "../../lib/ops/numbers.ts";
import { scalarOf } from "./_models.ts";

/** One run of a step: what the graph gives, and what is carried after it by input name. */
export interface Ran {
  readonly outputs: NumbersByName;
  readonly state: NumbersByName;
}

export function numbersOfAll(tensors: Tensors): NumbersByName {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, numbersOf(value)]));
}

/** Runs once from `state`, in step `t` (from 1) at the learning rate `lr`, by `rules` (default: in float64). */
export function runStep(
  step: TrainStep,
  state: NumbersByName,
  feeds: Tensors,
  t: number,
  lr: number,
  rules?: readonly OpRule[],
): Ran {
  const given = { ...feeds, lr: scalarOf(lr), step: scalarOf(t) };
  const outputs = evaluateNumbers(step.graph, { ...state, ...numbersOfAll(given) }, undefined, rules);
  const carried = Object.entries(step.carry).map(([output, input]) => [input, outputs[output]]);
  return { outputs, state: Object.fromEntries(carried) };
}

/** The state after each of `steps` steps on one batch. */
export function runSteps(step: TrainStep, feeds: Tensors, steps: number, lr: number): readonly Ran[] {
  const found: Ran[] = [];
  let state = numbersOfAll(step.initial);
  for (let t = 1; t <= steps; t++) {
    found.push(runStep(step, state, feeds, t, lr));
    state = found[t - 1].state;
  }
  return found;
}
