import assert from "node:assert/strict";
import { type FinishedRun, summary } from "../../../runners/cli/present.ts";

const run = (part: FinishedRun["part"]): FinishedRun => ({
  pipeline: "mine",
  run: "1",
  dir: "runs/mine/1",
  provider: "cpu",
  seconds: 1,
  metrics: part === null ? {} : { n: 3, mae: 4.5 },
  part,
  stages: [],
});

Deno.test("figures that are not of the test images are said to be so", () => {
  assert.equal(summary([run("test")]).split("\n").length, 2);
  assert.match(
    summary([run("validation")]),
    /\nmine: figures of the validation images, as the split leaves no test images$/,
  );
  assert.match(
    summary([run("test"), run(null)]),
    /\nmine: no figures, as the split leaves no test and no validation images$/,
  );
});
