/**
 * The train step on this machine's GPU adapter beside that of jax-js on the same adapter: `deno task bench webgpu [width] [batch]
 * [image] [turns]`; without arguments two small networks, which suit a software adapter.
 *
 * Same residual network, weights, batch and optimizer (SGD with momentum, cross-entropy over 40 classes, batch normalisation by the
 * statistics of the batch). Both upload the batch and read the loss in every step, and take turns; the losses must agree. Ratios are
 * medians over the turns, of the time on the clock and of the processor time that the process took: on a software adapter the
 * kernels themselves, and a figure that other programs disturb less; on a GPU what it costs to drive it.
 */
import process from "node:process";
import { basicBlock, resnet, type ResnetParams, resnetParams } from "../lib/backbones/_resnet.ts";
import { random } from "../lib/base/random.ts";
import { scalar, sizeOf, type Tensor, type Tensors } from "../lib/base/tensor.ts";
import { compileTrainStep, type TrainStep } from "../lib/compile/train_step.ts";
import type { Backbone } from "../lib/contracts/model.ts";
import type { Session } from "../lib/contracts/provider.ts";
import { encodeModel } from "../lib/graph/encode.ts";
import { classification } from "../lib/heads/classification.ts";
import { ce } from "../lib/losses/ce.ts";
import { lower } from "../lib/lowering/mod.ts";
import { sgd } from "../lib/optim/optimizers/sgd.ts";
import { describeAdapter, findAdapter } from "../runners/providers/adapter.ts";
import { createProvider } from "../runners/providers/mod.ts";
import { JaxTrainer } from "./_jax_net.ts";
import { median } from "./_median.ts";

interface Net {
  readonly width: number;
  readonly batch: number;
  readonly image: number;
}

const SMALL: readonly Net[] = [{ width: 16, batch: 16, image: 32 }, { width: 32, batch: 8, image: 32 }];
const TURNS = 3;
const STAGES = 3;
const RATE = 0.01;
const CLASSES = 40;
const LABELS = { first: 0, last: CLASSES - 1, mean: 20, std: 10, counts: new Array(CLASSES).fill(100) };
/** Losses that are further apart, relative to their size, are not of the same network. */
const TOLERANCE = 1e-3;

const backbone: Backbone<ResnetParams> = {
  name: "small_resnet",
  about: "A stem and three residual blocks",
  params: resnetParams,
  image: ({ image }) => image,
  build: (images, params, scope) => resnet(images, basicBlock, new Array(STAGES).fill(1), params, scope),
};

function trainStep({ width, batch, image }: Net): TrainStep {
  const head = { plugin: classification, params: classification.params.parse({}) };
  const loss = { plugin: ce, params: ce.params.parse({}) };
  const model = {
    backbone: { plugin: backbone, params: resnetParams.parse({ width, stem: "small", image }) },
    tasks: [{ name: "age", head, loss, weight: 1, labels: LABELS }],
    seed: 1,
  };
  const optimizer = { plugin: sgd, params: sgd.params.parse({ weight_decay: 0 }) };
  return compileTrainStep(model, { batch, image: "uint8", optimizer, clip: null });
}

/** Random pixels and labels, new in every step. */
class Batches {
  readonly #stream = random(1);

  constructor(private readonly net: Net) {}

  next(): { bytes: Tensor; floats: Tensor; labels: Int32Array } {
    const { batch, image } = this.net;
    const dims = [batch, 3, image, image];
    const data = Uint8Array.from({ length: sizeOf(dims) }, () => this.#stream.integer(256));
    const labels = Int32Array.from({ length: batch }, () => this.#stream.integer(CLASSES));
    return {
      bytes: { type: "uint8", dims, data },
      floats: { type: "float32", dims, data: Float32Array.from(data) },
      labels,
    };
  }
}

/** One side with its train step in this process. */
class OurTrainer {
  #steps = 0;

  private constructor(private readonly session: Session, private readonly initial: Tensors) {}

  static async open(step: TrainStep): Promise<OurTrainer> {
    const graph = lower(step.graph, { provider: "webgpu" });
    return new OurTrainer(
      await createProvider("webgpu").open(encodeModel(graph), { carry: step.carry }),
      step.initial,
    );
  }

  async run(image: Tensor, labels: Int32Array): Promise<number> {
    const vector = (data: Float32Array): Tensor => ({ type: "float32", dims: [labels.length], data });
    const state = this.#steps++ === 0 ? this.initial : {};
    const { loss } = await this.session.run({
      ...state,
      image,
      "target/age": vector(Float32Array.from(labels)),
      "weight/age": vector(new Float32Array(labels.length).fill(1)),
      lr: scalar("float32", RATE),
      step: scalar("float32", this.#steps),
    }, ["loss"]);
    return Number(loss.data[0]);
  }
}

/** Milliseconds. */
interface Times {
  readonly clock: number[];
  readonly processor: number[];
}

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

async function timed(times: Times | undefined, run: () => Promise<number>): Promise<number> {
  const [clock, processor] = [performance.now(), processorTime()];
  const loss = await run();
  times?.clock.push(performance.now() - clock);
  times?.processor.push(processorTime() - processor);
  return loss;
}

/** The times of both after two steps to warm up. @throws Error where the losses are apart. */
async function takeTurns(net: Net, turns: number): Promise<readonly [Times, Times]> {
  const step = trainStep(net);
  const chosen = (names: readonly string[]): Tensors =>
    Object.fromEntries(names.map((name) => [name, step.initial[name]]));
  const ours = await OurTrainer.open(step);
  const theirs = await JaxTrainer.open(STAGES, CLASSES, chosen(step.parameters), chosen(step.buffers));
  const batches = new Batches(net);
  const times: [Times, Times] = [{ clock: [], processor: [] }, { clock: [], processor: [] }];
  for (let turn = -2; turn < turns; turn++) {
    const { bytes, floats, labels } = batches.next();
    const [own, other] = turn < 0 ? [] : times;
    const loss = await timed(own, () => ours.run(bytes, labels));
    const wanted = await timed(other, () => theirs.run(floats, labels, RATE));
    if (Math.abs(loss - wanted) > TOLERANCE * wanted) {
      throw new Error(`Cannot compare: the losses are ${loss} and ${wanted} in turn ${turn}`);
    }
  }
  return times;
}

function report(net: Net, [ours, theirs]: readonly [Times, Times]): void {
  console.log(`width ${net.width}, ${net.batch} images of ${net.image}x${net.image}`);
  for (const kind of ["clock", "processor"] as const) {
    const [a, b] = [median(ours[kind]), median(theirs[kind])];
    const ratio = median(ours[kind].map((time, i) => theirs[kind][i] / time));
    const figures = `ageline ${a.toFixed(0).padStart(6)} ms   jax-js ${b.toFixed(0).padStart(6)} ms`;
    console.log(`  ${kind.padEnd(10)} ${figures}   ratio ${ratio.toFixed(2)} (wanted: at least 1)`);
  }
}

function netsOf([width, batch, image]: readonly number[]): readonly Net[] {
  return width ? [{ width, batch: batch || 32, image: image || 64 }] : SMALL;
}

const adapter = await findAdapter();
if (adapter === undefined) {
  console.log("webgpu is left out: this machine has no GPU adapter");
} else {
  console.log(describeAdapter(adapter));
  const numbers = Deno.args.map(Number);
  for (const net of netsOf(numbers)) report(net, await takeTurns(net, numbers[3] || TURNS));
  Deno.exit(); // the runtimes hold on to the device
}
