import assert from "node:assert/strict";
import { PipelineError } from "../../lib/base/errors.ts";
import { compilePipeline } from "../../lib/pipeline/load.ts";
import { localDoors } from "../../runners/doors.ts";
import { plugins } from "./_doors.ts";

/** Each wrong pipeline lies beside the text that it must give; `<here>` stands for the folder. */
const FOLDER = new URL("../../fixtures/pipelines", import.meta.url).pathname;

async function complaint(file: string): Promise<string | undefined> {
  const doors = { ...localDoors(FOLDER), environment: () => undefined };
  try {
    await compilePipeline(file, doors, { plugins });
    return undefined;
  } catch (error) {
    if (error instanceof PipelineError) return `${error.message.replaceAll(FOLDER, "<here>")}\n`;
    throw error;
  }
}

const files = [...Deno.readDirSync(FOLDER)].map((entry) => entry.name).filter((name) => name.endsWith(".yaml")).sort();

Deno.test("there are wrong pipelines to judge", () => {
  assert.ok(files.length > 25);
});

for (const file of files) {
  Deno.test(`${file} gives its text`, async () => {
    const expected = file === "parent.yaml"
      ? undefined
      : Deno.readTextFileSync(`${FOLDER}/${file.replace(".yaml", ".txt")}`);
    assert.equal(await complaint(file), expected);
  });
}
