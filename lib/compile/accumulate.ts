/** Batches in parts: gradients are summed over the parts, and the last part takes the step. */
import type { Builder, Value } from "../contracts/op.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import { staticShape } from "../graph/graph.ts";
import { add, greater, where } from "../ops/emit.ts";
import type { CarriedState } from "./carried.ts";
import type { Declared } from "./scope.ts";

/** Where a part lies in its batch. */
export interface PartInputs {
  /** Bool scalars. */
  readonly isFirst: Value;
  readonly isLast: Value;
  /** By task: the part's share of the batch's sum of sample weights, each times `Loss.terms`. */
  readonly shares: ReadonlyMap<string, Value>;
}

/** Adds the float32 scalar inputs `first` and `last`, 1 or 0, and `share/<task>`. */
export function partInputs({ tasks }: ModelSpec, builder: Builder): PartInputs {
  const scalarInput = (name: string): Value => builder.input(name, "float32", []);
  return {
    isFirst: greater(scalarInput("first"), 0.5),
    isLast: greater(scalarInput("last"), 0.5),
    shares: new Map(tasks.map(({ name }) => [name, scalarInput(`share/${name}`)])),
  };
}

/**
 * The sums of the gradients over the parts up to this one, carried as `gradient/<parameter>`. A gradient that is not finite
 * stays in the sum until the next batch, so that its batch takes no step.
 */
export function sumOverParts(
  gradients: readonly Value[],
  parameters: readonly Declared[],
  { isFirst }: PartInputs,
  state: CarriedState,
): readonly Value[] {
  return gradients.map((gradient, i) => {
    const name = `gradient/${parameters[i].name}`;
    const before = state.zeros(name, staticShape(gradient.shape, name));
    const sum = where(isFirst, gradient, add(before, gradient));
    state.next(name, sum, null);
    return sum;
  });
}
