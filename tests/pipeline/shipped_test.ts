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

/** Stands for what the user of a recipe has. */
const GIVEN: Readonly<Record<string, string>> = {
  UTKFACE: `${ROOT}fixtures/faces`,
  UTKFACE_TRAIN: `${ROOT}deno.json`,
  FACE_MODEL: `${ROOT}fixtures/models/drawn_faces.onnx`,
};

for (const { name } of [...Deno.readDirSync(`${ROOT}/pipelines/utkface`)].sort((a, b) => a.name < b.name ? -1 : 1)) {
  Deno.test(`pipelines/utkface/${name} is right where its variables are set, and names those that are not`, async () => {
    const file = `pipelines/utkface/${name}`;
    const doors = { ...localDoors(ROOT), environment: (variable: string) => GIVEN[variable] };
    if (name !== "base.yaml") {
      const pipeline = await compilePipeline(file, doors, { plugins: builtin });
      assert.equal(`${pipeline.name}.yaml`, `utkface-${name}`);
      assert.deepEqual(pipeline.dataset.ages, [21, 60]);
    }
    const bare = compilePipeline(file, { ...doors, environment: () => undefined }, { plugins: builtin });
    await assert.rejects(
      bare,
      /environment variable UTKFACE is not set[^]*environment variable UTKFACE_TRAIN is not set/,
    );
  });
}

Deno.test("the schema for editors is up to date: run `deno task schema`", async () => {
  const text = await Deno.readTextFile(`${ROOT}/pipelines/pipeline.schema.json`);
  assert.ok(text === schemaText(builtin), "pipelines/pipeline.schema.json is stale: run `deno task schema`");
});
