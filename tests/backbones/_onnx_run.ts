/** Runs the backbone `onnx` alone, with its weights as graph inputs, and gives features and gradients. */
import { gradients } from "../../lib/autodiff/gradients.ts";
import { onnx, type OnnxParams } from "../../lib/backbones/onnx.ts";
import { sizeOf, type Tensor, type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { ModelDeclarations, type ModelTensor } from "../../lib/compile/scope.ts";
import type { Value } from "../../lib/contracts/op.ts";
import type { Dim, Graph } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { mul, reduceSum } from "../../lib/ops/emit.ts";

/** The parameters of the plug-in with their defaults. */
export function paramsOf(params: Partial<OnnxParams>): OnnxParams {
  return onnx.params.parse({ path: "network.onnx", ...params });
}

export interface Imported {
  readonly features: Value;
  readonly model: ModelDeclarations;
}

export interface ImportOptions {
  readonly params?: Partial<OnnxParams>;
  readonly batch?: Dim;
  readonly training?: boolean;
  readonly batchStatistics?: boolean;
}

/** The network in a fresh graph: `image` and every tensor of the model are graph inputs. */
export function importNetwork(network: Graph, options: ImportOptions = {}): Imported {
  const { batch = 2, training = false, batchStatistics = training } = options;
  const params = paramsOf(options.params ?? {});
  const builder = createBuilder();
  const place = ({ name, shape }: ModelTensor): Value => builder.input(name, "float32", shape);
  const model = new ModelDeclarations({ builder, training, batchStatistics: () => batchStatistics, place });
  const images = builder.input("image", "float32", [batch, 3, params.image, params.image]);
  return { features: onnx.build(images, params, model.root(), network), model };
}

/** What the tensors of a model start from. */
export function firstTensors(model: ModelDeclarations): Tensors {
  const first = ({ name, shape, init }: ModelTensor): [string, Tensor] => [
    name,
    { type: "float32", dims: shape, data: init.fill(shape, [1, name]) },
  ];
  return Object.fromEntries([...model.tensors.values()].map(first));
}

/** The graph of `features` and of the gradient of sum(features * cotangent) by every parameter, `grad/<name>`. */
export function gradientGraph({ features, model }: Imported, cotangent: Tensor): Graph {
  const { builder } = features;
  const parameters = model.of("parameter");
  const loss = reduceSum(mul(features, builder.constant(cotangent)), null);
  builder.output("features", features);
  gradients(loss, parameters.map(({ value }) => value)).forEach((gradient, i) => {
    builder.output(`grad/${parameters[i].name}`, gradient);
  });
  for (const [name, value] of model.updates) builder.output(`next/${name}`, value);
  return (builder as ReturnType<typeof createBuilder>).finish();
}

/** Largest difference between two tensors of one size, relative to the largest element of the second. */
export function difference(actual: Tensor, expected: Tensor): number {
  if (sizeOf(actual.dims) !== sizeOf(expected.dims)) return Infinity;
  const [got, wanted] = [toNumbers(actual), toNumbers(expected)];
  const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
  return got.reduce((most, x, i) => Math.max(most, Math.abs(x - wanted[i])), 0) / scale;
}
