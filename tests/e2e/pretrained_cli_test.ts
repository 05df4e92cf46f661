/** Files that a backbone starts from, through the command line and its narrow permissions. */
import assert from "node:assert/strict";
import { cli } from "./_cli.ts";
import { withoutCpu } from "./_engine.ts";
import { networkBytes, ONNX, writeNetwork } from "./_network.ts";
import { openTrial } from "./_trial.ts";

const missing = await withoutCpu();
if (missing !== undefined) console.log(`Pretrained backbones are not tested end to end here: ${missing}`);

const SETTINGS = {
  backbone: { ...ONNX, train: "none" },
  augmentation: ["flip"],
  train: { epochs: 1, batch: 8 },
};

Deno.test({
  name: "a run that is cached as a whole notices a changed network, and nothing else",
  ignore: missing !== undefined,
  async fn() {
    using trial = openTrial({ faces: 24, settings: SETTINGS });
    writeNetwork(trial.folder);
    const told = 'features: "features" [N, 8], the first output, since no classifier was found';
    const ran = async (): Promise<string[]> => {
      const { code, stdout, stderr } = await cli(trial, ["run", "small.yaml", "--provider=cpu", "--json"]);
      assert.equal(code, 0, stderr);
      assert.equal(stderr.split(`\n  ${told}\n`).length, 2, stderr);
      const { stages } = JSON.parse(stdout.trimEnd().split("\n").at(-1)!);
      const again = stages.filter(({ status }: { status: string }) => status === "ran");
      return again.map(({ name }: { name: string }) => name);
    };
    assert.equal((await ran()).length, 8);
    assert.deepEqual(await ran(), []);
    Deno.writeFileSync(`${trial.folder}/face.onnx`, networkBytes(8));
    assert.deepEqual(await ran(), ["pretrained", "features", "train", "export", "evaluate", "report"]);
    const page = Deno.readTextFileSync(
      `${trial.out}/small/${Deno.readTextFileSync(`${trial.out}/small/latest`).trim()}/report.html`,
    );
    assert.match(page, /the head alone, on features that were computed once/);
    assert.match(page, />features<\/td><td class="free">&#34;features&#34; \[N, 8\], the first output/);
    assert.ok(!page.includes(trial.folder), "the page names no folder");
    const plan = await cli(trial, ["plan", "small.yaml", "--provider=cpu"]);
    assert.ok(plan.stdout.trimEnd().endsWith(`\n\n${told}`), plan.stdout);
  },
});
