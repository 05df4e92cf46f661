/** Batch normalisation (Ioffe, Szegedy 2015) with given or with batch statistics. */
import { sizeOf } from "../../base/tensor.ts";
import type { Numbers, OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, float, int, type Shape } from "../../graph/graph.ts";
import { add, div, mul, neg, reciprocal, reduceSum, sqrt, sub, unsqueeze } from "../emit.ts";
import { expandLike } from "./_broadcast.ts";
import { checkCount, floatAttr, intAttr, misfit, required, sharedType, show } from "./_check.ts";
import { channelSum } from "./_conv_gradient.ts";
import { checkLength } from "./_dims.ts";
import { type Moments, moments, standardise, standardiseGradient } from "./_moments.ts";
import { numbers } from "./_numbers.ts";
import { groupSize } from "./_reduce.ts";

const OP = "BatchNormalization";
const isTraining = (attrs: Attrs): boolean => intAttr(attrs, "training_mode", 0) !== 0;
const epsilonOf = (attrs: Attrs): number => floatAttr(attrs, "epsilon", 1e-5);

const infer: OpRule["infer"] = (inputs, attrs, _constants, outputs) => {
  checkCount(OP, inputs, 5, 5);
  const x = required(OP, inputs, 0);
  if (x.shape.length < 2) misfit(OP, `input 0 has shape ${show(x.shape)}, at least [N, C] is needed`);
  const channels = x.shape[1];
  for (let i = 1; i < 5; i++) checkVector(required(OP, inputs, i).shape, i, x.shape);
  const training = isTraining(attrs);
  if (outputs > (training ? 3 : 1)) misfit(OP, `it has ${outputs} outputs, training_mode 1 gives 3, else 1`);
  const type = sharedType(OP, inputs, "float");
  const running = { type, shape: [channels] };
  return training ? [{ type, shape: x.shape }, running, running] : [{ type, shape: x.shape }];
};

function checkVector(shape: Shape, i: number, x: Shape): void {
  if (shape.length !== 1) misfit(OP, `input ${i} has shape ${show(shape)}, it must be [${x[1]}]`);
  checkLength(OP, `the length of input ${i}`, shape[0], x[1]);
}

function compute(inputs: readonly (Numbers | null)[], attrs: Attrs, outputs: number): readonly Numbers[] {
  const [x, scale, bias, mean, variance] = [0, 1, 2, 3, 4].map((i) => required(OP, inputs, i));
  const channels = x.dims[1];
  const inner = sizeOf(x.dims.slice(2));
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;
  const given: Moments = { mean: mean.data, variance: variance.data };
  const used = isTraining(attrs) ? moments(x.data, channels, channelOf) : given;
  const epsilon = epsilonOf(attrs);
  const factor = scale.data.map((s, c) => s / Math.sqrt(used.variance[c] + epsilon));
  const y = new Float64Array(x.data.length);
  for (let i = 0; i < y.length; i++) {
    const c = channelOf(i);
    y[i] = (x.data[i] - used.mean[c]) * factor[c] + bias.data[c];
  }
  const keep = floatAttr(attrs, "momentum", 0.9);
  const blend = (old: Float64Array, now: Float64Array) => old.map((value, c) => keep * value + (1 - keep) * now[c]);
  const running = [blend(given.mean, used.mean), blend(given.variance, used.variance)];
  return [numbers(x.type, x.dims, y), ...running.map((data) => numbers(x.type, [channels], data))].slice(0, outputs);
}

/** A vector [C] as it broadcasts against x [N, C, …]. */
function perChannel(vector: Value, x: Value): Value {
  return x.shape.length === 2 ? vector : unsqueeze(vector, x.shape.slice(2).map((_, i) => i + 1));
}

function vjp(tape: Tape, dys: readonly (Value | null)[]): readonly (Value | null)[] {
  return isTraining(tape.attrs) ? trainingGradient(tape, dys) : inferenceGradient(tape, dys);
}

function inferenceGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [x, scale, , mean, variance] = [0, 1, 2, 3, 4].map((i) => required(OP, tape.inputs, i));
  if (!dy) return tape.inputs.map(() => null);
  const inverse = reciprocal(sqrt(add(variance, epsilonOf(tape.attrs))));
  const factor = mul(scale, inverse);
  const sum = tape.wanted(2) || tape.wanted(3) ? channelSum(dy) : null;
  const dscale = tape.wanted(1) || tape.wanted(4)
    ? mul(channelSum(mul(dy, sub(x, perChannel(mean, x)))), inverse)
    : null;
  return [
    tape.wanted(0) ? mul(dy, perChannel(factor, x)) : null,
    dscale,
    sum,
    sum && tape.wanted(3) ? neg(mul(sum, factor)) : null,
    dscale && tape.wanted(4) ? mul(mul(dscale, mul(factor, inverse)), -0.5) : null,
  ];
}

function trainingGradient(tape: Tape, dys: readonly (Value | null)[]): readonly (Value | null)[] {
  const [x, scale] = [required(OP, tape.inputs, 0), required(OP, tape.inputs, 1)];
  const [dy, dmean, dvariance] = dys;
  const keep = floatAttr(tape.attrs, "momentum", 0.9);
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]));
  const form = standardise(x, axes, epsilonOf(tape.attrs));
  const parts: Value[] = [];
  if (dy) parts.push(standardiseGradient(mul(dy, perChannel(scale, x)), form, axes));
  const share = (d: Value): Value => {
    const vector = perChannel(mul(d, 1 - keep), x);
    return div(vector, groupSize(x, scale, axes));
  };
  if (dmean) parts.push(expandLike(share(dmean), x));
  if (dvariance) parts.push(mul(mul(form.centred, 2), share(dvariance)));
  return [
    tape.wanted(0) && parts.length > 0 ? parts.reduce((a, b) => add(a, b)) : null,
    dy && tape.wanted(1) ? reduceSum(mul(dy, form.hat), axes) : null,
    dy && tape.wanted(2) ? channelSum(dy) : null,
    dmean && tape.wanted(3) ? mul(dmean, keep) : null,
    dvariance && tape.wanted(4) ? mul(dvariance, keep) : null,
  ];
}

const vectors = (channels: number): readonly (readonly number[])[] => [1, 2, 3, 4].map(() => [channels]);
const positive: readonly [number, number] = [0.5, 2];

const samples: readonly Sample[] = [
  { shapes: [[2, 3, 4, 3], ...vectors(3)], range: positive },
  { shapes: [[4, 3], ...vectors(3)], attrs: { epsilon: float(0.1) }, range: positive },
  { shapes: [[2, 2, 5], ...vectors(2)], range: positive },
  { shapes: [[3, 2, 3, 3], ...vectors(2)], attrs: { training_mode: int(1) }, outputs: 3 },
  {
    shapes: [[4, 3], ...vectors(3)],
    attrs: { training_mode: int(1), momentum: float(0.75), epsilon: float(0.01) },
    outputs: 3,
  },
  { shapes: [[2, 2, 4], ...vectors(2)], attrs: { training_mode: int(1) } },
];

export const batchNorm: readonly OpRule[] = [{ type: OP, infer, compute, vjp, samples }];
