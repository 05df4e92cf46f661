/**
 * Judges gradients in float64 by central differences along random directions (after `check_vjp` of HIPS/autograd): for random
 * cotangents u and directions v, u · (f(x + hv) - f(x - hv)) / 2h must equal the gradient's product with v.
 */
import { type Random, random } from "../base/random.ts";
import { sizeOf } from "../base/tensor.ts";
import type { Numbers } from "../contracts/op.ts";
import type { Graph } from "../graph/graph.ts";
import { evaluateNumbers, type NumbersByName } from "../ops/evaluate.ts";
import { numbersOf } from "../ops/numbers.ts";
import { differentiate, type Differentiation } from "./differentiate.ts";

/** A directional derivative that a gradient gets wrong. */
export interface Finding {
  /** Which values were moved, and which were watched. */
  readonly what: string;
  readonly byGradient: number;
  readonly byDifferences: number;
}

/** A function of named tensors at a point, with a gradient to judge. */
export interface Claim {
  readonly what: string;
  readonly point: NumbersByName;
  readonly value: (point: NumbersByName) => number;
  /** By the names of `point`; what is absent is claimed to be zero. */
  readonly gradient: NumbersByName;
}

/** Step of the differences: cuts off some 1e-10 of the third derivative, rounds some 1e-11 of the value. */
const STEP = 1e-5;
/** Accepted error in parts of the sum of |gradient · direction| over the elements. */
const RELATIVE = 1e-5;
/** Accepted error in parts of the value, for what rounding leaves. */
const ROUNDING = 1e-9;

/** The findings against a claim along one random direction, in which all tensors of the point move. */
export function examine(claim: Claim, stream: Random): readonly Finding[] {
  const names = Object.keys(claim.point);
  const direction = Object.fromEntries(names.map((name) => [name, noise(claim.point[name].dims, stream)]));
  const [ahead, behind] = [STEP, -STEP].map((step) => claim.value(moved(claim.point, direction, step)));
  const byDifferences = (ahead - behind) / (2 * STEP);
  const terms = names.flatMap((name) => products(claim.gradient[name], direction[name]));
  const byGradient = terms.reduce((sum, term) => sum + term, 0);
  const scale = terms.reduce((sum, term) => sum + Math.abs(term), 0);
  const accepted = RELATIVE * scale + ROUNDING * Math.max(1, Math.abs(ahead));
  const isRight = Math.abs(byGradient - byDifferences) <= accepted;
  return isRight ? [] : [{ what: claim.what, byGradient, byDifferences }];
}

/** Uniform float64 noise. */
export function noise(
  dims: readonly number[],
  stream: Random,
  [low, high]: readonly [number, number] = [-1, 1],
): Numbers {
  return { type: "float64", dims, data: Float64Array.from({ length: sizeOf(dims) }, () => stream.between(low, high)) };
}

function moved(point: NumbersByName, direction: NumbersByName, step: number): NumbersByName {
  const move = (name: string): Numbers => {
    const { type, dims, data } = point[name];
    return { type, dims, data: data.map((x, i) => x + step * direction[name].data[i]) };
  };
  return Object.fromEntries(Object.keys(point).map((name) => [name, move(name)]));
}

function products(gradient: Numbers | undefined, direction: Numbers): readonly number[] {
  return gradient === undefined ? [] : Array.from(gradient.data, (g, i) => g * direction.data[i]);
}

/**
 * What is wrong with the gradient that `differentiate` makes of a graph, at these feeds: along one direction for each of `wrt`
 * alone, and along one for all together. Empty where it is right.
 */
export function judgeGraph(graph: Graph, target: Differentiation, feeds: NumbersByName, seed = 1): readonly Finding[] {
  const stream = random("judge graph", seed);
  const differentiated = differentiate(graph, target);
  const results = evaluateNumbers(differentiated, feeds, target.wrt.map((name) => `grad/${name}`));
  const value = (point: NumbersByName): number =>
    evaluateNumbers(graph, { ...feeds, ...point }, [target.loss])[target.loss].data[0];
  const at = (name: string): Numbers => feeds[name] ?? numbersOf(graph.constants.get(name)!);
  const claim = (names: readonly string[]): Claim => ({
    what: `${target.loss} by ${names.join(", ")}`,
    point: Object.fromEntries(names.map((name) => [name, at(name)])),
    value,
    gradient: Object.fromEntries(names.map((name) => [name, results[`grad/${name}`]])),
  });
  return [...target.wrt.map((name) => [name]), target.wrt].flatMap((names) => examine(claim(names), stream));
}
