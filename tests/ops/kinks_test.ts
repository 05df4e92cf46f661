/** Gradients at kinks, bounds and ties are those of PyTorch (fixtures/ops/kinks.json). */
import assert from "node:assert/strict";
import { tensor } from "../../lib/base/tensor.ts";
import type { Value } from "../../lib/contracts/op.ts";
import { float } from "../../lib/graph/graph.ts";
import { differentiate } from "../../lib/autodiff/differentiate.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import {
  abs,
  clip,
  hardSigmoid,
  int64s,
  max,
  min,
  pow,
  prelu,
  reduceMax,
  reduceSum,
  relu,
  slice,
} from "../../lib/ops/emit.ts";
import { evaluate } from "../../lib/ops/evaluate.ts";

interface Kink {
  readonly name: string;
  readonly inputs: readonly (readonly number[])[];
  readonly gradients: readonly (readonly number[])[];
}

const golden = new URL("../../fixtures/ops/kinks.json", import.meta.url);
const kinks: readonly Kink[] = JSON.parse(Deno.readTextFileSync(golden)).kinks;

const emitted = (op: string, x: Value): Value => x.builder.emit(op, [x])[0];
const reduced = (op: string) => (x: Value): Value => x.builder.emit(op, [x, int64s(x, [0])])[0];

const functions: Readonly<Record<string, (x: Value, other: Value) => Value>> = {
  Relu: relu,
  Abs: abs,
  LeakyRelu: (x) => x.builder.emit("LeakyRelu", [x], { alpha: float(0.01) })[0],
  PRelu: (x, slope) => prelu(x, slice(slope, [0], [1], [0])),
  Max: max,
  Min: min,
  Clip: (x) => clip(x, 0, 2),
  ReduceMax: (x) => reduceMax(x, [0]),
  ReduceMin: reduced("ReduceMin"),
  ReduceL1: reduced("ReduceL1"),
  ReduceL2: reduced("ReduceL2"),
  ReduceProd: reduced("ReduceProd"),
  "ReduceProd, two zeros": reduced("ReduceProd"),
  Pow: (x) => pow(x, 3),
  HardSigmoid: (x) => hardSigmoid(x, 1 / 6, 0.5),
  Softsign: (x) => emitted("Softsign", x),
};

for (const { name, inputs, gradients } of kinks) {
  Deno.test(`gradient at kinks of ${name}`, () => {
    const builder = createBuilder();
    const values = inputs.map((data, i) => builder.input(`x${i}`, "float64", [data.length]));
    builder.output("loss", reduceSum(functions[name](values[0], values[1]), null));
    const wrt = inputs.map((_, i) => `x${i}`);
    const graph = differentiate(builder.finish(), { loss: "loss", wrt });
    const feeds = Object.fromEntries(inputs.map((data, i) => [`x${i}`, tensor("float64", [data.length], data)]));
    const made = evaluate(graph, feeds);
    gradients.forEach((wanted, i) => {
      const found = Array.from(made[`grad/x${i}`].data, Number);
      const off = found.map((x, k) => Math.abs(x - wanted[k]));
      assert.ok(Math.max(...off) < 1e-7, `input ${i}: [${found}], expected [${wanted}]`);
    });
  });
}
