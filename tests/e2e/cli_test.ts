/** The command line as a whole: streams, exit statuses, several files, plans. */
import assert from "node:assert/strict";
import { cli } from "./_cli.ts";
import { withoutCpu } from "./_engine.ts";
import { openTrial, type Settings, type Trial, writePipeline } from "./_trial.ts";

const missing = await withoutCpu();
if (missing !== undefined) console.log(`The command line is not tested end to end here: ${missing}`);

const QUICK: Settings = { train: { epochs: 1, batch: 8 } };
const STAGES = ["dataset", "images", "train", "export", "evaluate", "report"];

/** A stage as `plan --json` tells it. */
interface Planned {
  readonly name: string;
  readonly key: string | null;
  readonly status: string;
  readonly because: string;
}

/** A trial with a second pipeline, which differs in its loss alone. */
function twoPipelines(): Trial {
  const trial = openTrial({ faces: 24, settings: QUICK });
  writePipeline(`${trial.folder}/other.yaml`, { ...QUICK, name: "other", loss: "l1" });
  return trial;
}

Deno.test({
  name: "several files run one after the other, share what they can, and end with one table",
  ignore: missing !== undefined,
  async fn() {
    using trial = twoPipelines();
    const { code, stdout, stderr } = await cli(trial, ["run", "small.yaml", "other.yaml", "--provider=cpu"]);
    assert.equal(code, 0, stderr);
    const folders = stdout.trimEnd().split("\n");
    assert.equal(folders.length, 2, "standard output holds results alone");
    for (const [i, name] of ["small", "other"].entries()) {
      assert.ok(folders[i].startsWith(`${trial.out}/${name}/`), folders[i]);
      assert.ok(Deno.statSync(`${folders[i]}/model.onnx`).isFile);
    }
    const [header, ...rows] = stderr.trimEnd().split("\n").slice(-3);
    assert.match(header, /^pipeline .*\bmae\b.* time +cached +results$/);
    assert.match(rows[0], /^small .* 0 of 6 /);
    assert.match(rows[1], /^other .* 2 of 6 /);
  },
});

Deno.test({
  name: "a plan tells hits, misses and reasons, and runs nothing",
  ignore: missing !== undefined,
  async fn() {
    using trial = twoPipelines();
    const planned = async (...args: string[]): Promise<Planned[]> => {
      const { code, stdout, stderr } = await cli(trial, ["plan", "small.yaml", "--provider=cpu", "--json", ...args]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout.trimEnd().split("\n").at(-1)!).stages;
    };
    const first = await planned();
    const keys = ["name", "key", "status", "because"];
    const wanted = STAGES.map((name) => name === "train" ? [...keys, "memory"] : keys);
    assert.deepEqual(first.map((stage) => Object.keys(stage)), wanted);
    assert.deepEqual(first.map(({ name, status }) => `${name} ${status}`), STAGES.map((name) => `${name} miss`));
    assert.equal(first[0].because, "first run");
    assert.throws(() => Deno.statSync(`${trial.cache}/records`), Deno.errors.NotFound);
    await cli(trial, ["run", "small.yaml", "--provider=cpu"]);
    const forced = await planned("--force", "evaluate");
    const told = forced.map(({ status, because }) => `${status}: ${because}`);
    assert.deepEqual(told.slice(0, 5), [...Array(4).fill("hit: nothing changed"), "miss: forced"]);
  },
});

const WRONG: readonly [string[], readonly RegExp[]][] = [
  [["rum", "small.yaml"], [/^Cannot run "rum": no such command; did you mean "run"\?$/m]],
  [["run", "small.yaml", "--provider=gpu"], [/^Cannot use provider "gpu": unknown; did you mean "cpu"\?$/m]],
  [["run", "absent.yaml"], [/^absent\.yaml:1:1: cannot read "absent\.yaml": no such file/m]],
  [["run", "small.yaml", "train.epocs=3", "head=corral", "loss=hubber"], [
    /^override:1:7: unknown value "train\.epocs"; did you mean "train\.epochs"\?/m,
    /^override:1:6: unknown head "corral"; did you mean "coral"\?/m,
    /^override:1:6: unknown loss "hubber"; did you mean "huber"\?/m,
  ]],
];

Deno.test("a wrong command line or pipeline ends with status 2, all problems and the nearest right words", async () => {
  using trial = openTrial({ faces: 0 });
  for (const [args, messages] of WRONG) {
    const { code, stdout, stderr } = await cli(trial, args);
    assert.equal(code, 2, `${args.join(" ")}: ${stderr}`);
    for (const message of messages) assert.match(stderr, message);
    assert.equal(stdout, "");
  }
});
