/** Normalisations within one sample: layer (Ba et al. 2016), instance (Ulyanov et al. 2016) and by Lp norm. */
import { sizeOf } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, type Dim, float, int, type Shape } from "../../graph/graph.ts";
import { abs, add, div, mul, neg, reduceSum, sign, sqrt, sub, unsqueeze } from "../emit.ts";
import { allAxes, normalizeAxis } from "./_axes.ts";
import { broadcastData, broadcastShapes, expandLike, unbroadcast } from "./_broadcast.ts";
import { checkCount, floatAttr, intAttr, misfit, required, sharedType, show } from "./_check.ts";
import { checkLength } from "./_dims.ts";
import { mapLines } from "./_lines.ts";
import { moments, standardise, type Standardised, standardiseGradient } from "./_moments.ts";
import { numbers } from "./_numbers.ts";
import { groupSize } from "./_reduce.ts";

/** The axes from `axis` to the last, over which a layer is normalised. */
function layerAxes(attrs: Attrs, rank: number): readonly number[] {
  return allAxes(rank).slice(normalizeAxis("LayerNormalization", intAttr(attrs, "axis", -1), rank));
}

const inferLayer: OpRule["infer"] = (inputs, attrs, _constants, outputs) => {
  checkCount("LayerNormalization", inputs, 2, 3);
  const { shape } = required("LayerNormalization", inputs, 0);
  const axes = layerAxes(attrs, shape.length);
  for (const input of [required("LayerNormalization", inputs, 1), inputs[2]]) {
    if (input) checkLayerShape(input.shape, axes.map((axis) => shape[axis]));
  }
  const type = sharedType("LayerNormalization", inputs, "float");
  const reduced = { type, shape: shape.map((dim, axis): Dim => (axes.includes(axis) ? 1 : dim)) };
  return [{ type, shape }, reduced, reduced].slice(0, Math.max(1, outputs));
};

function checkLayerShape(shape: Shape, layer: Shape): void {
  const joint = broadcastShapes("LayerNormalization", [shape, layer]);
  if (show(joint) !== show(layer)) {
    misfit(
      "LayerNormalization",
      `scale or bias ${show(shape)} does not broadcast to the normalised axes ${show(layer)}`,
    );
  }
}

const computeLayer: OpRule["compute"] = (inputs, attrs, outputs) => {
  const [x, scale] = [required("LayerNormalization", inputs, 0), required("LayerNormalization", inputs, 1)];
  const axes = layerAxes(attrs, x.dims.length);
  const layer = axes.map((axis) => x.dims[axis]);
  const size = sizeOf(layer);
  const factor = broadcastData(scale, layer);
  const bias = inputs[2] ? broadcastData(inputs[2], layer) : new Float64Array(size);
  const { mean, variance } = moments(x.data, x.data.length / size, (i) => Math.floor(i / size));
  const epsilon = floatAttr(attrs, "epsilon", 1e-5);
  const inverse = variance.map((value) => 1 / Math.sqrt(value + epsilon));
  const y = x.data.map((value, i) => {
    const group = Math.floor(i / size);
    return (value - mean[group]) * inverse[group] * factor[i % size] + bias[i % size];
  });
  const reduced = x.dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const all = [numbers(x.type, x.dims, y), numbers(x.type, reduced, mean), numbers(x.type, reduced, inverse)];
  return all.slice(0, outputs);
};

function layerGradient(tape: Tape, dys: readonly (Value | null)[]): readonly (Value | null)[] {
  const [x, scale] = [required("LayerNormalization", tape.inputs, 0), required("LayerNormalization", tape.inputs, 1)];
  const axes = layerAxes(tape.attrs, x.shape.length);
  const form = standardise(x, axes, floatAttr(tape.attrs, "epsilon", 1e-5));
  const dy = dys[0];
  const parts = tape.wanted(0) ? momentGradients(x, form, axes, dys) : [];
  if (dy && tape.wanted(0)) parts.push(standardiseGradient(mul(dy, scale), form, axes));
  const bias = tape.inputs[2];
  return [
    parts.length > 0 ? parts.reduce((a, b) => add(a, b)) : null,
    dy && tape.wanted(1) ? unbroadcast(mul(dy, form.hat), scale.shape) : null,
    dy && bias && tape.wanted(2) ? unbroadcast(dy, bias.shape) : null,
  ];
}

/** What the gradients of the outputs mean and inverse deviation add to that of x. */
function momentGradients(
  x: Value,
  form: Standardised,
  axes: readonly number[],
  [, dmean, dinverse]: readonly (Value | null)[],
): Value[] {
  const share = (d: Value): Value => div(d, groupSize(x, d, axes));
  const parts: Value[] = [];
  if (dmean) parts.push(expandLike(share(dmean), x));
  if (dinverse) parts.push(neg(mul(form.hat, mul(share(dinverse), mul(form.inverse, form.inverse)))));
  return parts;
}

