/** A trained model as a graph with everything inside. */
import type { ModelSpec, Weights } from "../contracts/model_spec.ts";
import type { Builder, Value } from "../contracts/op.ts";
import type { Dim, Graph } from "../graph/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import type { ImageForm } from "./image_input.ts";
import { addLosses, backboneInput } from "./model.ts";
import { addPredictions, mirrored, TrainedModel } from "./predictions.ts";

export interface InferenceOptions {
  /** Images in a run: a number, or `"N"` for any. */
  readonly batch: Dim;
  /** Whether the predictions are means over those of the image and of its mirror image; default false. */
  readonly mirror?: boolean;
  /** Form of the input `image`; default float32. */
  readonly image?: ImageForm;
  /** `metadata_props` of the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ValidationOptions extends InferenceOptions {
  /**
   * Number of features F: the graph takes `features` float32 [batch,F] in the place of images (with `mirror` also
   * `features/mirrored`) and has no backbone.
   */
  readonly features?: number;
}

/**
 * The graph takes `image`, float32 [batch,3,S,S] of RGB 0 to 255, and gives for each task its prediction `<task>` [batch]
 * (`age` in years). Where a head has a posterior, that of the first task is `posterior` [batch,K], of others
 * `posterior/<task>`. Weights that the model does not know are left out.
 * @throws UserError where a weight is missing or of another shape.
 */
export function compileInference(model: ModelSpec, weights: Weights, options: InferenceOptions): Graph {
  const builder = createBuilder();
  const trained = new TrainedModel(model, weights, builder);
  const views = imageViews(model, trained, options, builder);
  addPredictions(views.map((features) => trained.logits(features)), builder);
  return builder.finish({ name: "inference", metadata: options.metadata });
}

/**
 * The graph of `compileInference` that also takes `target/<task>` and `weight/<task>`, float32 [batch], and gives the scalars
 * `loss` and `loss/<task>` of the images as they are, with the running statistics and without dropout.
 */
export function compileValidation(model: ModelSpec, weights: Weights, options: ValidationOptions): Graph {
  const builder = createBuilder();
  const trained = new TrainedModel(model, weights, builder);
  const { features, batch } = options;
  const views = features === undefined
    ? imageViews(model, trained, options, builder)
    : featureViews([batch, features], options, builder);
  const logits = views.map((view) => trained.logits(view));
  addPredictions(logits, builder);
  addLosses(logits[0], batch);
  return builder.finish({ name: "validation", metadata: options.metadata });
}

/** The features of the images and, where asked for, of their mirror images. */
function imageViews(
  model: ModelSpec,
  trained: TrainedModel,
  { batch, image, mirror = false }: InferenceOptions,
  builder: Builder,
): readonly Value[] {
  const images = backboneInput(model.backbone, batch, builder, image);
  const views = mirror ? [images, mirrored(images)] : [images];
  return views.map((view) => trained.features(view));
}

function featureViews(dims: readonly Dim[], { mirror = false }: InferenceOptions, builder: Builder): readonly Value[] {
  const names = mirror ? ["features", "features/mirrored"] : ["features"];
  return names.map((name) => builder.input(name, "float32", dims));
}
