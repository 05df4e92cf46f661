/** Activations made of pieces that are zero, linear, exponential or flat; most of their gradients are masks. */
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, float } from "../../graph/graph.ts";
import { abs, add, clip, constantLike, greater, less, mul, sub, where } from "../emit.ts";
import { broadcastShapes } from "./_broadcast.ts";
import { type Accepts, floatAttr, misfit, required, show } from "./_check.ts";
import { elementwise, type Gradient, operand } from "./_elementwise.ts";
import { step } from "./_masks.ts";

type Kernel = (x: number) => number;

/** dy times this is the gradient. */
type Slope = (x: Value, y: Value, attrs: Attrs) => Value;

const positive: Sample = { shapes: [[2, 3]], range: [0.1, 2] };
const negative: Sample = { shapes: [[2, 3]], range: [-2, -0.1] };

/** Samples on both sides of the kink at 0, with the default attributes and with others. */
function bothSides(attrs?: Attrs): readonly Sample[] {
  const samples = [positive, negative];
  return attrs === undefined ? samples : [...samples, ...samples.map((sample) => ({ ...sample, attrs }))];
}

function activationOf(
  type: string,
  kernel: (attrs: Attrs) => Kernel,
  slope: Slope,
  samples: readonly Sample[],
  accepts: Accepts = "float",
): OpRule {
  const gradient = (dy: Value, tape: Tape): Value => mul(dy, slope(operand(tape), tape.outputs[0], tape.attrs));
  return elementwise(type, { accepts, arity: 1, kernel, gradients: [gradient], samples });
}

/** 1 where x > 0, else `low`. */
function leak(x: Value, low: Value | number): Value {
  return where(greater(x, 0), constantLike(x, 1), low);
}

const leakyAlpha = (attrs: Attrs): number => floatAttr(attrs, "alpha", 0.01);
const eluAlpha = (attrs: Attrs): number => floatAttr(attrs, "alpha", 1);
const hardAlpha = (attrs: Attrs): number => floatAttr(attrs, "alpha", 0.2);
const hardBeta = (attrs: Attrs): number => floatAttr(attrs, "beta", 0.5);
const threshold = (attrs: Attrs): number => floatAttr(attrs, "alpha", 1);
/** The constants of self-normalizing networks (Klambauer et al. 2017), as ONNX states them. */
const seluAlpha = (attrs: Attrs): number => floatAttr(attrs, "alpha", 1.67326319217681884765625);
const seluGamma = (attrs: Attrs): number => floatAttr(attrs, "gamma", 1.05070102214813232421875);

const unitClamp = (x: number): number => Math.min(1, Math.max(0, x));

const inInput: Gradient = (dy, tape) => mul(dy, leak(operand(tape, 0), operand(tape, 1)));
const inSlope: Gradient = (dy, tape) => mul(dy, clip(operand(tape, 0), null, 0));

const prelu: OpRule = elementwise("PRelu", {
  accepts: "float",
  arity: 2,
  kernel: () => (x, slope) => (x < 0 ? slope * x : x),
  gradients: [inInput, inSlope],
  samples: [
    { shapes: [[2, 3, 2], [3, 1]], range: [0.1, 2] },
    { shapes: [[2, 3, 2], [3, 1]], range: [-2, -0.1] },
    { shapes: [[2, 3], []], range: [-2, -0.1] },
  ],
});

/** PRelu's slope broadcasts to the input, not the input to the slope. */
const preluOneWay: OpRule = {
  ...prelu,
  infer(inputs, attrs, constants, outputs) {
    const [x, slope] = [required("PRelu", inputs, 0), required("PRelu", inputs, 1)];
    const shape = broadcastShapes("PRelu", [x.shape, slope.shape]);
    if (show(shape) !== show(x.shape)) misfit("PRelu", `slope ${show(slope.shape)} does not fit in ${show(x.shape)}`);
    return prelu.infer(inputs, attrs, constants, outputs);
  },
};

export const activation: readonly OpRule[] = [
  activationOf("Relu", () => (x) => Math.max(x, 0), (_, y) => step(y), bothSides(), "number"),
  preluOneWay,
  activationOf(
    "LeakyRelu",
    (attrs) => {
      const alpha = leakyAlpha(attrs);
      return (x) => (x < 0 ? alpha * x : x);
    },
    (x, _, attrs) => leak(x, leakyAlpha(attrs)),
    bothSides({ alpha: float(0.2) }),
  ),
  activationOf(
    "ThresholdedRelu",
    (attrs) => {
      const alpha = threshold(attrs);
      return (x) => (x > alpha ? x : 0);
    },
    (x, _, attrs) => step(sub(x, threshold(attrs))),
    [
      { shapes: [[2, 3]], range: [1.1, 2] },
      { shapes: [[2, 3]], range: [0.1, 0.9] },
      { shapes: [[2, 3]], range: [0.6, 2], attrs: { alpha: float(0.5) } },
    ],
  ),
  activationOf(
    "Elu",
    (attrs) => {
      const alpha = eluAlpha(attrs);
      return (x) => (x > 0 ? x : alpha * Math.expm1(x));
    },
    (x, y, attrs) => leak(x, add(y, eluAlpha(attrs))),
    bothSides({ alpha: float(0.7) }),
  ),
  activationOf(
    "Selu",
    (attrs) => {
      const [alpha, gamma] = [seluAlpha(attrs), seluGamma(attrs)];
      return (x) => gamma * (x > 0 ? x : alpha * Math.expm1(x));
    },
    (x, y, attrs) => where(greater(x, 0), seluGamma(attrs), add(y, seluAlpha(attrs) * seluGamma(attrs))),
    bothSides({ alpha: float(1.2), gamma: float(0.8) }),
  ),
  activationOf(
    "HardSigmoid",
    (attrs) => {
      const [alpha, beta] = [hardAlpha(attrs), hardBeta(attrs)];
      return (x) => unitClamp(alpha * x + beta);
    },
    (_, y, attrs) => mul(step(sub(y, mul(y, y))), hardAlpha(attrs)),
    [
      { shapes: [[2, 3]] },
      { shapes: [[2, 3]], range: [3, 4] },
      { shapes: [[2, 3]], range: [-0.9, 0.6], attrs: { alpha: float(0.5), beta: float(0.6) } },
    ],
  ),
  activationOf(
    "HardSwish",
    () => (x) => x * unitClamp(x / 6 + 0.5),
    (x) => where(less(abs(x), 3), add(mul(x, 1 / 3), 0.5), step(x)),
    [{ shapes: [[2, 3]] }, { shapes: [[2, 3]], range: [3.1, 4] }, { shapes: [[2, 3]], range: [-4, -3.1] }],
  ),
];
