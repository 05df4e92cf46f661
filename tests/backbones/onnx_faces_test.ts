/** Two published face networks, where they lie beside the project: features by ONNX Runtime, the gradient by a finite difference. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { random } from "../../lib/base/random.ts";
import { type Tensor, tensor, type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import type { Graph } from "../../lib/graph/graph.ts";
import { openModel } from "../../runners/load.ts";
import { difference, firstTensors, gradientGraph, importNetwork } from "./_onnx_run.ts";

const FOLDER = new URL("../../../shared/data/weights/", import.meta.url);
const BATCH = 2;
const SIDE = 112;

interface FaceNetwork {
  readonly file: string;
  /** The tensor that is the default output, and the image input. */
  readonly features: string;
  readonly input: string;
  /** Least and greatest level of its images. */
  readonly range: readonly [number, number];
  readonly parameters: number;
  readonly buffers: number;
}

const NETWORKS: readonly FaceNetwork[] = [
  {
    file: "insightface-mobilefacenet.converted.onnx",
    ...{ features: "conv_6dw7_7_batchnorm", input: "data", range: [0, 255], parameters: 180, buffers: 98 },
  },
  { file: "mobilefacenet.onnx", features: "622", input: "input", range: [-1, 1], parameters: 100, buffers: 0 },
];

function noise(dims: readonly number[], key: string, low: number, high: number): Tensor {
  const stream = random(1, key);
  const length = dims.reduce((product, dim) => product * dim, 1);
  return tensor("float32", dims, Float32Array.from({ length }, () => stream.between(low, high)));
}

/** The features as the file itself gives them, image by image where it takes one. */
async function published(network: Graph, { features, input }: FaceNetwork, image: Tensor): Promise<number[]> {
  const graph = { ...network, outputs: [{ name: features, type: "float32" as const }] };
  await using session = await openModel(encodeModel(graph), { provider: "cpu" });
  const size = 3 * SIDE * SIDE;
  const rows = [];
  for (let i = 0; i < BATCH; i++) {
    const one = { ...image, dims: [1, 3, SIDE, SIDE], data: image.data.slice(i * size, (i + 1) * size) };
    rows.push((await session.run({ [input]: one }))[features]);
  }
  return rows.flatMap((row) => [...toNumbers(row)]);
}

/** The sum of features * cotangent. */
function lossOf(features: Tensor, cotangent: Tensor): number {
  const weights = toNumbers(cotangent);
  return toNumbers(features).reduce((sum, x, i) => sum + x * weights[i], 0);
}

/** Every parameter moved along its gradient by the share `by` of its norm, and how much the loss grows by that to first order. */
function along(feeds: Tensors, gradients: readonly [string, Tensor][], by: number): { feeds: Tensors; growth: number } {
  const moved: Record<string, Tensor> = { ...feeds };
  let growth = 0;
  for (const [name, gradient] of gradients) {
    const [x, g] = [toNumbers(feeds[name]), toNumbers(gradient)];
    const norm = Math.hypot(...g);
    if (norm === 0) continue;
    const step = by * Math.hypot(...x);
    moved[name] = tensor("float32", gradient.dims, x.map((value, i) => value + step * g[i] / norm));
    growth += step * norm;
  }
  return { feeds: moved, growth };
}

for (const network of NETWORKS) {
  const path = new URL(network.file, FOLDER);
  const ignore = !existsSync(path);
  if (ignore) console.warn(`skipped: ${network.file} is not in ../shared/data/weights`);

  Deno.test({ name: `${network.file}: features and gradients`, ignore }, async () => {
    const file = decodeModel(Deno.readFileSync(path));
    const imported = importNetwork(file, { params: { image: SIDE }, batch: BATCH });
    assert.equal(imported.model.of("parameter").length, network.parameters);
    assert.equal(imported.model.of("buffer").length, network.buffers);
    const image = noise([BATCH, 3, SIDE, SIDE], "image", ...network.range);
    const cotangent = noise([BATCH, 512], "cotangent", -1, 1);
    const feeds = { image, ...firstTensors(imported.model) };
    await using session = await openModel(encodeModel(gradientGraph(imported, cotangent)), { provider: "cpu" });
    const results = await session.run(feeds);
    const expected = tensor("float32", [BATCH, 512], await published(file, network, image));
    assert.ok(difference(results.features, expected) < 1e-4, "features");
    const gradients = Object.keys(results).filter((name) => name.startsWith("grad/"))
      .map((name): [string, Tensor] => [name.slice(5), results[name]]);
    const [ahead, behind] = [2e-6, -2e-6].map((by) => along(feeds, gradients, by));
    const losses = [];
    for (const moved of [ahead, behind]) {
      losses.push(lossOf((await session.run(moved.feeds, ["features"])).features, cotangent));
    }
    const growth = ahead.growth - behind.growth;
    const measured = losses[0] - losses[1];
    assert.ok(Math.abs(measured - growth) < 0.02 * growth, `the loss grows by ${measured}, not by ${growth}`);
  });
}
