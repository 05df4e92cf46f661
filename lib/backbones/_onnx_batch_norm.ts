/** BatchNormalization nodes as the batch normalisation of `lib/nn`, on tensors that bear the file's names. */
import type { Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { type Attrs, float } from "../graph/graph.ts";
import { batchNorm2d } from "../nn/batch_norm.ts";
import { squeeze, unsqueeze } from "../ops/emit.ts";

/** A BatchNormalization node with its inputs as values. */
export interface Normalization {
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
  /** Names of the buffers of `scope` that hold the running mean and variance; undefined where they are fixed. */
  readonly statistics?: readonly [string, string];
}

/**
 * By the statistics of the batch where `scope` says so and there are running ones to move, otherwise by those given. Running
 * statistics that are constants of the graph belong to a layer that does not train.
 */
export function normalize({ inputs, attrs, statistics }: Normalization, scope: Scope): Value {
  const [x, , , mean] = inputs;
  const epsilon = numberOf(attrs, "epsilon", 1e-5);
  if (!scope.batchStatistics || statistics === undefined || mean.constant !== undefined) {
    return x.builder.emit("BatchNormalization", inputs, { epsilon: float(epsilon) })[0];
  }
  const axes = [2, 3].slice(x.shape.length - 4);
  const flat = x.shape.length < 4;
  const maps = flat ? unsqueeze(x, axes) : x;
  const y = batchNorm2d(maps, given(inputs, statistics, scope), {
    epsilon,
    momentum: 1 - numberOf(attrs, "momentum", 0.9),
  });
  return flat ? squeeze(y, axes) : y;
}

function numberOf(attrs: Attrs, name: string, otherwise: number): number {
  const attr = attrs[name];
  return attr?.kind === "float" ? attr.value : otherwise;
}

/** A scope in which the four tensors of batch normalisation are there already. */
function given(
  [, weight, bias, mean, variance]: readonly Value[],
  [meanName, varianceName]: readonly [string, string],
  scope: Scope,
): Scope {
  const tensors: Readonly<Record<string, Value>> = { weight, bias, running_mean: mean, running_var: variance };
  const names: Readonly<Record<string, string>> = { running_mean: meanName, running_var: varianceName };
  return {
    builder: scope.builder,
    training: scope.training,
    batchStatistics: scope.batchStatistics,
    child: (name) => scope.child(name),
    uniform: (name, shape) => scope.uniform(name, shape),
    parameter: (name) => tensors[name],
    buffer: (name) => tensors[name],
    update: (name, value) => scope.update(names[name], value),
  };
}
