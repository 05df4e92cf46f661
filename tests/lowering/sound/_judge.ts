/** Judges graphs on webgpu against the float64 reference. */
import assert from "node:assert/strict";
import { random } from "../../../lib/base/random.ts";
import { isFloat, sizeOf, tensor, type Tensors, toNumbers } from "../../../lib/base/tensor.ts";
import { encodeModel } from "../../../lib/graph/encode.ts";
import { type Graph, staticShape } from "../../../lib/graph/graph.ts";
import { makeSound } from "../../../lib/lowering/sound/mod.ts";
import { evaluate } from "../../../lib/ops/evaluate.ts";
import { createProvider } from "../../../runners/providers/mod.ts";
import { testUnless } from "../../_present.ts";
import { halfMissing } from "../../runners/providers/_available.ts";

const webgpu = createProvider("webgpu");
const missing = await webgpu.unavailable();
const noHalf = await halfMissing(webgpu);

/** Accepted error of float32, in parts of the largest element. */
const TOLERANCE = 1e-4;

/** Registers a test that runs where there is a GPU adapter, if only one in software. @param half it needs float16. */
export function testOnWebgpu(name: string, fn: () => Promise<void>, half = false): void {
  testUnless(half ? noHalf : missing, `${name} on webgpu`, fn);
}

/** Normal numbers for inputs of floats, 0, 1 and 2 for the others. */
export function feedsOf(graph: Graph): Tensors {
  return Object.fromEntries(graph.inputs.map(({ name, type, shape }) => {
    const dims = staticShape(shape ?? [], name);
    const stream = random("sound", name);
    const draw = (): number => (isFloat(type) ? stream.normal() : Math.floor(3 * stream.uniform()));
    return [name, tensor(type, dims, Array.from({ length: sizeOf(dims) }, draw))];
  }));
}

/** The rewritten graph is another one that means the same. */
export function assertRepaired(graph: Graph): void {
  const sound = makeSound(graph);
  assert.notEqual(sound, graph);
  assert.deepEqual(sound.inputs, graph.inputs);
  assert.deepEqual(sound.outputs, graph.outputs);
  assert.equal(makeSound(sound), sound);
  const feeds = feedsOf(graph);
  assertClose(evaluate(sound, feeds), evaluate(graph, feeds), 1e-6);
}

export async function assertRightOnWebgpu(graph: Graph, feeds = feedsOf(graph)): Promise<void> {
  await using session = await webgpu.open(encodeModel(graph));
  assertClose(await session.run(feeds), evaluate(graph, feeds), TOLERANCE);
}

function assertClose(got: Tensors, wanted: Tensors, tolerance: number): void {
  assert.deepEqual(Object.keys(got), Object.keys(wanted));
  for (const [name, value] of Object.entries(wanted)) {
    assert.deepEqual(got[name].dims, value.dims);
    const [a, b] = [toNumbers(got[name]), toNumbers(value)];
    const largest = b.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-6);
    const apart = b.reduce((most, x, i) => Math.max(most, Object.is(x, a[i]) ? 0 : Math.abs(x - a[i])), 0);
    assert.ok(apart <= tolerance * largest, `${name} is ${apart} apart at a size of ${largest}`);
  }
}

export { webgpu };
