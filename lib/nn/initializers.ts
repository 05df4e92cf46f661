/** How parameters start. Every initializer is a function of shape and key alone, so that a seed fixes all weights. */
import { random } from "../base/random.ts";
import { sizeOf } from "../base/tensor.ts";
import type { Initializer } from "../contracts/model.ts";

/** Every element is `value`. */
export function constant(value: number): Initializer {
  return { name: `constant(${value})`, fill: (shape) => new Float32Array(sizeOf(shape)).fill(value) };
}

export const zeros: Initializer = constant(0);
export const ones: Initializer = constant(1);

/** The given numbers, row-major. @throws RangeError where they do not fill the shape. */
export function values(name: string, numbers: ArrayLike<number>): Initializer {
  const fill = (shape: readonly number[]): Float32Array => {
    if (sizeOf(shape) === numbers.length) return Float32Array.from(numbers);
    throw new RangeError(`Cannot fill [${shape}] from "${name}": it holds ${numbers.length} numbers`);
  };
  return { name, fill };
}

/** Uniform in [-bound, bound). */
export function uniform(bound: number): Initializer {
  return drawn(`uniform(${bound})`, () => (stream) => stream.between(-bound, bound));
}

/** Normal around 0 with the standard deviation `std`. */
export function normal(std: number): Initializer {
  return drawn(`normal(${std})`, () => (stream) => std * stream.normal());
}

/** Uniform in ±1/sqrt(fan in): what PyTorch gives the weight of a linear layer. */
export const fanInUniform: Initializer = drawn("fan_in_uniform", (shape) => {
  const bound = 1 / Math.sqrt(fanIn(shape));
  return (stream) => stream.between(-bound, bound);
});

/** Normal with variance 2/(fan out), for layers before a ReLU (He, Zhang, Ren, Sun 2015), as torchvision's ResNets start. */
export const heNormal: Initializer = drawn("he_normal", (shape) => {
  const std = Math.sqrt(2 / (shape[0] * kernelSize(shape)));
  return (stream) => std * stream.normal();
});

type Draw = (stream: ReturnType<typeof random>) => number;

function drawn(name: string, drawFor: (shape: readonly number[]) => Draw): Initializer {
  const fill = (shape: readonly number[], key: readonly (number | string)[]): Float32Array => {
    const stream = random(...key);
    const draw = drawFor(shape);
    return Float32Array.from({ length: sizeOf(shape) }, () => draw(stream));
  };
  return { name, fill };
}

/** Inputs that one output of a weight [out, in/groups, …kernel] sees. */
function fanIn(shape: readonly number[]): number {
  return shape[1] * kernelSize(shape);
}

function kernelSize(shape: readonly number[]): number {
  return sizeOf(shape.slice(2));
}
