/** The backbone alone, as it starts: what heads are trained on where nothing of it trains. */
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Dim, Graph } from "../graph/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import type { ImageForm } from "./image_input.ts";
import { surveyBackbone } from "./layers.ts";
import { backboneInput, buildBackbone } from "./model.ts";
import { ModelDeclarations } from "./scope.ts";
import { backboneStart } from "./weights.ts";

export interface FeaturesOptions {
  /** Images in a run: a number, or `"N"` for any. */
  readonly batch: Dim;
  /** Form of the input `image`; default float32. */
  readonly image?: ImageForm;
}

/**
 * The graph takes `image`, float32 [batch,3,S,S] of RGB 0 to 255, and gives `features` [batch,F], by the weights that the backbone
 * starts from and in the form for inference.
 * @throws UserError where a weight to start from is of another shape.
 */
export function compileFeatures(model: ModelSpec, { batch, image }: FeaturesOptions): Graph {
  const builder = createBuilder();
  const declarations = new ModelDeclarations({
    builder,
    training: false,
    place: (tensor) => builder.constant(backboneStart(tensor, model), tensor.name),
  });
  const images = backboneInput(model.backbone, batch, builder, image);
  builder.output("features", buildBackbone(images, model.backbone, declarations.root()));
  return builder.finish({ name: "features" });
}

/** Number of features F that the backbone gives. */
export function featureCount(model: ModelSpec): number {
  return surveyBackbone(model.backbone).features;
}
