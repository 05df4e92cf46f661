/** One step of training as a single graph: forward, loss, gradient, clipping, optimizer, running statistics. */
import type { Tensors } from "../base/tensor.ts";
import type { ModelSpec, Weights } from "../contracts/model_spec.ts";
import type { Value } from "../contracts/op.ts";
import type { Graph } from "../graph/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import { clipByNorm, globalNorm, squaredNorms } from "../optim/clip.ts";
import { type PartInputs, partInputs, sumOverParts } from "./accumulate.ts";
import { WeightAverages } from "./average.ts";
import { CarriedState } from "./carried.ts";
import { carryNorms, lossGradients } from "./gradients.ts";
import { both, isFinite } from "./loss_scale.ts";
import type { ImageForm } from "./image_input.ts";
import { addLosses, backboneInput, buildHeads } from "./model.ts";
import { mixPrecision, NarrowPart } from "./mixed.ts";
import { type Declared, ModelDeclarations, type ModelTensor, type Noise } from "./scope.ts";
import { givenFeatures, type StepBackbone, trainBackbone } from "./step_backbone.ts";
import { type OptimizerChoice, Updates } from "./updates.ts";
import { initialWeight } from "./weights.ts";

export interface TrainStepOptions {
  /** Images in one run of the graph: a batch, or a part of one when accumulating. */
  readonly batch: number;
  /** Form of the input `image`; default float32. */
  readonly image?: ImageForm;
  /** Number of features F: the graph takes `features` float32 [B,F] in the place of images and has no backbone. */
  readonly features?: number;
  readonly optimizer: OptimizerChoice;
  /** Largest norm of the whole gradient; null leaves it as it is. */
  readonly clip: number | null;
  /** Whether batches come in parts; default false. */
  readonly accumulate?: boolean;
  /** Decay of the moving average of the weights; default null, without one. */
  readonly average?: number | null;
  /** Factor of the learning rate from each backbone layer to the one before it; default 1. */
  readonly layerDecay?: number;
  /** Whether the backbone computes in float16; default float32. */
  readonly precision?: "float32" | "mixed";
}

/**
 * The graph takes `image` float32 (or uint8) [B,3,S,S] of RGB 0 to 255 (or `features`), `target/<task>` and `weight/<task>` float32 [B], the
 * float32 scalars `lr` and `step` (1 in the first step), `noise/<path>` uniform in [0, 1), and everything that is carried. It
 * gives the scalars `loss`, `loss/<task>` and `gradient_norm` (before clipping), and `next/<input>` for each carried input.
 *
 * Accumulating, it also takes the float32 scalars `first` and `last`, 1 in the first or last part of a batch and else 0, and
 * `share/<task>`, the part's share of the batch's sum of sample weights (times `Loss.terms`), 0 where that sum is 0. `loss` and `loss/<task>` are
 * multiplied by the share, so that their sums over the parts are those of the batch; `gradient_norm` is that of the sum so far.
 * Buffers move with every part, everything else in the last part only.
 *
 * In mixed precision it also takes the float32 scalar `loss_scale`; where the gradient of the scaled loss is not finite, nothing
 * that is carried changes (but the sums over parts), and `gradient_norm`, which is of the plain loss, tells.
 */
export interface TrainStep {
  readonly graph: Graph;
  /**
   * Output `next/<input>` to input: parameters and buffers by name, optimizer state as `<slot>/<parameter>`, sums over parts as
   * `gradient/<parameter>`, averages as `average/<weight>`; `gradient_norms` [P], the norm of each parameter's gradient before
   * clipping in the last step, in the order of `parameters`, and `gradient_norms/before`, those of the step before it.
   */
  readonly carry: Readonly<Record<string, string>>;
  /** What the carried inputs start from. */
  readonly initial: Tensors;
  readonly noise: readonly Noise[];
  /** What trains. */
  readonly parameters: readonly string[];
  /** Buffers that training moves. */
  readonly buffers: readonly string[];
  /** All other tensors of the model, constant in the graph or without part in it. */
  readonly frozen: Weights;
  /** The carried input that holds the average of a weight, by its name; empty without averages. */
  readonly averages: Readonly<Record<string, string>>;
}

/**
 * The train step of a model; the same spec and options give the same graph and the same initial values. Tensors of layers that do
 * not train, and buffers of frozen statistics, are constants of the graph under their names.
 * @throws UserError where a weight to start from is of another shape.
 */
