import assert from "node:assert/strict";
import { utkface } from "../../lib/datasets/utkface.ts";
import { imageFiles } from "./files.ts";

async function read(...paths: readonly string[]) {
  return await Array.fromAsync(utkface.read(imageFiles(...paths), utkface.params.parse({})));
}

Deno.test("labels are read from the name", async () => {
  assert.deepEqual(await read("36_0_1_20170117163203851.jpg.chip.jpg", "sub/1_1_4_20161219140623097.PNG"), [
    {
      file: "36_0_1_20170117163203851.jpg.chip.jpg",
      age: 36,
      groups: { gender: "male", race: "black", time: "2017-01-17" },
    },
    {
      file: "sub/1_1_4_20161219140623097.PNG",
      age: 1,
      groups: { gender: "female", race: "others", time: "2016-12-19" },
    },
  ]);
});

Deno.test("every race has its name", async () => {
  const faces = await read(...[0, 1, 2, 3, 4].map((race) => `20_0_${race}_20170117163203851.jpg`));
  const races = faces.map((face) => "groups" in face && face.groups.race);
  assert.deepEqual(races, ["white", "black", "asian", "indian", "others"]);
});

for (
  const [file, reason] of [
    ["39_1_20170116174525125.jpg.chip.jpg", /has 3 fields/],
    ["holiday.jpg", /has 1 fields/],
    ["20_0_1_2_20170117163203851.jpg", /has 5 fields/],
    ["53__0_20170116184028385.jpg", /gender "" is neither/],
    ["53_3_0_20170116184028385.jpg", /gender "3" is neither/],
    ["53_0_7_20170116184028385.jpg", /race "7" is none/],
    ["old_0_1_20170117163203851.jpg", /"old" is not an age/],
    ["-3_0_1_20170117163203851.jpg", /"-3" is not an age/],
    ["123_0_1_20170117163203851.jpg", /"123" is not an age/],
    ["20_0_1_yesterday.jpg", /does not start with a date/],
    ["20_0_1_20171317163203851.jpg", /does not start with a date/],
    ["20_constructor_1_20170117163203851.jpg", /gender "constructor"/],
  ] as const
) {
  Deno.test(`${file} is left out`, async () => {
    const [entry] = await read(file);
    assert.equal(entry.file, file);
    assert.ok("reason" in entry);
    assert.match(entry.reason, reason);
  });
}

Deno.test("odd milliseconds after a whole date do no harm, as in the published names", async () => {
  const odd = ["14_0_0_2017011022340900.jpg.chip.jpg", "24_0_1_20170116220224657 .jpg.chip.jpg"];
  const faces = await read(...odd, "55_0_0_20170116232725357jpg.chip.jpg", "28_1_2_201701161846515488.jpg.chip.jpg");
  assert.deepEqual(faces.map((face) => "age" in face && face.age), [14, 24, 28, 55]);
});

Deno.test("files that are no images are not looked at", async () => {
  assert.deepEqual(await read("README.md", "labels.csv", "._36_0_1_20170117163203851.jpg", "a/.DS_Store"), []);
});
