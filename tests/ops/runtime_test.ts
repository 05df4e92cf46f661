/**
 * Every operator and every gradient rule as ONNX Runtime sees it: on each sample the graph of a node and its gradients must be
 * accepted as a file and give the numbers of the float64 interpreter.
 */
import assert from "node:assert/strict";
import { pullback } from "../../lib/autodiff/gradients.ts";
import { random } from "../../lib/base/random.ts";
import { type DType, isFloat, sizeOf, type Tensor, tensor, type Tensors, toNumbers } from "../../lib/base/tensor.ts";
import type { OpRule, Sample, Value } from "../../lib/contracts/op.ts";
import { encodeModel } from "../../lib/graph/encode.ts";
import { type Graph, staticShape } from "../../lib/graph/graph.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";
import { rules } from "../../lib/ops/rules/mod.ts";
import { cpu } from "../../runners/providers/cpu.ts";

/** Accepted error of float32, in parts of the largest element. */
const RELATIVE = 2e-5;

interface Trial {
  readonly graph: Graph;
  readonly feeds: Tensors;
}

/** The rule's node on random inputs, with a gradient for every input that has one. */
function trialOf(rule: OpRule, sample: Sample): Trial {
  const stream = random("runtime", rule.type);
  const builder = createBuilder();
  const feeds: Record<string, Tensor> = {};
  const feed = (name: string, type: DType, dims: readonly number[], range: readonly [number, number]): Value => {
    feeds[name] = tensor(type, dims, Array.from({ length: sizeOf(dims) }, () => stream.between(...range)));
    return builder.input(name, type, dims);
  };
  const inputs = sample.shapes.map((dims, i) => {
    const fixed = sample.fixed?.[i];
    if (fixed !== undefined) return builder.constant(fixed, `fixed ${i}`);
    return dims === null ? null : feed(`input ${i}`, "float32", dims, sample.range ?? [-2, 2]);
  });
  const outputs = builder.emit(rule.type, inputs, sample.attrs, { domain: rule.domain, outputs: sample.outputs });
  outputs.forEach((output, i) => builder.output(`output ${i}`, output));
  const moving = inputs.filter((input) => input !== null && feeds[input.name] !== undefined) as Value[];
  const watched = outputs.filter((output) => isFloat(output.type));
  if (rule.vjp !== null && moving.length > 0 && watched.length > 0) {
    const seeds = watched.map((output, i) => {
      const dims = staticShape(output.shape, output.name);
      return [output, feed(`cotangent ${i}`, output.type, dims, [-1, 1])] as const;
    });
    pullback(new Map(seeds), moving).forEach((gradient, i) => {
      if (gradient !== null) builder.output(`gradient of ${moving[i].name}`, gradient);
    });
  }
  return { graph: builder.finish(), feeds };
}

function difference(actual: Tensor, expected: Tensor): number {
  assert.deepEqual(actual.dims, expected.dims);
  const [got, wanted] = [toNumbers(actual), toNumbers(expected)];
  const scale = wanted.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 1);
  return wanted.reduce((most, x, i) => (Object.is(x, got[i]) ? most : Math.max(most, Math.abs(x - got[i]) / scale)), 0);
}

const missing = await cpu().unavailable();
if (missing !== undefined) console.log(`operators are not run on ONNX Runtime: ${missing}`);

for (const rule of missing === undefined ? rules : []) {
  Deno.test(`${rule.type} on ONNX Runtime`, async () => {
    for (const [i, sample] of rule.samples.entries()) {
      const { graph, feeds } = trialOf(rule, sample);
      await using session = await cpu().open(encodeModel(graph));
      const results = await session.run(feeds);
      for (const [name, expected] of Object.entries(evaluate(graph, feeds))) {
        const off = difference(results[name], expected);
        assert.ok(off <= RELATIVE, `sample ${i}: ${name} is off by ${off} of its largest element`);
      }
    }
  });
}
