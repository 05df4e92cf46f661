/** A model as a pipeline names it: the plug-ins with their parameters, the weights to start from, and how much trains. */
import type { Tensor } from "../base/tensor.ts";
import type { Graph } from "../graph/graph.ts";
import type { Backbone, Head, LabelSummary, Loss } from "./model.ts";

/** Named weights, as a checkpoint or a safetensors file holds them. */
export type Weights = Readonly<Record<string, Tensor>>;

/** A model as named by a pipeline: plug-ins with their checked parameters. */
export interface ModelSpec {
  readonly backbone: BackboneModel;
  readonly tasks: readonly TaskModel[];
  /** Seed of the initial weights. */
  readonly seed: number;
}

/** A backbone with what it starts from and how much of it trains. */
export interface BackboneModel {
  // deno-lint-ignore no-explicit-any
  readonly plugin: Backbone<any>;
  readonly params: unknown;
  /** The decoded ONNX file, for a backbone that is read from one. */
  readonly network?: Graph;
  /** Weights to start from, by name; a tensor that is not among them starts as the plug-in has it. */
  readonly weights?: Weights;
  /**
   * How many of its layers train, counted from the last; default all. A layer is a parameter with more than one
   * axis longer than 1, and the vectors that follow it (biases, normalisations, slopes).
   */
  readonly layers?: number;
  /** Factor of the learning rate of its parameters; default 1. */
  readonly lrScale?: number;
  /** Whether batch normalisation keeps its running statistics as they are while training; default false. */
  readonly frozenStatistics?: boolean;
}

/** One head with its loss, and the labels that it learns. */
export interface TaskModel {
  readonly name: string;
  // deno-lint-ignore no-explicit-any
  readonly head: { readonly plugin: Head<any>; readonly params: unknown };
  // deno-lint-ignore no-explicit-any
  readonly loss: { readonly plugin: Loss<any>; readonly params: unknown };
  /** Factor of its loss in the sum. */
  readonly weight: number;
  readonly labels: LabelSummary;
}
