/** Sockets of the model rooms: backbone, head, loss. All of them add nodes to one graph through values. */
import type { Graph } from "../graph/graph.ts";
import type { Builder, Value } from "./op.ts";
import type { Plugin } from "./plugin.ts";

/** How a parameter starts: a function of its shape and a seeded random stream, giving float32 data. */
export interface Initializer {
  readonly name: string;
  fill(shape: readonly number[], key: readonly (number | string)[]): Float32Array;
}

/** A place in the tree of parameter names; joined with dots they are the names that torchvision and timm use. */
export interface Scope {
  readonly builder: Builder;
  /** True while a train step is built: dropout. */
  readonly training: boolean;
  /** True where batch normalisation uses the statistics of the batch, which also move the running ones. */
  readonly batchStatistics: boolean;
  child(name: string | number): Scope;
  /** A trained tensor. `decay` (default: rank above 1) says whether weight decay applies to it. */
  parameter(name: string, shape: readonly number[], init: Initializer, options?: { decay?: boolean }): Value;
  /** A tensor that is kept but not trained, such as a running mean. */
  buffer(name: string, shape: readonly number[], init: Initializer): Value;
  /** In training: what `buffer(name)` holds after this step. */
  update(name: string, value: Value): void;
  /** In training: uniform random numbers in [0, 1), new in every step, seeded. */
  uniform(name: string, shape: readonly number[]): Value;
}

/** What a head and a loss may know of the labels of the training part. */
export interface LabelSummary {
  /** First and last label, inclusive: years for the age task, class indices for others. */
  readonly first: number;
  readonly last: number;
  readonly mean: number;
  readonly std: number;
  /** Training images per whole label first … last. */
  readonly counts: readonly number[];
}

/** What the numbers that a head gives mean; a loss states which kinds it accepts. */
export type LogitKind = "value" | "class" | "rank" | "conditional_rank";

/** How RGB levels of 0 to 255 become what a backbone takes: mapped onto `range`, minus `mean`, over `std`. */
export interface Preprocessing {
  /** Order of the channels; `mean` and `std` are in this order. */
  readonly color: "rgb" | "bgr";
  /** What 0 and 255 become. */
  readonly range: readonly [number, number];
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface Backbone<P> extends Plugin<P> {
  /** Side of the square input in pixels. */
  image(params: P): number;
  /** Default: RGB in [0, 1], normalised by the mean and standard deviation of ImageNet. */
  preprocessing?(params: P): Preprocessing;
  /** For a backbone that is read from an ONNX file: the parameter that holds its path. */
  readonly file?: string;
  /** Preprocessed images, float32 [N,3,S,S], to features [N,F]. `network` is the file named by the parameter `file`. */
  build(images: Value, params: P, scope: Scope, network?: Graph): Value;
  /** For a backbone with `file`: which tensor of the network the features are, in words. */
  featuresOf?(params: P, network: Graph): string;
}

export interface Head<P> extends Plugin<P> {
  readonly emits: LogitKind;
  /** Features [N,F] to logits [N,L]. */
  build(features: Value, labels: LabelSummary, params: P, scope: Scope): Value;
  /** age: [N], in the unit of the labels (years). posterior: [N,K] over first … last, rows sum to 1. */
  decode(logits: Value, labels: LabelSummary, params: P): { age: Value; posterior?: Value };
}

/** Graph inputs of one task, float32 [N]. */
export interface Targets {
  /** The label, in years for the age task. */
  readonly value: Value;
  /** Weight of each sample, 1 where nothing is weighed. */
  readonly weight: Value;
}

export interface Loss<P> extends Plugin<P> {
  readonly accepts: readonly LogitKind[];
  /** A float32 scalar: the weighted mean over the batch. */
  build(logits: Value, targets: Targets, labels: LabelSummary, params: P): Value;
  /** Weight of a training sample by its label (index 0 is `first`), mean 1 over the training part; absent: all 1. */
  weights?(labels: LabelSummary, params: P): Float64Array | undefined;
  /**
   * Terms that a sample with this label adds to the mean; default 1. The loss is a mean over the sum of weight times terms: by
   * these sums the losses of parts of a batch make that of the whole.
   */
  terms?(target: number, labels: LabelSummary): number;
}
