/** What the tests of models share: build a graph, run it in float64, compare numbers, open judges' files. */
import assert from "node:assert/strict";
import type { DType, Tensors } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { decodeSafetensors } from "../../lib/graph/safetensors.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { evaluateNumbers, type NumbersByName } from "../../lib/ops/evaluate.ts";

/** Numbers with their shape. */
export interface Feed {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number>;
}

type Inputs = Readonly<Record<string, Value>>;
type Outputs = Readonly<Record<string, Value | undefined>>;

/**
 * The outputs that `build` makes of inputs of these shapes, run in float64. `type` is what the graph is written in; `late` feeds
 * inputs that `build` itself adds.
 */
export function run(
  feeds: Readonly<Record<string, Feed>>,
  build: (inputs: Inputs) => Outputs,
  type: DType = "float64",
  late: Readonly<Record<string, Feed>> = {},
): Numbers {
  const builder = createBuilder();
  const inputs = Object.entries(feeds).map(([name, { dims }]) => [name, builder.input(name, type, dims)]);
  for (const [name, value] of Object.entries(build(Object.fromEntries(inputs)))) {
    if (value !== undefined) builder.output(name, value);
  }
  const graph = builder.finish();
  return evaluateNumbers(graph, numbersOfFeeds({ ...feeds, ...late }, type));
}

export type Numbers = NumbersByName;

/** Feeds as the float64 interpreter takes them. */
export function numbersOfFeeds(feeds: Readonly<Record<string, Feed>>, type: DType = "float32"): NumbersByName {
  return Object.fromEntries(
    Object.entries(feeds).map(([name, { dims, data }]) => [name, { type, dims, data: Float64Array.from(data) }]),
  );
}

/** A feed of the given rows. */
export function rows(values: readonly (readonly number[])[]): Feed {
  return { dims: [values.length, values[0].length], data: values.flat() };
}

/** A feed of one axis. */
export function row(values: readonly number[]): Feed {
  return { dims: [values.length], data: values };
}

/** The largest difference, in parts of the largest expected magnitude, must be within `tolerance`. */
export function assertClose(
  actual: { readonly data: ArrayLike<number | bigint> },
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.data.length, expected.length, `${what}: number of elements`);
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]));
    const gap = Math.abs(Number(actual.data[i]) - expected[i]);
    difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap);
  }
  const share = difference / (largest || 1);
  assert.ok(share <= tolerance, `${what}: off by ${share} of the largest magnitude ${largest}, allowed ${tolerance}`);
}

const ROOT = new URL("../../", import.meta.url);

// deno-lint-ignore no-explicit-any
export function readGolden(name: string): any {
  return JSON.parse(Deno.readTextFileSync(new URL(`fixtures/golden/${name}.json`, ROOT)));
}

export function readGoldenTensors(name: string): Tensors {
  return decodeSafetensors(Deno.readFileSync(new URL(`fixtures/golden/${name}.safetensors`, ROOT))).weights;
}

const PARITY = new URL("../shared/data/parity/", ROOT);

// deno-lint-ignore no-explicit-any
export function readParity(name: string): any {
  return JSON.parse(Deno.readTextFileSync(new URL(`${name}.json`, PARITY)));
}

export function readParityTensors(name: string): Tensors {
  return decodeSafetensors(Deno.readFileSync(new URL(`${name}.safetensors`, PARITY))).weights;
}

/** A test that needs the reference numbers beside the project; where they are absent it says so and is skipped. */
export function parityTest(name: string, test: () => void): void {
  const ignore = !exists(PARITY);
  if (ignore) console.warn(`skipped "${name}": ../shared/data/parity is absent`);
  Deno.test({ name, ignore, fn: test });
}

function exists(url: URL): boolean {
  try {
    return Deno.statSync(url).isDirectory;
  } catch {
    return false;
  }
}
