import assert from "node:assert/strict";
import { neededStages, ordered } from "../../lib/pipeline/order.ts";
import { stages } from "../../lib/stages/mod.ts";
import { bench, stage } from "./_stages.ts";

Deno.test("every stage comes after those that it needs", () => {
  assert.deepEqual(ordered(bench().stages).map(({ name }) => name), ["read", "count", "sum"]);
});

Deno.test("the stages of ageline have an order", () => {
  const names = ordered(stages).map(({ name }) => name);
  for (const stage of stages) {
    for (const need of neededStages(stage)) assert.ok(names.indexOf(need) < names.indexOf(stage.name));
  }
});

Deno.test("stages that need each other, or what none makes, are a defect", () => {
  const a = stage("a", { needs: ["b.x"], makes: ["y"] });
  const b = stage("b", { needs: ["a.y"], makes: ["x"] });
  assert.throws(() => ordered([a, b]), /a,b need each other/);
  assert.throws(() => ordered([a]), /none makes "b\.x"/);
});
