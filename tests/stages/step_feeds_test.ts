import assert from "node:assert/strict";
import { scalar } from "../../lib/base/tensor.ts";
import { partFeeds, partsOf } from "../../lib/stages/_step_feeds.ts";

const share = Float32Array.of(1, 1, 2, 0, 4, 0);
const targets = { age: { value: share, weight: share, share } };

Deno.test("a batch in parts: the first, the last, and what each adds to the loss", () => {
  const parts = partsOf(Uint32Array.of(4, 3, 2, 1, 0, 5), 3);
  assert.deepEqual(parts.map(({ rows }) => [...rows]), [[4, 3], [2, 1], [0, 5]]);
  assert.deepEqual(parts.map((part) => partFeeds(part, targets)), [
    { first: scalar("float32", 1), last: scalar("float32", 0), "share/age": scalar("float32", 4 / 8) },
    { first: scalar("float32", 0), last: scalar("float32", 0), "share/age": scalar("float32", 3 / 8) },
    { first: scalar("float32", 0), last: scalar("float32", 1), "share/age": scalar("float32", 1 / 8) },
  ]);
});

Deno.test("a batch that nothing weighs has no shares, a whole batch needs none", () => {
  const [part] = partsOf(Uint32Array.of(3, 5), 2);
  assert.deepEqual(partFeeds(part, targets)["share/age"], scalar("float32", 0));
  assert.deepEqual(partFeeds(partsOf(Uint32Array.of(4, 2), 1)[0], targets), {});
});
