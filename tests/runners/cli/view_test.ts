import assert from "node:assert/strict";
import { clock, figure, table } from "../../../runners/cli/table.ts";
import { openView, progressLine } from "../../../runners/cli/view.ts";

const progress = (done: number) => ({ done, total: 100, unit: "images", rate: 12.345, figures: { loss: 3.14159 } });

/** A view, what it wrote, and a clock to turn. */
function view(options: { quiet?: boolean; columns?: number }) {
  const state = { text: "", now: 0 };
  const write = (text: string): void => void (state.text += text);
  return { state, view: openView({ quiet: false, columns: undefined, ...options, write, now: () => state.now }) };
}

Deno.test("a progress line has count, speed, figures and the time left", () => {
  assert.equal(
    progressLine("train", progress(40), 61),
    "  train       40/100 images  12.3 images/s  loss 3.14  1:01 left",
  );
  assert.equal(progressLine("train", { done: 1, total: 2, unit: "steps" }, undefined), "  train       1/2 steps");
});

Deno.test("in a pipe there are plain lines, and progress now and then", () => {
  const { state, view: shown } = view({});
  shown.event({ kind: "started", stage: "train", because: "first run" });
  for (state.now = 0; state.now < 25_000; state.now += 1000) {
    shown.event({ kind: "progress", stage: "train", progress: progress(state.now / 1000 + 1) });
  }
  shown.event({ kind: "finished", stage: "train", row: { name: "train", key: "k", status: "ran", seconds: 25 } });
  const lines = state.text.trimEnd().split("\n");
  assert.equal(lines[0], "  train       running (first run)");
  assert.equal(lines.filter((line) => line.includes("/100")).length, 2);
  assert.equal(lines.at(-1), "  train       ran  25.0 s");
  assert.ok(!state.text.includes("\r"));
});

Deno.test("on a terminal one line is written over, never beyond its width, and gives way to what stays", () => {
  const { state, view: shown } = view({ columns: 30 });
  shown.event({ kind: "started", stage: "train", because: "first run" });
  shown.event({ kind: "progress", stage: "train", progress: progress(50) });
  assert.ok(!state.text.includes("\n"));
  for (const part of state.text.split("\r\x1b[K")) assert.ok(part.length < 30);
  shown.warn("odd");
  assert.ok(state.text.endsWith("\r\x1b[Kwarning: odd\n"));
});

Deno.test("the time left counts from where this process began", () => {
  const { state, view: shown } = view({ columns: 200 });
  shown.event({ kind: "started", stage: "train", because: "first run" });
  shown.event({ kind: "progress", stage: "train", progress: progress(80) });
  state.now = 10_000;
  shown.event({ kind: "progress", stage: "train", progress: progress(90) });
  assert.match(state.text, /90\/100 .* 0:10 left$/);
});

Deno.test("quiet leaves warnings and failures", () => {
  const { state, view: shown } = view({ quiet: true });
  shown.event({ kind: "started", stage: "train", because: "first run" });
  shown.note("nothing");
  shown.event({ kind: "warning", stage: "train", message: "odd" });
  shown.fail("broken");
  assert.equal(state.text, "warning: train: odd\nbroken\n");
});

Deno.test("tables set numbers to the right and text to the left", () => {
  assert.equal(table(["name", "mae"], [["a", "4.87"], ["longer", "12.1"]]), "name     mae\na       4.87\nlonger  12.1");
});

Deno.test("clocks and figures", () => {
  assert.deepEqual([clock(7), clock(61.4), clock(3723)], ["0:07", "1:01", "1:02:03"]);
  assert.deepEqual([figure(4.8712), figure(0.52249), figure(12), figure(1204.56)], ["4.87", "0.522", "12", "1204.6"]);
});
