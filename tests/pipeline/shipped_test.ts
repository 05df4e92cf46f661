import assert from "node:assert/strict";
import { builtin } from "../../lib/pipeline/builtin.ts";
import { schemaText } from "../../lib/pipeline/json_schema.ts";
import { compilePipeline } from "../../lib/pipeline/load.ts";
import { localDoors } from "../../runners/doors.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const names = [...Deno.readDirSync(`${ROOT}/pipelines`)].map((entry) => entry.name).filter((name) =>
  name.endsWith(".yaml")
);

for (const name of names.sort()) {
  Deno.test(`pipelines/${name} is right and is called as its file`, async () => {
    const doors = { ...localDoors(ROOT), environment: () => undefined };
    const pipeline = await compilePipeline(`pipelines/${name}`, doors, { plugins: builtin });
    assert.equal(`${pipeline.name}.yaml`, name);
    assert.ok(pipeline.about.length > 10);
    assert.equal(pipeline.dataset.path, `${ROOT.replace(/\/$/, "")}/fixtures/faces`);
  });
}

Deno.test("the schema for editors is up to date: run `deno task schema`", async () => {
  const text = await Deno.readTextFile(`${ROOT}/pipelines/pipeline.schema.json`);
  assert.ok(text === schemaText(builtin), "pipelines/pipeline.schema.json is stale: run `deno task schema`");
});
