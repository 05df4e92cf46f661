/** One step of training as a single graph: forward, loss, gradient, clipping, optimizer, running statistics. */
import { allocate, sizeOf, type Tensor, type Tensors } from "../base/tensor.ts";
import { gradients } from "../autodiff/gradients.ts";
import type { ModelSpec } from "../contracts/model_spec.ts";
import type { Builder, Value } from "../contracts/op.ts";
import type { Optimizer } from "../contracts/optimizer.ts";
import type { Graph } from "../graph/graph.ts";
import { createBuilder } from "../ops/builder.ts";
import { clipByNorm, globalNorm } from "../optim/clip.ts";
import { addLosses, buildModel } from "./model.ts";
import { type Declared, ModelDeclarations, type Noise } from "./scope.ts";

export interface TrainStepOptions {
  /** Images in a step. */
  readonly batch: number;
  readonly optimizer: {
    // deno-lint-ignore no-explicit-any
    readonly plugin: Optimizer<any>;
    readonly params: unknown;
  };
  /** Largest norm of the whole gradient; null leaves it as it is. */
  readonly clip: number | null;
}

/**
 * The graph takes `image` float32 [B,3,S,S] of RGB 0 to 255, `target/<task>` and `weight/<task>` float32 [B], the float32 scalars
 * `lr` and `step` (1 in the first step), `noise/<path>` uniform in [0, 1), and everything that is carried. It gives the scalars
 * `loss`, `loss/<task>` and `gradient_norm` (before clipping), and `next/<input>` for each carried input.
 */
export interface TrainStep {
  readonly graph: Graph;
  /** Output `next/<input>` to input: parameters and buffers by name, optimizer state as `<slot>/<parameter>`. */
  readonly carry: Readonly<Record<string, string>>;
  /** What the carried inputs start from. */
  readonly initial: Tensors;
  readonly noise: readonly Noise[];
  readonly parameters: readonly string[];
  readonly buffers: readonly string[];
}

/** The train step of a model; the same spec and options give the same graph and the same initial values. */
export function compileTrainStep(model: ModelSpec, options: TrainStepOptions): TrainStep {
  const builder = createBuilder();
  const place = (tensor: { name: string; shape: readonly number[] }): Value =>
    builder.input(tensor.name, "float32", tensor.shape);
  const declarations = new ModelDeclarations({ builder, training: true, place });
  const logits = buildModel(model, options.batch, builder, declarations.root());
  const loss = addLosses(logits, options.batch, builder);
  const state = new CarriedState(builder, model.seed);
  addUpdates(loss, declarations, options, state);
  for (const buffer of declarations.of("buffer")) {
    state.carryTensor(buffer, declarations.updates.get(buffer.name) ?? buffer.value);
  }
  return {
    graph: builder.finish({ name: "train_step" }),
    carry: state.names,
    initial: state.initial,
    noise: declarations.noise,
    parameters: declarations.of("parameter").map((tensor) => tensor.name),
    buffers: declarations.of("buffer").map((tensor) => tensor.name),
  };
}

/** Gradient, clipping and the optimizer's update of every parameter. */
function addUpdates(
  loss: Value,
  declarations: ModelDeclarations,
  options: TrainStepOptions,
  state: CarriedState,
): void {
  const { plugin, params } = options.optimizer;
  const { builder } = loss;
  const parameters = declarations.of("parameter");
  const raw = gradients(loss, parameters.map((parameter) => parameter.value));
  const norm = globalNorm(raw);
  builder.output("gradient_norm", norm);
  const clipped = options.clip === null ? raw : clipByNorm(raw, norm, options.clip);
  const rates = plugin.rates(builder.input("lr", "float32", []), builder.input("step", "float32", []), params);
  parameters.forEach((parameter, i) => {
    const slotName = (slot: string): string => `${slot}/${parameter.name}`;
    const slots = Object.fromEntries(
      plugin.slots.map((slot) => [slot, builder.input(slotName(slot), "float32", parameter.shape)]),
    );
    const { value, decay } = parameter;
    const next = plugin.update({ value, gradient: clipped[i], slots, decay }, rates, params);
    state.carryTensor(parameter, next.value);
    for (const slot of plugin.slots) state.carryZeros(slotName(slot), next.slots[slot], parameter.shape);
  });
}

/** What goes from one step to the next. */
class CarriedState {
  readonly names: Record<string, string> = {};
  readonly initial: Record<string, Tensor> = {};

  constructor(private readonly builder: Builder, private readonly seed: number) {}

  /** A parameter or buffer, which starts as it was declared. */
  carryTensor({ name, shape, init }: Declared, next: Value): void {
    this.carry(name, next, { type: "float32", dims: shape, data: init.fill(shape, [this.seed, name]) });
  }

  carryZeros(name: string, next: Value, shape: readonly number[]): void {
    this.carry(name, next, { type: "float32", dims: shape, data: allocate("float32", sizeOf(shape)) });
  }

  private carry(input: string, next: Value, initial: Tensor): void {
    this.builder.output(`next/${input}`, next);
    this.names[`next/${input}`] = input;
    this.initial[input] = initial;
  }
}