const inferInstance: OpRule["infer"] = (inputs) => {
  checkCount("InstanceNormalization", inputs, 3, 3);
  const { shape } = required("InstanceNormalization", inputs, 0);
  if (shape.length < 3) misfit("InstanceNormalization", `input 0 is ${show(shape)}, at least [N, C, length] is needed`);
  for (const i of [1, 2]) {
    const vector = required("InstanceNormalization", inputs, i).shape;
    if (vector.length !== 1) misfit("InstanceNormalization", `input ${i} is ${show(vector)}, it must be [${shape[1]}]`);
    checkLength("InstanceNormalization", `the length of input ${i}`, vector[0], shape[1]);
  }
  return [{ type: sharedType("InstanceNormalization", inputs, "float"), shape }];
};

const computeInstance: OpRule["compute"] = (inputs, attrs) => {
  const [x, scale, bias] = [0, 1, 2].map((i) => required("InstanceNormalization", inputs, i));
  const size = sizeOf(x.dims.slice(2));
  const channels = x.dims[1];
  const { mean, variance } = moments(x.data, x.data.length / size, (i) => Math.floor(i / size));
  const epsilon = floatAttr(attrs, "epsilon", 1e-5);
  const y = x.data.map((value, i) => {
    const group = Math.floor(i / size);
    const channel = group % channels;
    return (value - mean[group]) / Math.sqrt(variance[group] + epsilon) * scale.data[channel] + bias.data[channel];
  });
  return [numbers(x.type, x.dims, y)];
};

function instanceGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [x, scale] = [0, 1].map((i) => required("InstanceNormalization", tape.inputs, i));
  if (!dy) return [null, null, null];
  const inner = allAxes(x.shape.length).slice(2);
  const others = [0, ...inner];
  const form = standardise(x, inner, floatAttr(tape.attrs, "epsilon", 1e-5));
  const factor = unsqueeze(scale, inner.map((axis) => axis - 1));
  return [
    tape.wanted(0) ? standardiseGradient(mul(dy, factor), form, inner) : null,
    tape.wanted(1) ? reduceSum(mul(dy, form.hat), others) : null,
    tape.wanted(2) ? reduceSum(dy, others) : null,
  ];
}

/** The axis and the order p, 1 or 2, of LpNormalization. */
function normOf(attrs: Attrs, rank: number): { readonly axis: number; readonly p: number } {
  const p = intAttr(attrs, "p", 2);
  if (p !== 1 && p !== 2) misfit("LpNormalization", `p is ${p}, 1 or 2 would be right`);
  return { axis: normalizeAxis("LpNormalization", intAttr(attrs, "axis", -1), rank), p };
}

const inferNorm: OpRule["infer"] = (inputs, attrs) => {
  checkCount("LpNormalization", inputs, 1, 1);
  const { shape } = required("LpNormalization", inputs, 0);
  normOf(attrs, shape.length);
  return [{ type: sharedType("LpNormalization", inputs, "float"), shape }];
};

const computeNorm: OpRule["compute"] = ([input], attrs) => {
  const x = required("LpNormalization", [input], 0);
  const { axis, p } = normOf(attrs, x.dims.length);
  return [mapLines(x, axis, (line) => {
    const norm = line.reduce((sum, value) => sum + Math.abs(value) ** p, 0) ** (1 / p);
    return norm === 0 ? line.map(() => 0) : line.map((value) => value / norm);
  })];
};

function normGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const x = required("LpNormalization", tape.inputs, 0);
  if (!dy) return [null];
  const { axis, p } = normOf(tape.attrs, x.shape.length);
  const y = tape.outputs[0];
  const along = reduceSum(mul(dy, y), [axis], true);
  const norm = p === 1 ? reduceSum(abs(x), [axis], true) : sqrt(reduceSum(mul(x, x), [axis], true));
  return [div(sub(dy, mul(p === 1 ? sign(x) : y, along)), norm)];
}

const layerSamples: readonly Sample[] = [
  { shapes: [[3, 5], [5], [5]] },
  { shapes: [[2, 3, 4], [4]], attrs: { axis: int(-1), epsilon: float(0.1) } },
  { shapes: [[2, 3, 4], [3, 4], [4]], attrs: { axis: int(1) }, outputs: 3 },
  { shapes: [[2, 3, 4], [3, 1], [3, 4]], attrs: { axis: int(-2) }, outputs: 2 },
];

const instanceSamples: readonly Sample[] = [
  { shapes: [[2, 3, 4, 3], [3], [3]] },
  { shapes: [[2, 2, 5], [2], [2]], attrs: { epsilon: float(0.1) } },
];

const normSamples: readonly Sample[] = [
  { shapes: [[3, 4]] },
  { shapes: [[2, 3, 4]], attrs: { axis: int(1), p: int(2) } },
  { shapes: [[2, 3, 2]], attrs: { axis: int(0), p: int(1) }, range: [0.3, 2] },
];

export const normalization: readonly OpRule[] = [
  { type: "LayerNormalization", infer: inferLayer, compute: computeLayer, vjp: layerGradient, samples: layerSamples },
  {
    type: "InstanceNormalization",
    infer: inferInstance,
    compute: computeInstance,
    vjp: instanceGradient,
    samples: instanceSamples,
  },
  { type: "LpNormalization", infer: inferNorm, compute: computeNorm, vjp: normGradient, samples: normSamples },
];
