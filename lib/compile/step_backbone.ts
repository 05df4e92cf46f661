/** The backbone inside a train step: the layers that train are carried, everything else of it is constant. */
import type { Tensor } from "../base/tensor.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Builder, Value } from "../contracts/op.ts";
import type { CarriedState } from "./carried.ts";
import { type BackboneSurvey, surveyBackbone } from "./layers.ts";
import { buildBackbone } from "./model.ts";
import { type Declared, ModelDeclarations, type ModelTensor, type Noise } from "./scope.ts";
import { backboneStart } from "./weights.ts";

/** A parameter that trains. */
export interface Trainable extends Declared {
  /** Factor of its learning rate. */
  readonly rateFactor: number;
}

/** What a train step holds of the backbone. */
export interface StepBackbone {
  /** [B,F]. */
  readonly features: Value;
  readonly parameters: readonly Trainable[];
  /** Buffers whose values training moves. */
  readonly buffers: readonly Declared[];
  /** What the buffers hold after the step, by name. */
  readonly updates: ReadonlyMap<string, Value>;
  readonly noise: readonly Noise[];
  /** All other tensors. */
  readonly frozen: Readonly<Record<string, Tensor>>;
}

/**
 * The backbone behind preprocessed images. The learning rate of a parameter has the factor `lrScale · layerDecay^k`, k being the
 * number of layers between its own and the features: 0 for the last layer, 1 for the one before it. A layer that does not train
 * is in the form for inference: its batch normalisation uses the running statistics; where none trains, nothing of the backbone
 * is random.
 */
export function trainBackbone(model: ModelSpec, images: Value, layerDecay: number, state: CarriedState): StepBackbone {
  return new BackbonePart(model, layerDecay, state).build(images);
}

/** The input `features`, float32 [B,F], in the place of a backbone of which nothing trains. */
export function givenFeatures(model: ModelSpec, dims: readonly [number, number], builder: Builder): StepBackbone {
  const { tensors } = surveyBackbone(model.backbone);
  return {
    features: builder.input("features", "float32", dims),
    parameters: [],
    buffers: [],
    updates: new Map(),
    noise: [],
    frozen: Object.fromEntries(tensors.map((tensor) => [tensor.name, backboneStart(tensor, model)])),
  };
}

class BackbonePart {
  readonly #survey: BackboneSurvey;
  /** The first layer that trains. */
  readonly #first: number;
  readonly #frozen: Record<string, Tensor> = {};

  constructor(
    private readonly model: ModelSpec,
    private readonly layerDecay: number,
    private readonly state: CarriedState,
  ) {
    this.#survey = surveyBackbone(model.backbone);
    this.#first = Math.max(0, this.#survey.layers - (model.backbone.layers ?? Infinity));
  }

  build(images: Value): StepBackbone {
    const { backbone } = this.model;
    const { builder } = this.state;
    const declarations = new ModelDeclarations({
      builder,
      training: this.#first < this.#survey.layers,
      batchStatistics: (path) => this.#learnsStatistics(path),
      place: (tensor) => this.#place(tensor),
    });
    const features = buildBackbone(images, backbone, declarations.root());
    const moving = (kind: ModelTensor["kind"]): readonly Declared[] =>
      declarations.of(kind).filter((tensor) => this.#isCarried(tensor));
    return {
      features,
      parameters: moving("parameter").map((tensor) => ({ ...tensor, rateFactor: this.#rateFactor(tensor) })),
      buffers: moving("buffer"),
      updates: declarations.updates,
      noise: declarations.noise,
      frozen: this.#frozen,
    };
  }

  #place(tensor: ModelTensor): Value {
    const start = backboneStart(tensor, this.model);
    if (this.#isCarried(tensor)) return this.state.input(tensor.name, start);
    this.#frozen[tensor.name] = start;
    return this.state.builder.constant(start, tensor.name);
  }

  #isCarried({ name, kind }: ModelTensor): boolean {
    return this.#trains(name) && !(kind === "buffer" && this.model.backbone.frozenStatistics);
  }

  #trains(name: string): boolean {
    const layer = this.#survey.layerOf.get(name);
    return layer !== undefined && layer >= this.#first;
  }

  /** Whether any tensor under this path trains, unless all statistics are frozen. */
  #learnsStatistics(path: string): boolean {
    if (this.model.backbone.frozenStatistics) return false;
    const prefix = path === "" ? "" : `${path}.`;
    return this.#survey.tensors.some(({ name }) => name.startsWith(prefix) && this.#trains(name));
  }

  #rateFactor({ name }: ModelTensor): number {
    const behind = this.#survey.layers - 1 - this.#survey.layerOf.get(name)!;
    return (this.model.backbone.lrScale ?? 1) * this.layerDecay ** behind;
  }
}
