import assert from "node:assert/strict";
import { Partner } from "../../bench/_partner.ts";
import { pythonLacks } from "../../bench/_python.ts";
import { chooseRows, type Row, ROWS } from "../../bench/_rows.ts";

const SMALL: Row = {
  name: "small",
  about: "ResNet-18, width 8",
  network: { from: "resnet18", width: 8, stem: "small" },
  image: 32,
  batch: 2,
  optimizer: "sgd",
  wanted: { default: 1 },
};

function ours(mode: string): Partner {
  const script = new URL("../../bench/ours_side.ts", import.meta.url).pathname;
  return new Partner("ageline", Deno.execPath(), ["run", "-A", script, mode, JSON.stringify(SMALL)]);
}

for (const mode of ["train", "infer"]) {
  Deno.test(`Our side answers each number of runs with what they took: ${mode}`, async () => {
    await using partner = ours(mode);
    for (const count of [1, 3]) {
      const { milliseconds, peakMiB } = await partner.run(count);
      assert.equal(milliseconds.length, count);
      assert.ok(milliseconds.every((time) => time > 0));
      assert.ok(peakMiB > 10 && peakMiB < 10_000, `${peakMiB} MiB`);
    }
  });
}

Deno.test("A partner that ends is said by name", async () => {
  await using partner = new Partner("the other", Deno.execPath(), ["eval", "0"]);
  await assert.rejects(() => partner.run(1), /Cannot measure the other: its process ended|Broken pipe/);
});

Deno.test("Rows are chosen by name, all where none is named", () => {
  assert.equal(chooseRows([]), ROWS);
  assert.deepEqual(chooseRows(["vit", "resnet64"]).map((row) => row.name), ["resnet64", "vit"]);
  assert.throws(() => chooseRows(["vit", "vgg"]), /Cannot find the row "vgg": there are resnet112, /);
});

Deno.test("What Python lacks is said by name", async () => {
  assert.match(await pythonLacks("no_such_module_of_python") ?? "", /^python3 has no no_such_module_of_python$/);
});
