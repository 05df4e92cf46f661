/** A trained model inside a graph. */
import { tensor } from "../base/tensor.ts";
import type { ModelSpec, Weights } from "../contracts/model_spec.ts";
import type { Builder, Value } from "../contracts/op.ts";
import { staticShape } from "../graph/graph.ts";
import { add, gather, mul } from "../ops/emit.ts";
import { buildBackbone, buildHeads, type TaskLogits } from "./model.ts";
import { ModelDeclarations, type ModelTensor } from "./scope.ts";
import { weightOf } from "./weights.ts";

/** The parts of a model with the given weights as constants, which several passes share. */
export class TrainedModel {
  readonly #constants = new Map<string, Value>();

  constructor(
    private readonly model: ModelSpec,
    private readonly weights: Weights,
    private readonly builder: Builder,
  ) {}

  /** Preprocessed images to features [N,F]. @throws UserError where a weight is missing or of another shape. */
  features(images: Value): Value {
    return buildBackbone(images, this.model.backbone, this.#declarations().root());
  }

  /** Features to the logits of every task. @throws UserError where a weight is missing or of another shape. */
  logits(features: Value): readonly TaskLogits[] {
    return buildHeads(features, this.model, this.#declarations().root());
  }

  #declarations(): ModelDeclarations {
    return new ModelDeclarations({
      builder: this.builder,
      training: false,
      place: (tensor) => this.#place(tensor),
    });
  }

  #place(declared: ModelTensor): Value {
    const { name } = declared;
    const value = this.#constants.get(name) ?? this.builder.constant(weightOf(declared, this.weights), name);
    this.#constants.set(name, value);
    return value;
  }
}

/** Images [N,C,H,W] with left and right exchanged. */
export function mirrored(images: Value): Value {
  const [width] = staticShape(images.shape.slice(3), `"${images.name}"`);
  const backwards = Float64Array.from({ length: width }, (_, i) => width - 1 - i);
  return gather(images, images.builder.constant(tensor("int64", [width], backwards)), 3);
}

/**
 * Declares the output `<task>` [N] of each task and, where its head has a posterior, `posterior` [N,K] of the first task and
 * `posterior/<task>` of others: means over the predictions of all views.
 */
export function addPredictions(views: readonly (readonly TaskLogits[])[], builder: Builder): void {
  const [first] = views;
  first.forEach(({ task }, i) => {
    const decoded = views.map((view) => task.head.plugin.decode(view[i].logits, task.labels, task.head.params));
    builder.output(task.name, mean(decoded.map(({ age }) => age)));
    const posteriors = decoded.flatMap(({ posterior }) => posterior ?? []);
    if (posteriors.length > 0) builder.output(i === 0 ? "posterior" : `posterior/${task.name}`, mean(posteriors));
  });
}

function mean(values: readonly Value[]): Value {
  return values.length === 1 ? values[0] : mul(values.reduce(add), 1 / values.length);
}
