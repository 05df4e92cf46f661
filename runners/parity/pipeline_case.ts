/** The train step of a pipeline with a batch of its images. */
import { random } from "../../lib/base/random.ts";
import { isFloat, scalar, sizeOf, type Tensor } from "../../lib/base/tensor.ts";
import type { Start } from "../../lib/compile/pipeline_model.ts";
import type { TrainStep } from "../../lib/compile/train_step.ts";
import type { Pipeline } from "../../lib/contracts/pipeline.ts";
import { staticShape, type ValueInfo } from "../../lib/graph/graph.ts";
import { numbersOf } from "../../lib/ops/numbers.ts";
import type { NumbersByName } from "../../lib/ops/evaluate.ts";
import type { ParityCase } from "../../lib/parity/mod.ts";
import { pluginsOf } from "../../lib/pipeline/bound.ts";
import { expectedModel, expectedStep } from "../../lib/pipeline/train_step.ts";

/** Images of a dataset with their ages. */
export interface Faces {
  /** RGB 0 to 255, [N,3,S,S]. */
  readonly images: Float32Array;
  /** Years. */
  readonly ages: readonly number[];
}

/**
 * The first step of training, in ageline's own form: from the first weights, at the peak learning rate, with `faces` (or seeded
 * random pixels and ages where there are none) and seeded random numbers for dropout.
 */
export function pipelineCase(pipeline: Pipeline, start: Start, batch: number, faces: Faces | undefined): ParityCase {
  const plugins = pluginsOf(pipeline);
  const step = expectedStep(pipeline, plugins, expectedModel(pipeline, plugins, start), { batch });
  const given: Record<string, Tensor> = { ...step.initial, lr: scalar("float32", pipeline.train.lr) };
  if (faces !== undefined) {
    given["target/age"] = { type: "float32", dims: [batch], data: Float32Array.from(faces.ages) };
    const image = step.graph.inputs.find(({ name }) => name === "image");
    if (image) given.image = { type: "float32", dims: staticShape(image.shape!, "image"), data: faces.images };
  }
  return { graph: step.graph, feeds: feedsOf(step, given, pipeline) };
}

function feedsOf({ graph }: TrainStep, given: Readonly<Record<string, Tensor>>, pipeline: Pipeline): NumbersByName {
  const feed = (input: ValueInfo): NumbersByName[string] =>
    numbersOf(given[input.name] ?? drawnFor(input, pipeline.dataset.ages));
  return Object.fromEntries(graph.inputs.map((input) => [input.name, feed(input)]));
}

/** Seeded by the input's name. What else is a scalar says that the batch is whole: step, shares, loss scale, first and last part. */
function drawnFor({ name, type, shape }: ValueInfo, [first, last]: Pipeline["dataset"]["ages"]): Tensor {
  const dims = staticShape(shape ?? [], `input "${name}"`);
  const stream = random("parity", name);
  const draw = (): number => {
    if (name === "image") return stream.integer(256);
    if (name === "target/age") return first + stream.integer(last - first + 1);
    if (name.startsWith("target/")) return stream.integer(2);
    if (name.startsWith("noise/")) return stream.uniform();
    return dims.length === 0 || name.startsWith("weight/") ? 1 : stream.normal();
  };
  if (!isFloat(type)) throw new TypeError(`Cannot draw input "${name}": it is ${type}`);
  return { type, dims, data: Float32Array.from({ length: sizeOf(dims) }, draw) };
}
