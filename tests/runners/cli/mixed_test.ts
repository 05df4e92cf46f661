/** Mixed precision needs an adapter that computes in float16. */
import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import type { PlannedStage } from "../../../lib/pipeline/plan.ts";
import { forecast, refuseImpossible } from "../../../runners/cli/memory_forecast.ts";
import { compile } from "../../pipeline/_doors.ts";

const stages: readonly PlannedStage[] = [
  { name: "train", needs: [], key: null, status: "miss", because: "first run" },
];

async function asked(precision: string, half: boolean): Promise<Parameters<typeof forecast>> {
  const pipeline = await compile(`extends: base.yaml\ntrain: { precision: ${precision} }\n`);
  const facts = { name: "webgpu", numericClass: "x", warnings: [], block: null, largestValue: null, half } as const;
  return [pipeline, stages, facts, null];
}

Deno.test("mixed precision is refused where the adapter has no float16, before anything runs", async () => {
  const refused = await asked("mixed", false);
  assert.match((await forecast(...refused))!.refusal!, /train\.precision=mixed: the adapter .* lacks shader-f16/);
  await assert.rejects(refuseImpossible(...refused), UserError);
  assert.equal((await forecast(...await asked("mixed", true)))!.refusal, undefined);
  assert.equal((await forecast(...await asked("float32", false)))!.refusal, undefined);
});
