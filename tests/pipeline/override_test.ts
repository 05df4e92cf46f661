import assert from "node:assert/strict";
import { describe } from "../../lib/base/errors.ts";
import { compile, messagesOf, problemsOf } from "./_doors.ts";

const TEXT = "extends: base.yaml";

Deno.test("overrides set values by dotted path, read as YAML, the last one wins", async () => {
  const overrides = ["train.epochs=4", "dataset.ages=[18, 80]", "augmentation=[]", "train.epochs=5", "about="];
  const pipeline = await compile(`${TEXT}\nabout: x`, { overrides: overrides.slice(0, 4) });
  assert.equal(pipeline.train.epochs, 5);
  assert.deepEqual(pipeline.dataset.ages, [18, 80]);
  assert.deepEqual(pipeline.augmentation, []);
  assert.equal(pipeline.origins["train.epochs"], "override");
});

Deno.test("naming another plug-in drops the parameters of the one before", async () => {
  const pipeline = await compile(TEXT, { overrides: ["backbone.use=convnet"] });
  assert.equal(pipeline.backbone.use, "convnet");
  assert.notEqual(pipeline.backbone.params.width, 32);
  const short = await compile(TEXT, { overrides: ["head=regression", "loss=mse"] });
  assert.deepEqual([short.tasks[0].head.use, short.tasks[0].loss.use], ["regression", "mse"]);
});

Deno.test("an item of a list is changed by its position", async () => {
  const pipeline = await compile(TEXT, { overrides: ["augmentation.1.padding=8", "augmentation.0=noise"] });
  assert.deepEqual(pipeline.augmentation.map((step) => step.use), ["noise", "crop"]);
  assert.equal(pipeline.augmentation[1].params.padding, 8);
  assert.deepEqual(await messagesOf(TEXT, ["augmentation.2.p=1"]), ['no item "2": the list has 2, counted from 0']);
});

Deno.test("a relative path is relative to where the user is", async () => {
  assert.equal((await compile(TEXT, { overrides: ["dataset.path=other"] })).dataset.path, "/home/other");
});

Deno.test("an unknown path is told with the nearest right one, wherever that is", async () => {
  assert.deepEqual(await messagesOf(TEXT, ["train.epoch=3"]), [
    'unknown value "train.epoch"; did you mean "train.epochs"?',
  ]);
  assert.deepEqual(await messagesOf(TEXT, ["lr=3"]), ['unknown value "lr"; did you mean "train.optimizer.lr"?']);
  assert.deepEqual(await messagesOf(TEXT, ["backbone.widht=8"]), [
    'unknown value "backbone.widht"; did you mean "backbone.width"?',
  ]);
});

Deno.test("a wrong value is shown in the override as it was typed", async () => {
  const [problem] = await problemsOf(TEXT, ["train.epochs=none"]);
  assert.equal(
    describe(problem),
    [
      'override:1:14: "train.epochs" must be a number, not "none"',
      "   1 | train.epochs=none",
      "     |              ^^^^",
    ].join("\n"),
  );
});

Deno.test("what is no override is refused", async () => {
  assert.match((await messagesOf(TEXT, ["epochs"]))[0], /write a\.b=value/);
  assert.match((await messagesOf(TEXT, ["train..epochs=1"]))[0], /write a\.b=value/);
  assert.match((await messagesOf(TEXT, ["train.epochs=[1"]))[0], /flow/i);
});

Deno.test("a parameter of the default optimizer can be set where the file names none", async () => {
  const text = "dataset: { use: utkface, path: faces }\nbackbone: convnet\nhead: coral\nloss: coral";
  const { train, origins } = await compile(text, { overrides: ["train.optimizer.lr=0.5"] });
  assert.deepEqual([train.optimizer.use, train.lr], ["adamw", 0.5]);
  assert.deepEqual([origins["train.optimizer.use"], origins["train.optimizer.lr"]], ["default", "override"]);
  assert.deepEqual(await messagesOf(text, ["train.optimizer.weight_deca=0.5"]), [
    'unknown value "train.optimizer.weight_deca"; did you mean "train.optimizer.weight_decay"?',
  ]);
});