export function compileTrainStep(model: ModelSpec, options: TrainStepOptions): TrainStep {
  const builder = createBuilder();
  const state = new CarriedState(builder);
  const narrow = new NarrowPart(builder);
  const backbone = stepBackbone(model, options, state, narrow);
  const place = (tensor: ModelTensor): Value => state.input(tensor.name, initialWeight(tensor, model.seed));
  const heads = new ModelDeclarations({ builder, training: true, place });
  const logits = buildHeads(backbone.features, model, heads.root());
  const parts = options.accumulate ? partInputs(model, builder) : null;
  const loss = addLosses(logits, options.batch, parts?.shares);
  const learnt = learn({ loss, backbone, heads, parts, narrow }, options, state);
  const graph = builder.finish({ name: "train_step" });
  return {
    graph: options.precision === "mixed" ? mixPrecision(graph, narrow.nodes) : graph,
    carry: state.carry,
    initial: state.initial,
    noise: [...backbone.noise, ...heads.noise],
    ...learnt,
    frozen: backbone.frozen,
  };
}

function stepBackbone(
  model: ModelSpec,
  options: TrainStepOptions,
  state: CarriedState,
  narrow: NarrowPart,
): StepBackbone {
  const { batch, features, image, layerDecay = 1 } = options;
  if (features !== undefined) return givenFeatures(model, [batch, features], state.builder);
  const images = backboneInput(model.backbone, batch, state.builder, image);
  return narrow.with(() => trainBackbone(model, images, layerDecay, state));
}

/** A step before it learns. */
interface Forward {
  readonly loss: Value;
  readonly backbone: StepBackbone;
  readonly heads: ModelDeclarations;
  /** Null where a batch comes whole. */
  readonly parts: PartInputs | null;
  readonly narrow: NarrowPart;
}

/** Gradient, clipping, the update of every parameter, running statistics and averages. */
function learn(
  forward: Forward,
  options: TrainStepOptions,
  state: CarriedState,
): Pick<TrainStep, "parameters" | "buffers" | "averages"> {
  const { backbone, heads, parts } = forward;
  const ofHeads = heads.of("parameter").map((tensor) => ({ ...tensor, rateFactor: 1 }));
  const parameters = [...backbone.parameters, ...ofHeads];
  const buffers = [...backbone.buffers, ...heads.of("buffer")];
  const { gradients, finite } = stepGradients(forward, options, parameters, state);
  const when = both(finite, parts?.isLast ?? null);
  const clock = { lr: state.builder.input("lr", "float32", []), step: state.builder.input("step", "float32", []) };
  const updates = new Updates(options.optimizer, clock, state);
  const averages = new WeightAverages(options.average ?? null, clock.step, state);
  parameters.forEach((parameter, i) => {
    averages.follow(parameter.name, updates.apply(parameter, gradients[i], when), when);
  });
  for (const { name, value } of buffers) {
    const next = backbone.updates.get(name) ?? heads.updates.get(name) ?? value;
    state.next(name, next, finite);
    averages.follow(name, next, when);
  }
  const namesOf = (tensors: readonly Declared[]): readonly string[] => tensors.map(({ name }) => name);
  return { parameters: namesOf(parameters), buffers: namesOf(buffers), averages: averages.names };
}

/** What the optimizer takes. */
interface StepGradients {
  readonly gradients: readonly Value[];
  /** Bool scalar; null where the step is taken whatever the gradient. */
  readonly finite: Value | null;
}

/** The gradients of the whole batch, clipped. Gives `gradient_norm` and carries the single norms. */
function stepGradients(
  { loss, backbone, parts, narrow }: Forward,
  { precision, clip }: TrainStepOptions,
  parameters: readonly Declared[],
  state: CarriedState,
): StepGradients {
  const scale = precision === "mixed" ? state.builder.input("loss_scale", "float32", []) : null;
  const behind = backbone.parameters.length;
  const path = { loss, features: backbone.features, backbone: parameters.slice(0, behind), narrow };
  const raw = lossGradients({ ...path, heads: parameters.slice(behind) }, scale);
  const whole = parts === null ? raw : sumOverParts(raw, parameters, parts, state);
  const squared = squaredNorms(whole);
  const norm = globalNorm(squared);
  state.builder.output("gradient_norm", norm);
  const finite = scale === null ? null : isFinite(norm);
  carryNorms(squared, both(finite, parts?.isLast ?? null), state);
  return { gradients: clip === null ? whole : clipByNorm(whole, norm, clip), finite };
}
