/** What every reporter owes to those who use it. */
import assert from "node:assert/strict";
import { reporters } from "../../lib/reporters/mod.ts";
import { sampleReport } from "./sample.ts";

const VOID = new Set(["meta", "img", "br", "hr", "input", "link"]);

/** The first element that is closed wrongly or never, if any. */
function unbalanced(page: string): string | undefined {
  const open: string[] = [];
  const body = page.replace(/<!doctype[^>]*>/i, "").replace(/<style>.*?<\/style>/s, "");
  for (const [, close, name, rest] of body.matchAll(/<(\/?)([a-z][a-z0-9-]*)((?:"[^"]*"|[^>"])*)>/gi)) {
    if (close === "") {
      if (!VOID.has(name) && !rest.endsWith("/")) open.push(name);
    } else if (open.pop() !== name) return name;
  }
  return open.pop();
}

for (const reporter of reporters) {
  Deno.test(`${reporter.name}: renders files with names and content`, async () => {
    const files = Object.entries(await reporter.render(sampleReport()));
    assert.ok(files.length > 0);
    for (const [name, bytes] of files) {
      assert.match(name, /^[a-z0-9_.-]+\.[a-z0-9]+$/);
      assert.ok(bytes.length > 0);
    }
  });

  Deno.test(`${reporter.name}: equal runs give equal bytes, other runs other bytes`, async () => {
    const first = await reporter.render(sampleReport());
    assert.deepEqual(await reporter.render(sampleReport()), first);
    assert.notDeepEqual(await reporter.render(sampleReport(121)), first);
  });

  Deno.test(`${reporter.name}: leaves the run as it is`, async () => {
    const report = sampleReport();
    await reporter.render(report);
    assert.deepEqual(report, sampleReport());
  });

  Deno.test(`${reporter.name}: pages are well-formed`, async () => {
    for (const [name, bytes] of Object.entries(await reporter.render(sampleReport()))) {
      if (name.endsWith(".html")) assert.equal(unbalanced(new TextDecoder().decode(bytes)), undefined);
    }
  });
}

Deno.test("the check for well-formed pages finds what is not", () => {
  assert.equal(unbalanced("<p><b>a</p>"), "p");
  assert.equal(unbalanced("<div><img></div>"), undefined);
});
