/** What an arena touches, on requests small enough to follow. */
import assert from "node:assert/strict";
import { Arena, arenaBytes } from "../../lib/memory/arena.ts";

const MIB = 2 ** 20;

Deno.test("what is given back is taken again, and side by side it becomes one piece", () => {
  const arena = new Arena();
  const [a, b, c] = [arena.take(1000), arena.take(1000), arena.take(1000)];
  assert.equal(arena.touched, 3 * 1024);
  arena.give(a);
  arena.give(c);
  arena.give(b);
  arena.take(3000);
  assert.equal(arena.touched, 3 * 1024);
});

Deno.test("of the free pieces the smallest that is large enough is taken, whole unless it is twice as large", () => {
  const arena = new Arena();
  const [large, wall, small] = [arena.take(40_960), arena.take(256), arena.take(20_480)];
  arena.take(256);
  arena.give(large);
  arena.give(small);
  assert.equal(arena.take(15_000), small);
  assert.equal(small.size, 20_480);
  assert.equal(arena.take(15_000), large);
  assert.equal(large.size, 15_104);
  assert.equal(wall.start, 40_960);
});

Deno.test("regions double, and what lies in two of them does not become one", () => {
  const arena = new Arena();
  const pieces = [arena.take(MIB), arena.take(2 * MIB), arena.take(4 * MIB)];
  assert.deepEqual(pieces.map(({ region }) => region), [0, 1, 2]);
  pieces.forEach((piece) => arena.give(piece));
  arena.take(7 * MIB);
  assert.equal(arena.touched, 14 * MIB);
});

Deno.test("buffers that are needed at different times share bytes, others do not", () => {
  const sizes = new Map([["a", MIB], ["b", MIB], ["c", MIB]]);
  const buffer = (value: string, first: number, last: number) => ({ value, first, last });
  assert.equal(arenaBytes([buffer("a", 0, 1), buffer("b", 2, 3), buffer("c", 4, 5)], sizes), MIB);
  assert.equal(arenaBytes([buffer("a", 0, 1), buffer("b", 1, 3), buffer("c", 2, 5)], sizes), 2 * MIB);
});
