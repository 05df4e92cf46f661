/** The weights that a graph is built with. */
import { UserError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { ModelSpec, Weights } from "../contracts/model_spec.ts";
import type { ModelTensor } from "./scope.ts";

/** The weight of a declared tensor among `weights`. @throws UserError where it is missing or of another shape. */
export function weightOf(tensor: ModelTensor, weights: Weights): Tensor {
  const weight = weights[tensor.name];
  if (weight !== undefined) return fitting(tensor, weight);
  throw new UserError(
    `Cannot load the weight "${tensor.name}": the file does not hold it, the model needs [${tensor.shape}]`,
  );
}

/**
 * What a tensor of the backbone starts from: the given weight of its name, else what its initializer makes of the seed.
 * @throws UserError where the given weight is of another shape.
 */
export function backboneStart(tensor: ModelTensor, { backbone, seed }: ModelSpec): Tensor {
  const given = backbone.weights?.[tensor.name];
  return given === undefined ? initialWeight(tensor, seed) : fitting(tensor, given);
}

/** What the initializer of a tensor makes of the seed. */
export function initialWeight({ name, shape, init }: ModelTensor, seed: number): Tensor {
  return { type: "float32", dims: shape, data: init.fill(shape, [seed, name]) };
}

function fitting({ name, shape }: ModelTensor, weight: Tensor): Tensor {
  if (weight.dims.join() === shape.join()) return weight;
  throw new UserError(`Cannot load the weight "${name}": it is [${weight.dims}], the model needs [${shape}]`);
}
