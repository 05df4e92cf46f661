import assert from "node:assert/strict";
import { compile, messagesOf } from "./_doors.ts";

const dataset = (rest: string): string => `extends: base.yaml\ndataset: { ${rest} }`;

Deno.test("alignment is refused for a reader without landmarks", async () => {
  assert.deepEqual(await messagesOf(dataset("align: five_points")), [
    '"dataset.align" needs landmarks, which "use: utkface" does not read; "use: csv" does',
  ]);
  const { dataset: { align } } = await compile(dataset("use: csv, align: five_points"));
  assert.equal(align, "five_points");
});

Deno.test("a crop beside an alignment is refused, and so is an empty one", async () => {
  const [message, ...others] = await messagesOf(dataset("use: csv, align: five_points, crop: [0.1, 0.1, 0.9, 0.9]"));
  assert.match(message, /^"dataset.crop" means nothing beside "dataset.align"/);
  assert.deepEqual(others, []);
  const [empty] = await messagesOf(dataset("crop: [0.5, 0, 0.5, 1]"));
  assert.match(empty, /right must exceed left/);
  assert.deepEqual((await compile(dataset("crop: [0.1, 0, 0.9, 1]"))).dataset.crop, [0.1, 0, 0.9, 1]);
});

Deno.test("a crop may reach beyond the image, not miss it", async () => {
  assert.deepEqual((await compile(dataset("crop: [0, -0.2, 1.5, 0.8]"))).dataset.crop, [0, -0.2, 1.5, 0.8]);
  for (const crop of ["[1, 0, 2, 1]", "[0, -1, 1, 0]"]) {
    const [message] = await messagesOf(dataset(`crop: ${crop}`));
    assert.match(message, /some of the image \(0 to 1\) must be inside/);
  }
  assert.match((await messagesOf(dataset("crop: [0, 0, 2.1, 1]")))[0], /2/);
});
