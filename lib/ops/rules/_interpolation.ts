/** Interpolation along one axis as a sparse matrix: which input elements each output element mixes. */
import { floatAttr, intAttr, misfit, stringAttr } from "./_check.ts";
import type { Attrs } from "../../graph/graph.ts";

/** One entry of the matrix. */
export interface Tap {
  readonly index: number;
  readonly weight: number;
}

/** Row `o` says what output element `o` is made of. */
export type Interpolation = readonly (readonly Tap[])[];

/** The position of output element `o` among `input` elements, by coordinate transformation mode. */
type Coordinate = (o: number, scale: number, input: number, output: number) => number;

const COORDINATES: Readonly<Record<string, Coordinate>> = {
  half_pixel: (o, scale) => (o + 0.5) / scale - 0.5,
  pytorch_half_pixel: (o, scale, _input, output) => (output > 1 ? (o + 0.5) / scale - 0.5 : 0),
  align_corners: (o, _scale, input, output) => (output > 1 ? o * (input - 1) / (output - 1) : 0),
  asymmetric: (o, scale) => o / scale,
};

const NEAREST: Readonly<Record<string, (x: number) => number>> = {
  round_prefer_floor: (x) => Math.ceil(x - 0.5),
  round_prefer_ceil: (x) => Math.floor(x + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

/** What a sampling position mixes, before positions outside are moved to the border. */
type Kernel = (x: number) => readonly Tap[];

function linear(x: number): readonly Tap[] {
  const left = Math.floor(x);
  return [{ index: left, weight: left + 1 - x }, { index: left + 1, weight: x - left }];
}

/** Keys 1981, with the free parameter `a`. */
function cubic(a: number): Kernel {
  const near = (d: number): number => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number): number => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return (x) => {
    const left = Math.floor(x);
    const d = x - left;
    const weights = [far(d + 1), near(d), near(1 - d), far(2 - d)];
    return weights.map((weight, i) => ({ index: left - 1 + i, weight }));
  };
}

function named<T>(what: string, table: Readonly<Record<string, T>>, name: string): T {
  return table[name] ?? misfit("Resize", `${what} is "${name}", ${Object.keys(table).join(", ")} would be right`);
}

function kernelOf(attrs: Attrs): Kernel {
  const rounded = named("nearest_mode", NEAREST, stringAttr(attrs, "nearest_mode", "round_prefer_floor"));
  const kernels: Readonly<Record<string, Kernel>> = {
    nearest: (x) => [{ index: rounded(x), weight: 1 }],
    linear,
    cubic: cubic(floatAttr(attrs, "cubic_coeff_a", -0.75)),
  };
  return named("mode", kernels, stringAttr(attrs, "mode", "nearest"));
}

/** How `input` elements become `output` ones under the attributes of a Resize node. */
export function interpolation(attrs: Attrs, input: number, output: number, scale: number): Interpolation {
  const name = stringAttr(attrs, "coordinate_transformation_mode", "half_pixel");
  const coordinate = named("coordinate_transformation_mode", COORDINATES, name);
  const kernel = kernelOf(attrs);
  const exclude = intAttr(attrs, "exclude_outside", 0) !== 0;
  return Array.from({ length: output }, (_, o) => {
    const taps = kernel(coordinate(o, scale, input, output));
    return exclude ? onlyInside(taps, input) : taps.map((tap) => ({ ...tap, index: nearestInside(tap.index, input) }));
  });
}

function nearestInside(index: number, length: number): number {
  return Math.min(Math.max(index, 0), length - 1);
}

/** Leaves out what lies outside and gives the rest the whole weight. */
function onlyInside(taps: readonly Tap[], length: number): readonly Tap[] {
  const inside = taps.filter(({ index }) => index >= 0 && index < length);
  const sum = inside.reduce((total, { weight }) => total + weight, 0);
  return inside.map(({ index, weight }) => ({ index, weight: weight / sum }));
}

/** The matrix [rows, length] in full. */
export function dense(rows: Interpolation, length: number): Float64Array {
  const matrix = new Float64Array(rows.length * length);
  rows.forEach((taps, row) => {
    for (const { index, weight } of taps) matrix[row * length + index] += weight;
  });
  return matrix;
}

/** How often each input element is repeated, where rows do nothing but repeat all of them in order; else undefined. */
export function repetition(rows: Interpolation, length: number): number | undefined {
  const times = rows.length / length;
  if (!Number.isInteger(times)) return undefined;
  const repeats = rows.every((taps, row) =>
    taps.every((tap) => tap.weight === 0 || tap.index === Math.floor(row / times))
  );
  return repeats ? times : undefined;
}
