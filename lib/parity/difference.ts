/** How far a value of a provider is from what the judge has. */
import { type DType, isFloat } from "../base/tensor.ts";
import type { Numbers } from "../contracts/op.ts";
import type { NumbersByName } from "../ops/evaluate.ts";

/** Half precision rounds to 11 bits and adds up in them: closer than this it cannot come. */
const OF_HALF = 2 ** -7;

/** One value held against another. */
export interface Difference {
  /** Whether some element is further away than allowed. */
  readonly differs: boolean;
  /** Elements that are, of how many. */
  readonly elements: number;
  readonly of: number;
  /** Largest |got - wanted|; Infinity where one is not finite and the other is another, or where shapes differ. */
  readonly absolute: number;
  /** Largest |got - wanted| / (|wanted| + mean |wanted|). */
  readonly relative: number;
  /** The element with the largest relative error, then the first ones that are too far away. */
  readonly samples: readonly Sample[];
}

/** One element: its index along each axis, and both values. */
export interface Sample {
  readonly at: readonly number[];
  readonly got: number;
  readonly wanted: number;
}

/** Elements that are shown beside the worst one. */
const SHOWN = 3;

/**
 * Elements may be apart by `tolerance` (relative) times their own size plus the mean size of the tensor's elements, and by `noise`
 * (absolute) beyond that. The mean stands in where elements are sums that cancel: their own size says nothing of what rounding did.
 * Integers and bools must be equal.
 */
export function differenceOf(got: Numbers, wanted: Numbers, tolerance: number, noise = 0): Difference {
  if (got.type !== wanted.type || got.dims.join() !== wanted.dims.join()) return misfit(wanted);
  const scale = meanSize(wanted.data);
  const allowed = toleranceOf(wanted.type, tolerance);
  const floor = isFloat(wanted.type) ? noise : 0;
  let [elements, absolute, relative, worst] = [0, 0, 0, 0];
  const shown: number[] = [];
  for (let i = 0; i < wanted.data.length; i++) {
    const error = distance(got.data[i], wanted.data[i]);
    if (error === 0) continue;
    const size = Math.abs(wanted.data[i]) + scale;
    if (error === Infinity || error > allowed * size + floor) {
      elements++;
      if (shown.length < SHOWN) shown.push(i);
    }
    absolute = Math.max(absolute, error);
    const share = error === Infinity ? Infinity : error / size;
    if (share > relative) [relative, worst] = [share, i];
  }
  const places = relative === 0 ? [] : [...new Set([worst, ...shown])];
  const samples = places.map((i) => ({ at: placeOf(i, wanted.dims), got: got.data[i], wanted: wanted.data[i] }));
  return { differs: elements > 0, elements, of: wanted.data.length, absolute, relative, samples };
}

/** Another type or shape: nothing of it can be right. */
function misfit(wanted: Numbers): Difference {
  const of = wanted.data.length;
  return { differs: true, elements: of, of, absolute: Infinity, relative: Infinity, samples: [] };
}

function toleranceOf(type: DType, tolerance: number): number {
  if (type === "float16") return Math.max(tolerance, OF_HALF);
  return isFloat(type) ? tolerance : 0;
}

function distance(a: number, b: number): number {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  const apart = Math.abs(a - b);
  return Number.isFinite(apart) ? apart : Infinity;
}

/** Over the finite elements. */
function meanSize(data: Float64Array): number {
  let [sum, count] = [0, 0];
  for (const value of data) {
    if (!Number.isFinite(value)) continue;
    sum += Math.abs(value);
    count++;
  }
  return count === 0 ? 0 : sum / count;
}

function placeOf(index: number, dims: readonly number[]): readonly number[] {
  const place = new Array<number>(dims.length);
  let rest = index;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    place[axis] = rest % dims[axis];
    rest = Math.floor(rest / dims[axis]);
  }
  return place;
}

/** Length of the difference of two values as vectors; Infinity where it is not a number. */
export function apart(a: Numbers, b: Numbers): number {
  if (a.data.length !== b.data.length) return Infinity;
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) {
    const error = distance(a.data[i], b.data[i]);
    sum += error * error;
  }
  return Math.sqrt(sum);
}

/** Length of a value as a vector. */
export function lengthOf(a: Numbers): number {
  return Math.sqrt(a.data.reduce((sum, value) => sum + value * value, 0));
}

/** What passes. */
export interface Allowance {
  /** Relative. */
  readonly tolerance: number;
  /** Absolute, by name of the value; default 0. */
  readonly noise?: ReadonlyMap<string, number>;
}

/** The one of several values that differs most, one that differs at all before one that does not. */
export function largestDifference(
  names: readonly string[],
  got: NumbersByName,
  wanted: NumbersByName,
  { tolerance, noise }: Allowance,
): { readonly name: string; readonly difference: Difference } | undefined {
  const all = names.map((name) => {
    return { name, difference: differenceOf(got[name], wanted[name], tolerance, noise?.get(name)) };
  });
  const rank = ({ differs, relative }: Difference): number => (differs ? Infinity : relative);
  return all.toSorted((a, b) => {
    const [one, other] = [rank(a.difference), rank(b.difference)];
    return one === other ? b.difference.relative - a.difference.relative : other - one;
  })[0];
}
