import assert from "node:assert/strict";
import { schedules } from "../../lib/optim/schedules/mod.ts";
import { assertClose, readGolden } from "../nn/_run.ts";

const golden = readGolden("optim").schedules;

function rates(use: string, params: unknown, total: number, perEpoch: number): number[] {
  const plugin = schedules.find((schedule) => schedule.name === use)!;
  const checked = plugin.params.parse(params);
  return Array.from({ length: total }, (_, step) => plugin.rate(step, { total, perEpoch }, golden.lr, checked));
}

for (const { use, params, rates: expected } of golden.cases) {
  Deno.test(`schedule ${use} ${JSON.stringify(params)}: the rates of PyTorch's scheduler`, () => {
    assertClose({ data: rates(use, params, golden.total, golden.perEpoch) }, expected, 1e-12, use);
  });
}

Deno.test("schedule step with warm-up: both factors apply", () => {
  const found = rates("step", { every: 1, factor: 0.5, warmup: 0.3 }, 10, 4);
  const expected = [1 / 3, 2 / 3, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25].map((factor) => factor * golden.lr);
  assertClose({ data: found }, expected, 1e-12, "step");
});

Deno.test("every schedule gives finite, positive rates up to the peak, however few the steps", () => {
  for (const plugin of schedules) {
    for (const total of [1, 2, 3, 7]) {
      for (const rate of rates(plugin.name, {}, total, 1)) {
        assert.ok(rate >= 0 && rate <= golden.lr, `${plugin.name} with ${total} steps: ${rate}`);
      }
    }
  }
});
