import assert from "node:assert/strict";
import { compile, messagesOf } from "./_doors.ts";

const child = (text: string): string => `extends: base.yaml\n${text}`;

Deno.test("one seed fixes split and training, and each may have its own", async () => {
  const one = await compile(child("seed: 7"));
  assert.deepEqual([one.dataset.split.seed, one.train.seed], [7, 7]);
  assert.equal(one.origins["train.seed"], "mine.yaml:2");
  const own = await compile(child("seed: 7\ntrain: { seed: 8 }"));
  assert.deepEqual([own.dataset.split.seed, own.train.seed], [7, 8]);
});

Deno.test("every value has an origin: a line, a default, an override", async () => {
  const { origins } = await compile(child("train: { epochs: 9 }"), { overrides: ["train.batch=8"] });
  assert.equal(origins["train.epochs"], "mine.yaml:2");
  assert.equal(origins["train.batch"], "override");
  assert.equal(origins["train.patience"], "default");
  assert.equal(origins["backbone.width"], "base.yaml:5");
  assert.equal(origins["head.use"], "base.yaml:6");
});

Deno.test("a pipeline without a name is called as its file", async () => {
  const text = "dataset: { use: utkface, path: faces }\nbackbone: convnet\nhead: coral\nloss: coral";
  const pipeline = await compile(text);
  assert.equal(pipeline.name, "mine");
  assert.equal(pipeline.origins.name, "default");
});

Deno.test("sections that are left out have defaults", async () => {
  const pipeline = await compile("dataset: { use: utkface, path: faces }\nbackbone: convnet\nhead: coral\nloss: coral");
  assert.deepEqual([pipeline.train.optimizer.use, pipeline.train.schedule.use], ["adamw", "one_cycle"]);
  assert.deepEqual(pipeline.evaluate.metrics, ["mae", "rmse", "cs5", "bias"]);
  assert.deepEqual(pipeline.dataset.split, { by: "random", test: 0.2, validation: 0.1, seed: 1 });
  assert.equal(pipeline.origins["train.optimizer.use"], "default");
});

Deno.test("the peak learning rate is the optimizer's", async () => {
  const pipeline = await compile(child("train: { optimizer: { lr: 0.5 } }"));
  assert.equal(pipeline.train.lr, 0.5);
});

Deno.test("a loss is judged against its head even where parameters are wrong too", async () => {
  const messages = await messagesOf(child("head: { use: regression, dropout: 7 }"));
  assert.equal(messages.length, 2);
  assert.match(messages.join("\n"), /loss "coral" needs rank logits, head "regression" gives a value/);
});

Deno.test("the loss suggested is one that reads what the head gives", async () => {
  const [message] = await messagesOf(child("head: corn\nloss: mse"));
  assert.equal(message, 'loss "mse" needs a value, head "corn" gives conditional rank logits; use loss "corn"');
});

Deno.test("layout, comments and the order of keys mean nothing", async () => {
  const a = await compile("extends: base.yaml\ntrain: { epochs: 4, batch: 8 }\nseed: 3");
  const b = await compile("# said\nseed: 3\ntrain:\n  batch: 8 # at once\n\n  epochs: 4\nextends: base.yaml\n");
  assert.deepEqual({ ...a, origins: {} }, { ...b, origins: {} });
});
