/** The public door of ageline: pipelines to load, plan and run; ONNX models to read, write, differentiate and run. */
export { PipelineError, Stopped, UserError } from "./lib/base/errors.ts";
export type { Problem } from "./lib/base/errors.ts";
export type { DType, Tensor, Tensors } from "./lib/base/tensor.ts";
export { tensor } from "./lib/base/tensor.ts";

export type { Augmentation, DatasetReader, Face, Metric, Pixels, Prediction, Reject } from "./lib/contracts/data.ts";
export type { FileEntry, Files } from "./lib/contracts/files.ts";
export type {
  Backbone,
  Head,
  Initializer,
  LabelSummary,
  LogitKind,
  Loss,
  Scope,
  Targets,
} from "./lib/contracts/model.ts";
export type { Value } from "./lib/contracts/op.ts";
export type { Pipeline } from "./lib/contracts/pipeline.ts";
export type { Plugins } from "./lib/contracts/plugins.ts";
export type { Provider, ProviderName, Session } from "./lib/contracts/provider.ts";
export type { ResultPlace, Results } from "./lib/contracts/results.ts";
export type { Blob, Outcome, Store } from "./lib/contracts/store.ts";
export type { World } from "./lib/contracts/world.ts";

/** Operators as functions on values, for heads, losses and backbones of one's own. */
export * as ops from "./lib/ops/emit.ts";
/** Blocks made of them: convolution, linear layer, batch normalisation, dropout, initializers. */
export * as nn from "./lib/nn/mod.ts";

export type { Graph } from "./lib/graph/graph.ts";
export { decodeModel } from "./lib/graph/decode.ts";
export { encodeModel } from "./lib/graph/encode.ts";
export { differentiate } from "./lib/autodiff/differentiate.ts";
export type { Differentiation } from "./lib/autodiff/differentiate.ts";

export {
  defineAugmentation,
  defineBackbone,
  defineHead,
  defineLoss,
  defineMetric,
  defineReader,
} from "./lib/pipeline/define.ts";
export type { RunEvent, StageResult } from "./lib/pipeline/events.ts";
export { planPipeline } from "./lib/pipeline/plan.ts";
export type { Plan, PlannedStage, PlanOptions } from "./lib/pipeline/plan.ts";
export { runPipeline } from "./lib/pipeline/run.ts";
export type { RunOptions, RunResult } from "./lib/pipeline/run.ts";

export { loadPipeline, openModel } from "./runners/load.ts";
export type { LoadPipelineOptions, OpenModelOptions } from "./runners/load.ts";
export { chooseProvider, createProvider } from "./runners/providers/mod.ts";
export { memoryStore } from "./runners/stores/memory.ts";
export { openWorld } from "./runners/world.ts";
export type { WorldOptions } from "./runners/world.ts";
