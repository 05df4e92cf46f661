import assert from "node:assert/strict";
import { neededStages, ordered, stagesOf } from "../../lib/pipeline/order.ts";
import { stages } from "../../lib/stages/mod.ts";
import { plugins } from "./_doors.ts";
import { bench, pipeline, stage } from "./_stages.ts";

Deno.test("every stage comes after those that it needs", () => {
  assert.deepEqual(ordered(bench().stages).map(({ name }) => name), ["read", "count", "sum"]);
});

Deno.test("the stages of ageline have an order", () => {
  const names = ordered(stages).map(({ name }) => name);
  for (const stage of stages) {
    for (const need of neededStages(stage)) assert.ok(names.indexOf(need) < names.indexOf(stage.name));
  }
});

Deno.test("what needs nothing comes first, so that wrong files are found before long work", () => {
  const late = stage("late", { makes: ["x"] });
  const early = stage("early", { makes: ["x"] });
  const middle = stage("middle", { needs: ["early.x"] });
  assert.deepEqual(ordered([early, middle, late]).map(({ name }) => name), ["early", "late", "middle"]);
});

Deno.test("a run has the stages that apply, and they take what is there", async () => {
  const base = await pipeline();
  const maker = stage("maker", { makes: ["x"], applies: ({ train }) => train.epochs === 9 });
  const taker = stage("taker", { wants: ["maker.x"] });
  assert.deepEqual(stagesOf(base, plugins, [maker, taker]).map(({ name, needs }) => [name, needs]), [["taker", []]]);
  const nine = await pipeline("train: { epochs: 9 }");
  assert.deepEqual(stagesOf(nine, plugins, [maker, taker]).map(({ needs }) => needs), [[], ["maker.x"]]);
});

Deno.test("stages that need each other, or what none makes, are a defect", () => {
  const a = stage("a", { needs: ["b.x"], makes: ["y"] });
  const b = stage("b", { needs: ["a.y"], makes: ["x"] });
  assert.throws(() => ordered([a, b]), /a,b need each other/);
  assert.throws(() => ordered([a]), /none makes "b\.x"/);
});
