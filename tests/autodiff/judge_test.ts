/** The judge of gradients, judged: it passes right rules and finds broken ones. */
import assert from "node:assert/strict";
import { judgeRule, judgeTypes } from "../../lib/autodiff/judge_rule.ts";
import { type Claim, examine, judgeGraph, noise } from "../../lib/autodiff/judge.ts";
import { random } from "../../lib/base/random.ts";
import { tensor } from "../../lib/base/tensor.ts";
import type { OpRule, Sample, Vjp } from "../../lib/contracts/op.ts";
import { createBuilder } from "../../lib/ops/builder.ts";
import { add, exp, mul, reduceSum, tanh } from "../../lib/ops/emit.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

function ruleOf(type: string): OpRule {
  return rules.find((rule) => rule.type === type)!;
}

const pair: Sample = { shapes: [[2, 3], [2, 3]] };

/** Gradient rules of Mul: the right one, and ways to get it wrong. */
const ofMul: Record<string, Vjp> = {
  right: ({ inputs: [a, b] }, [dy]) => [mul(dy!, b!), mul(dy!, a!)],
  "wrong scale": ({ inputs: [a, b] }, [dy]) => [mul(dy!, b!), mul(mul(dy!, a!), 1.001)],
  "wrong sign": ({ inputs: [a, b] }, [dy]) => [mul(dy!, b!), mul(mul(dy!, a!), -1)],
  "exchanged operands": ({ inputs: [a, b] }, [dy]) => [mul(dy!, a!), mul(dy!, b!)],
  "one input forgotten": ({ inputs: [, b] }, [dy]) => [mul(dy!, b!), null],
  "cotangent ignored": ({ inputs: [a, b] }) => [b, a],
  "one input only when both are wanted": ({ inputs: [a, b], wanted }, [dy]) => [
    wanted(0) && wanted(1) ? mul(dy!, b!) : null,
    mul(dy!, a!),
  ],
};

for (const [name, vjp] of Object.entries(ofMul)) {
  Deno.test(`a gradient of Mul, ${name}`, () => {
    const findings = judgeRule({ ...ruleOf("Mul"), vjp }, pair);
    assert.equal(findings.length === 0, name === "right", JSON.stringify(findings));
  });
}

Deno.test("a gradient that leaves a term out is found", () => {
  const softmax = ruleOf("Softmax");
  const sample: Sample = { shapes: [[2, 4]] };
  const partial: Vjp = ({ outputs: [y] }, [dy]) => [mul(dy!, y)];
  assert.deepEqual(judgeRule(softmax, sample), []);
  assert.ok(judgeRule({ ...softmax, vjp: partial }, sample).length > 0);
});

Deno.test("a gradient of one output among several is judged alone", () => {
  const split = ruleOf("Split");
  const sample: Sample = { shapes: [[4], [2]], fixed: { 1: tensor("int64", [2], [1, 3]) }, outputs: 2 };
  const needsAll: Vjp = (tape, dys) => (dys.includes(null) ? [null] : split.vjp!(tape, dys));
  assert.deepEqual(judgeRule(split, sample), []);
  assert.ok(judgeRule({ ...split, vjp: needsAll }, sample).length > 0);
});

Deno.test("an inferred type that differs from the computed one is found", () => {
  const exp = ruleOf("Exp");
  const flat: OpRule = { ...exp, infer: ([x]) => [{ type: x!.type, shape: [6] }] };
  assert.deepEqual(judgeTypes(exp, { shapes: [[2, 3]] }), []);
  assert.match(judgeTypes(flat, { shapes: [[2, 3]] })[0], /inferred float64\[6\], computed float64\[2,3\]/);
});

Deno.test("a second use that the gradient drops is found", () => {
  const point = { x: noise([4], random("point")) };
  const doubled = point.x.data.map((x) => 2 * x);
  const claim = (gradient: Float64Array): Claim => ({
    what: "Σ x² + 5x",
    point,
    value: ({ x }) => x.data.reduce((sum, value) => sum + value * value + 5 * value, 0),
    gradient: { x: { ...point.x, data: gradient } },
  });
  assert.deepEqual(examine(claim(doubled.map((x) => x + 5)), random("direction")), []);
  assert.equal(examine(claim(doubled), random("direction")).length, 1);
  assert.equal(examine({ ...claim(doubled), gradient: {} }, random("direction")).length, 1);
});

Deno.test("a whole graph is judged, with values that are used twice", () => {
  const builder = createBuilder();
  const x = builder.input("x", "float64", [3]);
  const w = builder.constant(tensor("float64", [3], [0.5, -1, 2]), "w");
  const h = tanh(mul(x, w));
  builder.output("loss", reduceSum(add(mul(h, x), exp(h)), null));
  const graph = builder.finish();
  const feeds = { x: noise([3], random("feeds")) };
  assert.deepEqual(judgeGraph(graph, { loss: "loss", wrt: ["x", "w"] }, feeds), []);
});
