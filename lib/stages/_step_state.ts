/** The weights that a train step carries, and how they go over to a step in which other layers train. */
import type { Tensors } from "../base/tensor.ts";
import type { TrainStep } from "../compile/train_step.ts";

/** Names of the trained parameters and of the buffers that move with them. */
export function trainedNames({ parameters, buffers }: TrainStep): readonly string[] {
  return [...parameters, ...buffers];
}

/** Every weight of the model as it was before training. */
export function startingWeights(step: TrainStep): Tensors {
  return { ...step.frozen, ...picked(step.initial, trainedNames(step)) };
}

/**
 * The first state of a step that goes on from the state of another: its weights go over, the optimizer starts anew, and
 * averages start from those that there are.
 */
export function carriedOver(state: Tensors, step: TrainStep): Tensors {
  const weights = trainedNames(step).map((name) => [name, state[name] ?? step.initial[name]] as const);
  const averages = Object.entries(step.averages).map(([weight, average]) => {
    return [average, state[average] ?? state[weight] ?? step.initial[average]] as const;
  });
  return { ...step.initial, ...Object.fromEntries(weights), ...Object.fromEntries(averages) };
}

export function picked(tensors: Tensors, names: readonly string[]): Tensors {
  return Object.fromEntries(names.map((name) => [name, tensors[name]]));
}
