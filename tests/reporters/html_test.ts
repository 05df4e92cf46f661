import assert from "node:assert/strict";
import type { Prediction } from "../../lib/contracts/data.ts";
import type { Figures, RunReport } from "../../lib/contracts/report.ts";
import { html } from "../../lib/reporters/html.ts";
import { sampleReport } from "./sample.ts";

async function pageOf(report: RunReport): Promise<string> {
  return new TextDecoder().decode((await html.render(report))["report.html"]);
}

/** The text of the table row that starts with a name, cells separated by one space. */
function rowOf(page: string, name: string): string {
  const row = [...page.matchAll(/<tr>.*?<\/tr>/gs)].map(([text]) => text).find((text) =>
    text.includes(`>${name}</td>`)
  );
  assert.ok(row, `no row "${name}"`);
  return row.replace(/<[^>]+>/g, " ").replace(/\s+/g, " ").trim();
}

type GroupRow = RunReport["metrics"]["groups"][string][number];

function groupRow(group: string, figures: Figures): GroupRow {
  return { group, ...figures } as GroupRow;
}

const page = await pageOf(sampleReport());

Deno.test("html: the page asks for nothing outside itself and runs no script", () => {
  const addresses = page.match(/(?:https?:)?\/\/[a-z0-9.]+/gi) ?? [];
  assert.deepEqual(addresses.filter((address) => !address.endsWith("//www.w3.org")), []);
  assert.doesNotMatch(page, /<script|<link|<iframe|@import|url\((?!#)|\son[a-z]+=/i);
  assert.match(page, /Content-Security-Policy" content="default-src &#39;none&#39;|content="default-src 'none'/);
});

Deno.test("html: shows the error beside that of the best constant, and every figure", () => {
  const { mae, baseline_mae, bias } = sampleReport().metrics.test!;
  assert.ok(page.includes(`<div class="figure">${mae.toFixed(1)} `));
  assert.ok(rowOf(page, "MAE of the best constant answer, years").includes(baseline_mae.toFixed(2)));
  assert.ok(rowOf(page, "bias, years").includes(Math.abs(bias).toFixed(1)));
  assert.ok(page.includes(`${Math.round(100 * (1 - mae / baseline_mae))} % less error than`));
});

Deno.test("html: a model worse than a constant is told to be worse", async () => {
  const report = sampleReport();
  const metrics = { ...report.metrics, test: { n: 10, mae: 12, baseline_mae: 8 } };
  assert.match(await pageOf({ ...report, metrics }), /50 % more error than/);
});

Deno.test("html: groups are compared at equal ages", async () => {
  const face = (age: number, error: number, gender: string): Prediction => ({
    file: `${age}_${error}_${gender}.jpg`,
    split: "test",
    age,
    predicted: age + error,
    groups: { gender },
  });
  // Both groups err by 2 years at 22 and by 6 at 42; only their ages differ: 3 of 4 young among "a", 1 of 4 among "b".
  const predictions = [
    ...[22, 22, 22, 42].map((age) => face(age, age === 22 ? 2 : 6, "a")),
    ...[22, 42, 42, 42].map((age) => face(age, age === 22 ? 2 : 6, "b")),
  ];
  const groups = { gender: [groupRow("a", { n: 4, mae: 3, bias: 3 }), groupRow("b", { n: 4, mae: 5, bias: 5 })] };
  const text = await pageOf({
    ...sampleReport(),
    predictions,
    metrics: { test: { n: 8, mae: 4 }, validation: null, groups },
  });
  assert.equal(rowOf(text, "a"), "a 4 27.0 3.00 ± 2.0 4.00 +3.0");
  assert.equal(rowOf(text, "b"), "b 4 37.0 5.00 ± 2.0 4.00 +5.0");
});

Deno.test("html: a group that lacks many ages is not compared at equal ages", async () => {
  const report = sampleReport();
  const predictions = report.predictions.filter(({ age, groups }) => groups.gender === "male" || age < 40);
  assert.match(rowOf(await pageOf({ ...report, predictions }), "female"), / – /);
});

Deno.test("html: text from outside is shown, never interpreted", async () => {
  const evil = `</pre><script>alert(1)</script><img src=x onerror="a()">'&`;
  const report = sampleReport(12);
  const [first, ...rest] = report.predictions.filter(({ split }) => split === "test");
  const text = await pageOf({
    ...report,
    title: evil,
    about: evil,
    provider: evil,
    pipeline: evil,
    predictions: [{ ...first, file: evil, predicted: 99, groups: { gender: evil } }, ...rest],
    metrics: {
      ...report.metrics,
      groups: { [evil]: [groupRow(evil, { n: 1, mae: 3 })], age_band: [groupRow(evil, { n: 1, mae: 3 })] },
    },
    left: { rejects: [{ file: evil, reason: evil }], outside: 0 },
    leaks: [evil],
    stages: [{ name: evil, needs: [], status: "ran", seconds: 1 }],
  });
  assert.doesNotMatch(text, /<script|<img src=x|onerror="/i);
  assert.ok(text.split("alert(1)").length > 8, "the text itself is there");
});

Deno.test("html: only pictures are taken as thumbnails", async () => {
  const report = sampleReport(4);
  const files = report.predictions.filter(({ split }) => split === "test").map(({ file }) => file);
  const given = [
    "data:image/png;base64,AAAA",
    "https://example.org/a.png",
    "data:image/svg+xml;base64,AAAA",
    "javascript:a()",
  ];
  const text = await pageOf({ ...report, thumbnails: Object.fromEntries(files.map((file, i) => [file, given[i]])) });
  assert.deepEqual([...text.matchAll(/<img src="([^"]*)"/g)].map(([, source]) => source), [given[0]]);
});

Deno.test("html: worst faces come first, from the judged part alone", () => {
  const { predictions } = sampleReport();
  const test = predictions.filter(({ split }) => split === "test");
  const worst = test.reduce((a, b) => Math.abs(a.predicted - a.age) >= Math.abs(b.predicted - b.age) ? a : b);
  const shown = [...page.matchAll(/<span class="file" title="([^"]*)"/g)].map(([, file]) => file);
  assert.equal(shown.length, 12);
  assert.equal(shown[0], worst.file);
  assert.ok(shown.every((file) => file.includes("_test_")));
});

Deno.test("html: a run with nothing to show still gives a page", async () => {
  const empty = { ...sampleReport(), predictions: [], history: [], stages: [], left: { rejects: [], outside: 0 } };
  const text = await pageOf({ ...empty, metrics: { test: null, validation: null, groups: {} } });
  assert.match(text, /No image was judged/);
  assert.match(text, /Every image was used/);
  assert.doesNotMatch(text, /NaN|undefined|Infinity/);
});

Deno.test("html: one epoch, one image, no test part", async () => {
  const report = sampleReport(1);
  const predictions = report.predictions.filter(({ split }) => split === "validation");
  const metrics = { test: null, validation: { n: 1, mae: 2, new_metric: 0.1234 }, groups: {} };
  const text = await pageOf({ ...report, predictions, metrics, history: report.history.slice(0, 1) });
  assert.match(text, /On 1 validation image the/);
  assert.match(rowOf(text, "new_metric"), /0\.123/);
  assert.doesNotMatch(text, /NaN|undefined|Infinity/);
});

Deno.test("html: thousands of predictions keep the page small", async () => {
  assert.ok((await pageOf(sampleReport(3000))).length < 400_000);
});

Deno.test("html: the drawing has every stage, and cached ones look it", () => {
  const drawing = page.slice(
    page.indexOf('<div class="card dag">'),
    page.indexOf("</svg>", page.indexOf('<div class="card dag">')),
  );
  for (const { name } of sampleReport().stages) assert.ok(drawing.includes(`>${name}</text>`), name);
  assert.equal(drawing.match(/class="node cached"/g)?.length, 2);
  assert.equal(drawing.match(/class="edge"/g)?.length, 7);
});

Deno.test("html: tells how the model was trained, topic by topic", () => {
  assert.equal(rowOf(page, "starts from"), "starts from face.onnx");
  assert.equal(rowOf(page, "predicts"), "predicts the mean over each image and its mirror image");
});

Deno.test("html: leaks are counted by kind, their names are folded away", async () => {
  const leaks = ["several parts: a.jpg, b.jpg", "several ages: c.jpg, d.jpg", "several parts: e.jpg, f.jpg"];
  const text = await pageOf({ ...sampleReport(4), leaks });
  const section = text.slice(text.indexOf('id="leaks"'), text.indexOf("</section>", text.indexOf('id="leaks"')));
  const counts = [...section.matchAll(/<td class="free">([^<]*)<\/td><td>(\d+)<\/td>/g)].map(([, ...row]) => row);
  assert.deepEqual(counts, [["several parts", "2"], ["several ages", "1"]]);
  const folded = section.slice(section.indexOf("<details>"), section.indexOf("</details>"));
  for (const leak of leaks) assert.ok(folded.includes(leak), leak);
});
