/**
 * Our side of a row: deno run -A bench/ours_side.ts train|infer ROW [FILE], where ROW is a row as JSON and FILE the ONNX file of
 * its network. Speaks as bench/_partner.ts wants.
 */
import process from "node:process";
import { random } from "../lib/base/random.ts";
import { sizeOf, type Tensor, type Tensors } from "../lib/base/tensor.ts";
import { compileInference } from "../lib/compile/inference.ts";
import { compileTrainStep } from "../lib/compile/train_step.ts";
import type { ModelSpec } from "../lib/contracts/model_spec.ts";
import type { Session } from "../lib/contracts/provider.ts";
import { encodeModel } from "../lib/graph/encode.ts";
import type { Graph } from "../lib/graph/graph.ts";
import { lower, targetOf } from "../lib/lowering/mod.ts";
import { createProvider } from "../runners/providers/mod.ts";
import { LABELS, modelOf, optimizerOf } from "./_model.ts";
import { linesOf } from "./_partner.ts";
import { CLASSES, type Row } from "./_rows.ts";

/** Runs the network once. */
type Once = () => Promise<unknown>;

const stream = random(1);

function drawn(dims: readonly number[], value: () => number): Tensor {
  return { type: "float32", dims, data: Float32Array.from({ length: sizeOf(dims) }, value) };
}

function images({ batch, image }: Row): Tensor {
  return drawn([batch, 3, image, image], () => stream.between(0, 255));
}

async function open(graph: Graph, carry?: Readonly<Record<string, string>>): Promise<Session> {
  const provider = createProvider("cpu");
  const lowered = lower(graph, await targetOf(provider));
  return await provider.open(encodeModel(lowered), { carry });
}

async function training(row: Row, model: ModelSpec): Promise<Once> {
  const step = compileTrainStep(model, { batch: row.batch, optimizer: optimizerOf(row), clip: null });
  const session = await open(step.graph, step.carry);
  const feeds: Tensors = {
    image: images(row),
    "target/age": drawn([row.batch], () => LABELS.first + stream.integer(CLASSES)),
    "weight/age": drawn([row.batch], () => 1),
    lr: drawn([], () => 1e-3),
  };
  let done = 0;
  let state: Tensors = step.initial;
  return async () => {
    done++;
    await session.run({ ...feeds, ...state, step: drawn([], () => done) }, ["loss"]);
    state = {};
  };
}

async function inference(row: Row, model: ModelSpec): Promise<Once> {
  const { initial, frozen } = compileTrainStep(model, { batch: 2, optimizer: optimizerOf(row), clip: null });
  const session = await open(compileInference(model, { ...initial, ...frozen }, { batch: row.batch }));
  const feeds = { image: images(row) };
  return () => session.run(feeds);
}

async function answer(once: Once): Promise<void> {
  for await (const line of linesOf(Deno.stdin.readable)) {
    const milliseconds: number[] = [];
    for (let i = 0; i < Number(line); i++) {
      const start = performance.now();
      await once();
      milliseconds.push(performance.now() - start);
    }
    console.log(JSON.stringify({ milliseconds, peakMiB: process.resourceUsage().maxRSS / 1024 }));
  }
}

const [mode, text, file] = Deno.args;
const row: Row = JSON.parse(text);
const model = modelOf(row, file === undefined ? undefined : await Deno.readFile(file));
await answer(await (mode === "train" ? training : inference)(row, model));
