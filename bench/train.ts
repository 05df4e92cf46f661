/**
 * The train step beside PyTorch's: the same ResNet-18 (width 32, 64x64, small stem, batch 64, AdamW, cross-entropy), taking
 * turns on the same cores. Prints medians and their ratio, since only ratios hold from machine to machine.
 *
 * deno run -A bench/train.ts [provider] [steps a turn] [turns]
 */
import { resnet18 } from "../lib/backbones/resnet18.ts";
import { random } from "../lib/base/random.ts";
import type { Tensor, Tensors } from "../lib/base/tensor.ts";
import { sizeOf } from "../lib/base/tensor.ts";
import { compileTrainStep, type TrainStep } from "../lib/compile/train_step.ts";
import type { Provider, ProviderName, Session } from "../lib/contracts/provider.ts";
import { encodeModel } from "../lib/graph/encode.ts";
import type { Graph } from "../lib/graph/graph.ts";
import { classification } from "../lib/heads/classification.ts";
import { ce } from "../lib/losses/ce.ts";
import { lower } from "../lib/lowering/mod.ts";
import { adamw } from "../lib/optim/optimizers/adamw.ts";
import { threads } from "../runners/providers/cpu_features.ts";
import { createProvider, processMemory } from "../runners/providers/mod.ts";
import { type Steps, TorchProcess, torchUnavailable } from "./_torch.ts";

const NET = { width: 32, stem: "small", image: 64 } as const;
const BATCH = 64;
const AGES = { first: 21, last: 60, mean: 35, std: 10, counts: new Array(40).fill(100) };

/** Anything that trains for some steps and says how long they took. */
interface Partner {
  readonly name: string;
  run(steps: number): Promise<Steps>;
}

function trainStep(): TrainStep {
  const head = { plugin: classification, params: classification.params.parse({}) };
  const loss = { plugin: ce, params: ce.params.parse({}) };
  const backbone = { plugin: resnet18, params: resnet18.params.parse(NET) };
  const model = { backbone, tasks: [{ name: "age", head, loss, weight: 1, labels: AGES }], seed: 1 };
  const optimizer = { plugin: adamw, params: adamw.params.parse({ weight_decay: 0.05 }) };
  return compileTrainStep(model, { batch: BATCH, optimizer, clip: null });
}

function drawn(dims: readonly number[], value: () => number): Tensor {
  return { type: "float32", dims, data: Float32Array.from({ length: sizeOf(dims) }, value) };
}

/** One way to run the train step, with its session open. */
class Trainer implements Partner {
  #step = 0;
  #peak = 0;
  readonly #feeds: Tensors;

  constructor(readonly name: string, private readonly session: Session, private readonly initial: Tensors) {
    const stream = random(1);
    this.#feeds = {
      image: drawn([BATCH, 3, NET.image, NET.image], () => stream.between(0, 255)),
      "target/age": drawn([BATCH], () => AGES.first + stream.integer(AGES.counts.length)),
      "weight/age": drawn([BATCH], () => 1),
      lr: drawn([], () => 1e-3),
    };
  }

  static async open(name: string, graph: Graph, step: TrainStep, provider: Provider): Promise<Trainer> {
    return new Trainer(name, await provider.open(encodeModel(graph), { carry: step.carry }), step.initial);
  }

  async run(steps: number): Promise<Steps> {
    const milliseconds: number[] = [];
    for (let i = 0; i < steps; i++) {
      const state = this.#step++ === 0 ? this.initial : {};
      const start = performance.now();
      await this.session.run({ ...this.#feeds, ...state, step: drawn([], () => this.#step) }, ["loss"]);
      milliseconds.push(performance.now() - start);
      this.#peak = Math.max(this.#peak, processMemory());
    }
    return { milliseconds, peakMiB: Math.round(this.#peak / 2 ** 20) };
  }
}

/** Median milliseconds of a step and peak memory of each partner, which take turns after a turn to warm up. */
async function takeTurns(partners: readonly Partner[], steps: number, turns: number): Promise<readonly Steps[]> {
  const all = partners.map(() => ({ milliseconds: [] as number[], peakMiB: 0 }));
  for (let turn = 0; turn <= turns; turn++) {
    for (const [i, partner] of partners.entries()) {
      const { milliseconds, peakMiB } = await partner.run(turn === 0 ? 2 : steps);
      if (turn > 0) all[i].milliseconds.push(...milliseconds);
      all[i].peakMiB = peakMiB;
    }
  }
  return all;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function report(partners: readonly Partner[], results: readonly Steps[]): void {
  const last = median(results[results.length - 1].milliseconds);
  partners.forEach(({ name }, i) => {
    const milliseconds = median(results[i].milliseconds);
    const rate = (1000 * BATCH / milliseconds).toFixed(1);
    const ratio = (last / milliseconds).toFixed(2);
    console.log(
      `${name.padEnd(28)} ${rate.padStart(8)} images/s   ${ratio} of the last row   ${results[i].peakMiB} MiB`,
    );
  });
}

if (import.meta.main) {
  const provider = createProvider((Deno.args[0] ?? "cpu") as ProviderName);
  const [steps, turns] = [Number(Deno.args[1] ?? 4), Number(Deno.args[2] ?? 4)];
  const step = trainStep();
  const lowered = lower(step.graph, { provider: provider.name, block: await provider.blockSize?.() });
  const partners: Partner[] = [await Trainer.open(`ageline on ${provider.name}`, lowered, step, provider)];
  const reason = await torchUnavailable();
  if (reason) console.log(`PyTorch is left out: ${reason}`);
  const script = new URL("train_torch.py", import.meta.url).pathname;
  await using torch = reason ? null : new TorchProcess(script, [NET.width, NET.stem, NET.image, BATCH, threads()]);
  if (torch) partners.push({ name: "PyTorch eager", run: (count) => torch.run(count) });
  report(partners, await takeTurns(partners, steps, turns));
}
