import assert from "node:assert/strict";
import { builtin } from "../../../lib/pipeline/builtin.ts";
import { compilePipeline } from "../../../lib/pipeline/load.ts";
import { notesOf } from "../../../runners/cli/notes.ts";
import { localDoors } from "../../../runners/doors.ts";

async function notes(evaluate: string): Promise<readonly string[]> {
  const folder = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${folder}/labels.csv`, "file,age,sex\n");
  const lines = ["dataset: { use: csv, path: . }", "backbone: convnet", "head: regression", "loss: l1", evaluate];
  Deno.writeTextFileSync(`${folder}/mine.yaml`, lines.join("\n"));
  return await notesOf(await compilePipeline("mine.yaml", localDoors(folder), { plugins: builtin }));
}

Deno.test("columns that evaluate.by names and the dataset lacks are told, unless they are the defaults", async () => {
  assert.deepEqual(await notes("evaluate: { by: [smile, sex, age_band] }"), [
    "No figures by smile (evaluate.by): the dataset's columns are sex.",
  ]);
  assert.deepEqual(await notes("evaluate: { by: [sex, age_band] }"), []);
  assert.deepEqual(await notes(""), []);
});
