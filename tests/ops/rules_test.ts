/** Judges every operator rule on its samples: inferred types against computed ones, gradients against differences. */
import assert from "node:assert/strict";
import { judgeRule, judgeTypes } from "../../lib/autodiff/judge_rule.ts";
import type { Sample } from "../../lib/contracts/op.ts";
import { qualified } from "../../lib/ops/registry.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

/** Whether some input of the sample is neither fixed nor left out. */
function moves(sample: Sample): boolean {
  return sample.shapes.some((shape, i) => shape !== null && sample.fixed?.[i] === undefined);
}

for (const rule of rules) {
  Deno.test(`rule ${qualified(rule.type, rule.domain ?? "")}`, async (t) => {
    assert.ok(rule.samples.length > 0, "a rule needs samples on which it is judged");
    assert.ok(rule.vjp === null || rule.samples.some(moves), "a gradient needs a sample with an input that moves");
    for (const [i, sample] of rule.samples.entries()) {
      const shapes = sample.shapes.map((shape) => `[${shape ?? "none"}]`).join(" ");
      await t.step(`sample ${i}: ${shapes}`, () => {
        assert.deepEqual(judgeTypes(rule, sample), []);
        if (rule.vjp !== null) assert.deepEqual(judgeRule(rule, sample), []);
      });
    }
  });
}
