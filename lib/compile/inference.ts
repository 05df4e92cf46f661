/** A trained model as a graph with everything inside. */
import { UserError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import type { ModelSpec, Weights } from "../contracts/model_spec.ts";
import type { Builder, Value } from "../contracts/op.ts";
import type { Dim, Graph } from "../graph/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import { addLosses, buildModel, type TaskLogits } from "./model.ts";
import { ModelDeclarations, type ModelTensor } from "./scope.ts";

export interface InferenceOptions {
  /** Images in a run: a number, or `"N"` for any. */
  readonly batch: Dim;
  /** `metadata_props` of the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The graph takes `image`, float32 [batch,3,S,S] of RGB 0 to 255, and gives for each task its prediction `<task>` [batch]
 * (`age` in years). Where a head has a posterior, that of the first task is `posterior` [batch,K], of others
 * `posterior/<task>`. Weights that the model does not know are left out.
 * @throws UserError where a weight is missing or of another shape.
 */
export function compileInference(model: ModelSpec, weights: Weights, options: InferenceOptions): Graph {
  const builder = createBuilder();
  addPredictions(model, weights, options.batch, builder);
  return builder.finish({ name: "inference", metadata: options.metadata });
}

/**
 * The graph of `compileInference` that also takes `target/<task>` and `weight/<task>`, float32 [batch], and gives the scalars
 * `loss` and `loss/<task>`, with the running statistics and without dropout.
 */
export function compileValidation(model: ModelSpec, weights: Weights, options: InferenceOptions): Graph {
  const builder = createBuilder();
  addLosses(addPredictions(model, weights, options.batch, builder), options.batch, builder);
  return builder.finish({ name: "validation", metadata: options.metadata });
}

function addPredictions(model: ModelSpec, weights: Weights, batch: Dim, builder: Builder): readonly TaskLogits[] {
  const place = (tensor: ModelTensor): Value => builder.constant(weightOf(tensor, weights), tensor.name);
  const declarations = new ModelDeclarations({ builder, training: false, place });
  const logits = buildModel(model, batch, builder, declarations.root());
  logits.forEach((task, i) => decode(task, i === 0 ? "posterior" : `posterior/${task.task.name}`, builder));
  return logits;
}

function decode({ task, logits }: TaskLogits, posteriorName: string, builder: Builder): void {
  const decoded = task.head.plugin.decode(logits, task.labels, task.head.params);
  builder.output(task.name, decoded.age);
  if (decoded.posterior) builder.output(posteriorName, decoded.posterior);
}

function weightOf({ name, shape }: ModelTensor, weights: Weights): Tensor {
  const weight = weights[name];
  if (weight === undefined) {
    throw new UserError(`Cannot load the weight "${name}": the file does not hold it, the model needs [${shape}]`);
  }
  if (weight.dims.join() !== shape.join()) {
    throw new UserError(`Cannot load the weight "${name}": it is [${weight.dims}], the model needs [${shape}]`);
  }
  return weight;
}
