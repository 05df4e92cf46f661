import assert from "node:assert/strict";
import { compile, messagesOf, problemsOf } from "./_doors.ts";

const child = (text: string): string => `extends: base.yaml\n${text}`;

Deno.test("a child changes what it names and keeps the rest", async () => {
  const pipeline = await compile(child("train: { epochs: 9 }"));
  assert.equal(pipeline.train.epochs, 9);
  assert.equal(pipeline.train.lr, 0.002);
  assert.deepEqual(pipeline.backbone.params, { width: 32, stem: "imagenet", image: 224 });
});

Deno.test("lists and scalars of a child replace those of the parent", async () => {
  const pipeline = await compile(child("dataset: { ages: [1, 90] }\naugmentation: [noise]"));
  assert.deepEqual(pipeline.dataset.ages, [1, 90]);
  assert.deepEqual(pipeline.augmentation.map((step) => step.use), ["noise"]);
});

Deno.test("parameters of a parent stay while the plug-in is the same, and go with it", async () => {
  const same = await compile(child("train: { optimizer: { use: adamw, lr: 0.1 } }"));
  assert.equal(same.train.optimizer.params.weight_decay, 0.05);
  const other = await compile(child("train: { optimizer: sgd }"));
  assert.equal(other.train.optimizer.use, "sgd");
  assert.notEqual(other.train.lr, 0.002);
  assert.notEqual(other.train.optimizer.params.weight_decay, 0.05);
});

Deno.test("another reader keeps the folder, the ages and the split, which are the dataset's own", async () => {
  const { dataset } = await compile(child("dataset: { use: csv, table: labels.csv }"));
  assert.equal(dataset.use, "csv");
  assert.equal(dataset.path, "/home/faces");
  assert.deepEqual(dataset.ages, [21, 60]);
});

Deno.test("another way to split drops the shares of the parent's", async () => {
  const { dataset } = await compile(child("dataset: { split: { by: folds, folds: 4 } }"));
  assert.deepEqual(dataset.split, { by: "folds", folds: 4, fold: 0, validation: 0.1, seed: 1 });
});

Deno.test("short forms name a plug-in with its defaults, in lists and by task too", async () => {
  const long = await compile(child("head: { use: corn }\nloss: { use: corn }\naugmentation: [{ use: flip }]"));
  const short = await compile(child("head: corn\nloss: corn\naugmentation: [flip]"));
  assert.deepEqual(short.tasks, long.tasks);
  assert.deepEqual(short.augmentation, long.augmentation);
});

Deno.test("heads and losses by task pair up, and weights weigh them", async () => {
  const { tasks } = await compile(child(`
head: { age: coral, gender: classification }
loss: { age: coral, gender: { use: ce } }
train: { weights: { gender: 0.03 } }`));
  assert.deepEqual(tasks.map(({ name, head, loss, weight }) => [name, head.use, loss.use, weight]), [
    ["age", "coral", "coral", 1],
    ["gender", "classification", "ce", 0.03],
  ]);
});

Deno.test("the age is the first task, wherever it stands, and the others follow by name", async () => {
  const { tasks } = await compile(child(`
head: { race: classification, gender: classification, age: coral }
loss: { gender: ce, age: coral, race: ce }`));
  assert.deepEqual(tasks.map(({ name }) => name), ["age", "gender", "race"]);
});

Deno.test("a chain of parents merges from the root down, and their paths are relative to each", async () => {
  const files = {
    "/home/deep/middle.yaml": "extends: ../base.yaml\nname: middle\ntrain: { epochs: 5 }\ndataset: { path: here }",
    "/home/other.yaml": "extends: deep/middle.yaml\nname: other",
  };
  const pipeline = await compile("extends: other.yaml\nabout: leaf", { files });
  assert.equal(pipeline.name, "other");
  assert.equal(pipeline.train.epochs, 5);
  assert.equal(pipeline.dataset.path, "/home/deep/here");
  assert.equal(pipeline.origins["train.epochs"], "deep/middle.yaml:3");
});

Deno.test("variables are put in, with defaults, and keep the types that YAML gives", async () => {
  const text = child("train:\n  epochs: ${E:-7}\n  batch: ${B:-16}\nabout: $${not} ${WHO}");
  assert.match((await messagesOf(text)).join("\n"), /WHO is not set/);
  const pipeline = await compile(text, { environment: { WHO: "me", B: "32" } });
  assert.equal(pipeline.train.epochs, 7);
  assert.equal(pipeline.train.batch, 32);
  assert.equal(pipeline.about, "${not} me");
  assert.equal(pipeline.origins["train.batch"], "environment B");
});

Deno.test("a variable between braces without quotes is told how to be written", async () => {
  assert.match((await messagesOf(child("train: { epochs: ${E:-7} }")))[0], /write "\$\{NAME\}" in quotes/);
});

Deno.test("a quoted number stays text", async () => {
  assert.deepEqual(await messagesOf(child("train: { epochs: '${E:-7}' }")), [
    '"train.epochs" must be a number, not "7"',
  ]);
});

Deno.test("a path from the environment is relative to where the user is, a default to the file", async () => {
  const files = { "/home/deep/mid.yaml": "extends: ../base.yaml\ndataset: { path: '${DATA:-here}' }" };
  assert.equal((await compile("extends: deep/mid.yaml", { files })).dataset.path, "/home/deep/here");
  const set = await compile("extends: deep/mid.yaml", { files, environment: { DATA: "there" } });
  assert.equal(set.dataset.path, "/home/there");
});

Deno.test("split lists are absolute paths", async () => {
  const { split } =
    (await compile(child("dataset: { split: { by: list, train: a.csv, test: b.csv, offset: 21 } }"))).dataset;
  assert.deepEqual(split, {
    by: "list",
    train: "/home/a.csv",
    test: "/home/b.csv",
    validation: 0.1,
    offset: 21,
    seed: 1,
  });
});

Deno.test("an alias stands for its anchor, and aliases without bound are refused", async () => {
  const pipeline = await compile(child("dataset: { ages: &a [30, 40] }\nabout: &b text\nreport: { title: *b }"));
  assert.deepEqual([pipeline.dataset.ages, pipeline.report.title], [[30, 40], "text"]);
  const levels = Array.from({ length: 12 }, (_, i) => `x${i}: &x${i} [${Array(9).fill(i === 0 ? "a" : `*x${i - 1}`)}]`);
  const [problem] = (await problemsOf(levels.join("\n"))).filter(({ message }) => message.startsWith("more than"));
  assert.match(problem.message, /leave aliases out/);
});

Deno.test("keys that objects have by nature are unknown like any other", async () => {
  const messages = await messagesOf(child("__proto__: { seed: 4 }\nconstructor: 1"));
  assert.match(messages[0], /unknown key "__proto__"/);
  assert.match(messages[1], /unknown key "constructor"/);
});
