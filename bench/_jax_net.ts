/** The small residual network of `webgpu.ts` and its train step, written with jax-js as its own examples are. */
import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";
import type { Tensor, Tensors } from "../lib/base/tensor.ts";

/** Arrays by name; jax-js frees one that a function was handed, unless it was handed `.ref`. */
type Arrays = Record<string, np.Array>;

const MOMENTUM = 0.9;
const RUNNING = 0.1;
const EPSILON = 1e-5;
const CHANNEL_AXES = [0, 2, 3];
const MEAN = [0.485, 0.456, 0.406];
const STD = [0.229, 0.224, 0.225];

/** One forward pass: what it reads, and the running statistics that it leaves. */
class Pass {
  readonly running: Arrays = {};

  constructor(private readonly weights: Arrays, private readonly buffers: Arrays) {}

  /** x [N,C,H,W] by the filters `<name>.weight`. */
  conv(x: np.Array, name: string, stride: number): np.Array {
    const filters = this.weights[`${name}.weight`];
    const border = Math.floor(filters.shape[2] / 2);
    return lax.conv(x, filters.ref, [stride, stride], [[border, border], [border, border]]);
  }

  batchNorm(x: np.Array, name: string): np.Array {
    const [batch, channels, height, width] = x.shape;
    const values = batch * height * width;
    const mean = np.mean(x.ref, CHANNEL_AXES, { keepdims: true });
    const centred = x.sub(mean.ref);
    const variance = np.mean(np.square(centred.ref), CHANNEL_AXES, { keepdims: true });
    this.move(`${name}.running_mean`, mean.reshape([channels]));
    this.move(`${name}.running_var`, variance.ref.reshape([channels]).mul(values / (values - 1)));
    const scale = this.channel(`${name}.weight`).div(np.sqrt(variance.add(EPSILON)));
    return centred.mul(scale).add(this.channel(`${name}.bias`));
  }

  linear(x: np.Array, name: string): np.Array {
    const product = np.matmul(x, np.transpose(this.weights[`${name}.weight`].ref, [1, 0]));
    return product.add(this.weights[`${name}.bias`].ref);
  }

  private channel(name: string): np.Array {
    return this.weights[name].ref.reshape([1, -1, 1, 1]);
  }

  private move(name: string, now: np.Array): void {
    this.running[name] = this.buffers[name].ref.mul(1 - RUNNING).add(lax.stopGradient(now).mul(RUNNING));
  }
}

/** The shape of the network: `blocks` stages of one residual block, each of twice the channels of the one before it. */
function logits(pass: Pass, images: np.Array, blocks: number): np.Array {
  let x = nn.relu(pass.batchNorm(pass.conv(normalised(images), "conv1", 1), "bn1"));
  x = lax.reduceWindow(x, np.max, [2, 2], [2, 2]);
  for (let i = 0; i < blocks; i++) x = block(pass, x, `layer${i + 1}.0`, i === 0 ? 1 : 2);
  return pass.linear(np.mean(x, [2, 3]), "head.age.fc");
}

function block(pass: Pass, x: np.Array, name: string, stride: number): np.Array {
  const first = nn.relu(pass.batchNorm(pass.conv(x.ref, `${name}.conv1`, stride), `${name}.bn1`));
  const second = pass.batchNorm(pass.conv(first, `${name}.conv2`, 1), `${name}.bn2`);
  if (stride === 1) return nn.relu(second.add(x));
  return nn.relu(
    second.add(pass.batchNorm(pass.conv(x, `${name}.downsample.0`, stride), `${name}.downsample.1`)),
  );
}

function normalised(images: np.Array): np.Array {
  const channel = (values: readonly number[]): np.Array => np.array([...values]).reshape([1, 3, 1, 1]);
  return images.mul(1 / 255).sub(channel(MEAN)).div(channel(STD));
}

/** The weights, buffers and momenta after a step of SGD, and its cross-entropy. */
function stepOf(blocks: number) {
  const loss = (weights: Arrays, buffers: Arrays, images: np.Array, target: np.Array): [np.Array, Arrays] => {
    const pass = new Pass(weights, buffers);
    const likelihood = nn.logSoftmax(logits(pass, images, blocks), -1);
    const value = np.mean(np.sum(target.mul(likelihood), -1)).neg();
    return [value, pass.running];
  };
  return jit((weights: Arrays, momenta: Arrays, buffers: Arrays, images: np.Array, target: np.Array, lr: np.Array) => {
    const [[value, running], gradient] = valueAndGrad(loss, { hasAux: true })(
      tree.ref(weights),
      buffers,
      images,
      target,
    ) as unknown as [[np.Array, Arrays], Arrays];
    const moved = tree.map((m: np.Array, g: np.Array) => m.mul(MOMENTUM).add(g), momenta, gradient) as Arrays;
    const next = tree.map((w: np.Array, m: np.Array) => w.sub(m.ref.mul(lr.ref)), weights, moved) as Arrays;
    return [next, moved, running, value] as [Arrays, Arrays, Arrays, np.Array];
  });
}

/** The train step with what it carries on the device. */
export class JaxTrainer {
  readonly #step;
  readonly #classes: number;
  #weights: Arrays;
  #momenta: Arrays;
  #buffers: Arrays;

  private constructor(blocks: number, classes: number, weights: Tensors, buffers: Tensors) {
    this.#step = stepOf(blocks);
    this.#classes = classes;
    this.#weights = arrays(weights);
    this.#momenta = Object.fromEntries(Object.entries(weights).map(([name, { dims }]) => [name, np.zeros([...dims])]));
    this.#buffers = arrays(buffers);
  }

  /** @throws Error where jax-js finds no GPU. */
  static async open(blocks: number, classes: number, weights: Tensors, buffers: Tensors): Promise<JaxTrainer> {
    if (!(await init("webgpu")).includes("webgpu")) throw new Error("Cannot use jax-js: it finds no GPU adapter");
    defaultDevice("webgpu");
    return new JaxTrainer(blocks, classes, weights, buffers);
  }

  /** Trains on a batch whose labels count from 0, and gives its loss. */
  async run(images: Tensor, labels: Int32Array, lr: number): Promise<number> {
    const target = nn.oneHot(np.array(labels as Int32Array<ArrayBuffer>), this.#classes);
    const [weights, momenta, buffers, loss] = this.#step(
      this.#weights,
      this.#momenta,
      this.#buffers,
      array(images),
      target,
      np.array(lr),
    );
    [this.#weights, this.#momenta, this.#buffers] = [weights, momenta, buffers];
    const [value] = await loss.data();
    await blockUntilReady(weights);
    return value;
  }
}

function arrays(tensors: Tensors): Arrays {
  return Object.fromEntries(Object.entries(tensors).map(([name, value]) => [name, array(value)]));
}

function array({ data, dims }: Tensor): np.Array {
  return np.array(data as Float32Array<ArrayBuffer>, { shape: [...dims] });
}
