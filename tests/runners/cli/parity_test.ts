/** `parity` as a user runs it. */
import assert from "node:assert/strict";
import { parityText } from "../../../runners/cli/parity_text.ts";
import type { ParityReport } from "../../../lib/parity/report.ts";
import { fewFaces, jsonOf, place, SMALL } from "./_command.ts";

const MODEL = "fixtures/exported/mobilenet.torchscript.onnx";

Deno.test("a model file: a table, and exit status 0 where all agree", async () => {
  const { code, stdout, stderr } = await place().run("parity", MODEL, "--provider", "wasm");
  assert.equal(code, 0, stderr);
  assert.match(
    stdout,
    /^fixtures\/exported\/mobilenet\.torchscript\.onnx: \d+ nodes, held against the float64 reference/,
  );
  assert.match(stdout, /^wasm +\d+ +0 +0 .* same outputs +agrees$/m);
  assert.match(stdout, /All agree\.\n$/);
});

Deno.test("a tolerance that nothing meets: exit status 1, and the first node is named", async () => {
  const finished = await place().run("parity", MODEL, "--provider=wasm", "--tolerance=1e-12", "--json");
  assert.equal(finished.code, 1);
  const report = jsonOf(finished) as ParityReport & { file: string };
  assert.deepEqual([report.file, report.judge, report.agrees], [MODEL, "reference", false]);
  const { culprit } = report.providers[0].chain!;
  assert.equal(culprit!.cause, "operator");
  const text = parityText(MODEL, report);
  assert.ok(text.includes(`wasm: the first wrong node is ${culprit!.operator} "${culprit!.node}"`), text);
  for (const [name, type] of Object.entries(culprit!.inputs)) assert.ok(text.includes(`takes  ${name}  ${type}`), text);
});

Deno.test("a pipeline: the train step, with its dataset's images once they are prepared", async () => {
  const faces = fewFaces();
  const at = place();
  const words = ["pipelines/coral.yaml", `dataset.path=${faces}`, ...SMALL];
  const compare = ["parity", ...words, "--cache", at.cache, "--provider=wasm", "--batch=3", "--json"];
  const drawn = await at.run(...compare);
  assert.equal(drawn.code, 0, drawn.stderr);
  const report = jsonOf(drawn) as ParityReport;
  assert.equal(report.inputs.image, "float32 [3,3,16,16]");
  assert.ok(report.nodes > 50 && report.providers[0].chain!.compared === report.nodes);
  assert.equal((await at.run("run", ...words, "train.epochs=1")).code, 0);
  const real = jsonOf(await at.run(...compare)) as ParityReport;
  assert.equal(real.agrees, true);
  assert.notDeepEqual(real.providers[0].chain!.worst, report.providers[0].chain!.worst);
});

Deno.test("what cannot be compared: exit status 2 with the reason", async () => {
  const broken = `${Deno.makeTempDirSync()}/broken.onnx`;
  Deno.writeTextFileSync(broken, "no model");
  const wrong: readonly [readonly string[], RegExp][] = [
    [["nowhere.onnx"], /^Cannot read "nowhere\.onnx": no such file$/m],
    [[broken], /^Cannot read "ONNX model": these bytes are no ONNX file/m],
    [[MODEL, "--provider=wsm"], /did you mean "wasm"\?/],
    [[MODEL, "--provider=reference"], /the others are held against it/],
    [[MODEL, "--batch=0"], /Cannot use --batch=0: it must be a whole number above 0/],
    [[MODEL, "train.epochs=1"], /only pipelines have values to set/],
  ];
  for (const [words, message] of wrong) {
    const { code, stderr, stdout } = await place().run("parity", ...words);
    assert.match(stderr, message);
    assert.deepEqual([code, stdout], [2, ""]);
  }
});
