/** The layers of a backbone: what trains or stays together, in the order from the image to the features. */
import { isMatrix } from "../base/tensor.ts";
import type { BackboneModel } from "../contracts/model_spec.ts";
import type { Value } from "../contracts/op.ts";
import { channels } from "../nn/channels.ts";
import { createBuilder } from "../ops/builder.ts";
import { backboneInput, buildBackbone } from "./model.ts";
import { ModelDeclarations, type ModelTensor } from "./scope.ts";

/** What a backbone declares, before a graph is built in earnest. */
export interface BackboneSurvey {
  /** All of its tensors, as they were declared. */
  readonly tensors: readonly ModelTensor[];
  /** Number of features that it gives, F. */
  readonly features: number;
  /** Number of layers. */
  readonly layers: number;
  /** The layer of each tensor, 0 being the first; tensors that the features do not depend on are in none. */
  readonly layerOf: ReadonlyMap<string, number>;
}

/**
 * Declares the backbone into a graph that is thrown away. A layer is a parameter with more than one axis longer than 1, and the
 * vectors and buffers that follow it up to the next; vectors before the first belong to the first.
 */
export function surveyBackbone(backbone: BackboneModel): BackboneSurvey {
  const builder = createBuilder();
  const place = ({ name, shape }: ModelTensor): Value => builder.input(name, "float32", shape);
  const declarations = new ModelDeclarations({ builder, training: false, place });
  const features = buildBackbone(backboneInput(backbone, 1, builder), backbone, declarations.root());
  const needed = dependencies(features);
  const tensors = [...declarations.tensors.values()];
  const layerOf = layersOf(tensors.filter(({ name }) => needed.has(name)));
  return { tensors, features: channels(features), layers: 1 + Math.max(-1, ...layerOf.values()), layerOf };
}

/** Names of the values that `value` is computed from. */
function dependencies(value: Value): ReadonlySet<string> {
  const needed = new Set([value.name]);
  for (const node of value.builder.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output.name))) continue;
    for (const input of node.inputs) if (input !== null) needed.add(input.name);
  }
  return needed;
}

function layersOf(tensors: readonly ModelTensor[]): ReadonlyMap<string, number> {
  const layerOf = new Map<string, number>();
  let opened = 0;
  for (const { name, kind, shape } of tensors) {
    if (kind === "parameter" && isMatrix(shape)) opened++;
    layerOf.set(name, Math.max(0, opened - 1));
  }
  return layerOf;
}
