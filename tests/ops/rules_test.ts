/** Judges every operator rule on its samples: inferred types against computed ones, gradients against differences. */
import assert from "node:assert/strict";
import { judgeRule, judgeTypes } from "../../lib/autodiff/judge_rule.ts";
import { qualified } from "../../lib/ops/registry.ts";
import { rules } from "../../lib/ops/rules/mod.ts";

for (const rule of rules) {
  Deno.test(`rule ${qualified(rule.type, rule.domain ?? "")}`, async (t) => {
    assert.ok(rule.samples.length > 0, "a rule needs samples on which it is judged");
    for (const [i, sample] of rule.samples.entries()) {
      const shapes = sample.shapes.map((shape) => `[${shape ?? "none"}]`).join(" ");
      await t.step(`sample ${i}: ${shapes}`, () => {
        assert.deepEqual(judgeTypes(rule, sample), []);
        if (rule.vjp !== null) assert.deepEqual(judgeRule(rule, sample), []);
      });
    }
  });
}
