import assert from "node:assert/strict";
import { jsonOf, place, SMALL } from "./_command.ts";

const CORAL = ["run", "pipelines/coral.yaml", "--provider", "cpu", "--json", ...SMALL];

// deno-lint-ignore no-explicit-any
const statuses = (run: any): string => run.stages.map((stage: { status: string }) => stage.status).join(" ");

Deno.test("a run leaves its files, a second one finds everything, and a change reruns what depends on it", async (test) => {
  const here = place();
  const firstRun = await here.run(...CORAL);
  const first = jsonOf(firstRun);

  await test.step("the first run does everything and says so", () => {
    assert.equal(firstRun.code, 0);
    assert.equal(statuses(first), "ran ran ran ran ran ran");
    assert.equal(first.pipeline, "coral");
    assert.equal(first.provider, "cpu");
    assert.deepEqual(Object.keys(first), ["pipeline", "run", "dir", "provider", "seconds", "metrics", "stages"]);
    assert.match(first.stages[0].key, /^[0-9a-f]{64}$/);
    assert.match(firstRun.stderr, /drawings/);
    assert.match(firstRun.stderr, /UTKFACE=/);
  });

  await test.step("the result files are there", () => {
    const files = [...Deno.readDirSync(first.dir)].map((entry) => entry.name).sort();
    assert.deepEqual(files, [
      "history.csv",
      "metrics.json",
      "model.onnx",
      "model.safetensors",
      "pipeline.lock",
      "predictions.csv",
      "report.html",
    ]);
    assert.equal(Deno.readTextFileSync(`${here.out}/coral/latest`).trim(), first.run);
    const { test } = JSON.parse(Deno.readTextFileSync(`${first.dir}/metrics.json`));
    assert.deepEqual(test, first.metrics);
    const lock = JSON.parse(Deno.readTextFileSync(`${first.dir}/pipeline.lock`));
    assert.equal(lock.origins["train.epochs"], "override");
    assert.deepEqual(
      lock.stages.map((stage: { key: string }) => stage.key),
      first.stages.map((stage: { key: string }) => stage.key),
    );
  });

  await test.step("the second run is cached as a whole", async () => {
    const second = jsonOf(await here.run(...CORAL));
    assert.equal(statuses(second), "cached cached cached cached cached cached");
    assert.equal(second.run, first.run);
    assert.deepEqual({ ...second, seconds: 0, stages: [] }, { ...first, seconds: 0, stages: [] });
  });

  await test.step("without the short way it is cached too, and nothing is written anew", async () => {
    Deno.removeSync(`${here.cache}/settled`, { recursive: true });
    const third = jsonOf(await here.run(...CORAL));
    assert.equal(statuses(third), "cached cached cached cached cached cached");
    assert.equal(third.run, first.run);
  });

  await test.step("another layout of the same pipeline is the same pipeline", async () => {
    const text = Deno.readTextFileSync("pipelines/coral.yaml");
    const turned = text.split("\n").filter((line) => !line.startsWith("#")).reverse().join("\n# a comment\n");
    Deno.writeTextFileSync(
      `${here.folder}/coral.yaml`,
      turned.replace("./base.yaml", `${Deno.cwd()}/pipelines/base.yaml`),
    );
    const args = CORAL.map((word) => (word === "pipelines/coral.yaml" ? `${here.folder}/coral.yaml` : word));
    assert.equal(statuses(jsonOf(await here.run(...args))), "cached cached cached cached cached cached");
  });

  await test.step("the plan tells what an override would rerun, and why", async () => {
    const plan = await here.run(
      "plan",
      "pipelines/coral.yaml",
      "--provider",
      "cpu",
      "--json",
      ...SMALL,
      "train.epochs=3",
    );
    const { stages } = jsonOf(plan);
    assert.deepEqual(stages.map(({ name, status }: { name: string; status: string }) => `${name} ${status}`), [
      "dataset hit",
      "images hit",
      "train miss",
      "export miss",
      "evaluate miss",
      "report miss",
    ]);
    assert.match(stages[2].because, /epochs changed from 2 to 3/);
    assert.match(stages[3].because, /needs train/);
    assert.equal(stages[0].key, first.stages[0].key);
  });

  await test.step("damaged bytes are noticed, said, and made again with the same content", async () => {
    const before = Deno.readFileSync(`${first.dir}/model.onnx`);
    const lock = JSON.parse(Deno.readTextFileSync(`${first.dir}/pipeline.lock`));
    const { digest } = lock.stages.find((stage: { name: string }) => stage.name === "train").outputs.weights;
    const blob = `${here.cache}/blobs/${digest.slice(0, 2)}/${digest}`;
    Deno.truncateSync(blob, 100);
    const mended = await here.run(...CORAL);
    assert.match(mended.stderr, /"train\/weights" is damaged/);
    assert.match(statuses(jsonOf(mended)), /^cached cached ran cached cached/);
    assert.deepEqual(Deno.readFileSync(`${jsonOf(mended).dir}/model.onnx`), before);
  });

  await test.step("a forced stage runs once more", async () => {
    const forced = jsonOf(await here.run(...CORAL, "--force", "evaluate"));
    assert.equal(statuses(forced), "cached cached cached cached ran cached");
  });
});

Deno.test("several files are checked before any runs, and one that is wrong stops all with status 2", async () => {
  const here = place();
  Deno.writeTextFileSync(`${here.folder}/wrong.yaml`, "extends: /nowhere.yaml");
  const { code, stdout, stderr } = await here.run("run", "pipelines/coral.yaml", `${here.folder}/wrong.yaml`, "hed=1");
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /wrong\.yaml:1:10: cannot read/);
  assert.match(stderr, /unknown value "hed"; did you mean "head/);
  assert.throws(() => Deno.statSync(here.cache), Deno.errors.NotFound);
});
