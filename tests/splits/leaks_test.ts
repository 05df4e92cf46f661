import assert from "node:assert/strict";
import { describeTwins, findLeaks, type Placed } from "../../lib/splits/leaks.ts";
import type { Part } from "../../lib/splits/part.ts";

const placed = (file: string, part: Part, age: number, digest: string): Placed => ({ file, part, age, digest });

Deno.test("the same bytes in two parts are a leak, with two ages a contradiction", () => {
  const leaks = findLeaks([
    placed("b.jpg", "test", 30, "1"),
    placed("a.jpg", "train", 30, "1"),
    placed("c.jpg", "train", 20, "2"),
    placed("d.jpg", "train", 25, "2"),
    placed("e.jpg", "validation", 20, "3"),
    placed("f.jpg", "test", 21, "3"),
    placed("g.jpg", "test", 21, "4"),
    placed("h.jpg", "test", 21, "4"),
    placed("i.jpg", "train", 21, "5"),
  ]);
  assert.deepEqual(leaks.acrossParts.map(describeTwins), [
    "a.jpg (train, 30), b.jpg (test, 30)",
    "e.jpg (validation, 20), f.jpg (test, 21)",
  ]);
  assert.deepEqual(leaks.acrossAges.map(describeTwins), [
    "c.jpg (train, 20), d.jpg (train, 25)",
    "e.jpg (validation, 20), f.jpg (test, 21)",
  ]);
});

Deno.test("unused images do no harm", () => {
  const leaks = findLeaks([placed("a.jpg", "train", 30, "1"), placed("b.jpg", "unused", 31, "1")]);
  assert.deepEqual(leaks, { acrossParts: [], acrossAges: [] });
});

Deno.test("of many twins a few are named and the others counted", () => {
  const twins = Array.from(
    { length: 9 },
    (_, i) => ({ file: `${i}.jpg`, age: 30, part: "train" as const, digest: "a" }),
  );
  assert.match(describeTwins(twins), /^0\.jpg \(train, 30\), .*5\.jpg \(train, 30\), 3 more$/);
});
