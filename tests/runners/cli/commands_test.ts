import assert from "node:assert/strict";
import { narrow, place } from "./_command.ts";

Deno.test("check passes what is right and tells every problem of what is wrong", async () => {
  const here = place();
  const right = await here.run("check", "pipelines/coral.yaml", "pipelines/corn.yaml");
  assert.deepEqual([right.code, right.stdout], [0, ""]);
  assert.match(right.stderr, /coral\.yaml: pipeline "coral" is right/);
  const wrong = await here.run("check", "fixtures/pipelines/several.yaml", "fixtures/pipelines/misfit.yaml");
  assert.equal(wrong.code, 2);
  assert.match(
    wrong.stderr,
    /several\.yaml:2:1: unknown key "hed"; did you mean "head"\?\n {3}2 \| hed: coral\n {5}\| \^\^\^\n/,
  );
  assert.match(wrong.stderr, /misfit\.yaml:3:7: loss "coral" needs rank logits/);
});

Deno.test("list prints plug-ins with parameters, by room, and knows its rooms", async () => {
  const here = place();
  const heads = await here.run("list", "heads");
  assert.equal(heads.code, 0);
  assert.match(heads.stdout, /^heads\n {2}classification: /);
  assert.match(heads.stdout, /decode: "mean" \| "median" \| "argmax", default "mean"/);
  assert.doesNotMatch(heads.stdout, /backbones/);
  assert.match((await here.run("list", "datasets")).stdout, /landmarks: string \| list of string, optional; /);
  const unknown = await here.run("list", "head");
  assert.equal(unknown.code, 2);
  assert.match(unknown.stderr, /did you mean "heads"\?/);
  const all = JSON.parse((await here.run("list", "--json")).stdout);
  assert.ok(all.stages.length >= 6 && all.losses.length >= 6);
});

Deno.test("plan draws the stages in DOT and as SVG", async () => {
  const here = place();
  const dot = await here.run("plan", "pipelines/coral.yaml", "--provider", "cpu", "--dot");
  assert.match(dot.stdout, /"train" -> "export";/);
  const svg = await here.run("plan", "pipelines/coral.yaml", "--provider", "cpu", "--svg");
  assert.match(svg.stdout, /<svg [\s\S]*train[\s\S]*<\/svg>/);
});

Deno.test("each command has help, and an unknown stage is no stage to force", async () => {
  const here = place();
  for (const command of ["run", "plan", "check", "list"]) {
    const { code, stdout } = await here.run(command, "--help");
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`Usage: deno task ${command}`));
  }
  const forced = await here.run("run", "pipelines/coral.yaml", "--force", "trian");
  assert.deepEqual([forced.code, forced.stdout], [2, ""]);
  assert.match(forced.stderr, /no such stage; did you mean "train"\?/);
});

Deno.test("a run that fails ends with status 1 and says why, without a trace", async () => {
  const here = place();
  Deno.mkdirSync(`${here.folder}/none`);
  const failed = await here.run("run", "pipelines/coral.yaml", "--provider", "cpu", `dataset.path=${here.folder}/none`);
  assert.deepEqual([failed.code, failed.stdout], [1, ""]);
  assert.match(failed.stderr, /Cannot /);
  assert.doesNotMatch(failed.stderr, /\n\s+at /);
});

Deno.test("what cannot be written is told before anything runs, in a line", async () => {
  const { folder } = place();
  Deno.writeTextFileSync(`${folder}/file`, "");
  const words = [
    "run",
    "pipelines/coral.yaml",
    "--provider",
    "wasm",
    "--cache",
    `${folder}/cache`,
    "--out",
    `${folder}/file`,
  ];
  const args = ["run", "--no-prompt", "-A", "runners/cli.ts", ...words];
  const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, stdout: "null" }).output();
  assert.equal(code, 1);
  assert.match(new TextDecoder().decode(stderr), /^Cannot write results to ".*\/file": the system says .*\n$/);
});

Deno.test({
  name: "a reader of standard error that goes away, as behind `2>&1 | head`, ends nothing",
  ignore: Deno.build.os === "windows",
  async fn() {
    const check = '"$0" run -A runners/cli.ts check pipelines/coral.yaml pipelines/corn.yaml';
    const line = `{ { ${check} 2>&4; echo $? >&3; } 4>&1 >/dev/null | true; } 3>&1`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", line, Deno.execPath()] }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "0");
  },
});

Deno.test("where a folder is named that the task may not write to, the command gets that permission and no other", async () => {
  const { folder } = place();
  const words = ["plan", "pipelines/coral.yaml", "--provider", "wasm", "--json", "--cache", `${folder}/cache`];
  const args = ["run", "--no-prompt", ...narrow(`${folder}/elsewhere`), "runners/cli.ts", ...words];
  const { code, stdout } = await new Deno.Command(Deno.execPath(), { args, stderr: "null" }).output();
  assert.equal(code, 0);
  assert.equal(JSON.parse(new TextDecoder().decode(stdout)).stages[0].because, "first run");
  assert.ok(Deno.statSync(`${folder}/cache`).isDirectory);
});
