import assert from "node:assert/strict";
import { random } from "../../lib/base/random.ts";
import { alignFace, alignmentOf, alignmentProblem, templateFor } from "../../lib/images/align.ts";
import type { Raster } from "../../lib/images/resize.ts";
import { inverse, nearestSimilarity, scaleOf, type Similarity } from "../../lib/images/similarity.ts";

function moved(points: readonly number[], { a, b, right, down }: Similarity): number[] {
  const out: number[] = [];
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i], points[i + 1]];
    out.push(a * x - b * y + right, b * x + a * y + down);
  }
  return out;
}

function assertNear(actual: readonly number[], expected: readonly number[], tolerance = 1e-9): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) < tolerance, `${actual} is not ${expected}`));
}

/** A random turn of up to 80 degrees, scale and shift. */
function drawSimilarity(seed: number): Similarity {
  const stream = random("similarity", seed);
  const angle = stream.between(-1.4, 1.4);
  const scale = stream.between(0.2, 5);
  const place = { right: stream.between(-200, 200), down: stream.between(-200, 200) };
  return { a: scale * Math.cos(angle), b: scale * Math.sin(angle), ...place };
}

/** Black but for squares of 5 x 5 pixels around the points, each with one channel of its own. */
function dotted(width: number, height: number, points: readonly number[]): Raster {
  const data = new Uint8Array(width * height * 4);
  const dot = (x: number, y: number, channel: number): void => {
    for (let j = -2; j <= 2; j++) {
      for (let i = -2; i <= 2; i++) data[((Math.round(y) + j) * width + Math.round(x) + i) * 4 + channel] = 255;
    }
  };
  for (let i = 0; i < 3; i++) dot(points[2 * i], points[2 * i + 1], i);
  return { width, height, data };
}

/** The middle of what is bright in one channel. */
function centre(data: Uint8Array, size: number, channel: number): [number, number] {
  let [sum, x, y] = [0, 0, 0];
  for (let i = 0; i < size * size; i++) {
    const level = data[i * 3 + channel];
    sum += level;
    x += level * (i % size);
    y += level * Math.floor(i / size);
  }
  return [x / sum, y / sum];
}

Deno.test("a known similarity is recovered from five points", () => {
  const points = templateFor(112);
  for (let seed = 0; seed < 20; seed++) {
    const known = drawSimilarity(seed);
    const found = nearestSimilarity(points, moved(points, known))!;
    assertNear([found.a, found.b, found.right, found.down], [known.a, known.b, known.right, known.down]);
    assertNear(moved(moved(points, found), inverse(found)), points);
  }
});

Deno.test("the estimate is the best one: any small change makes the squared error larger", () => {
  const stream = random("misplaced");
  const points = templateFor(112).map((place) => place + stream.between(-8, 8));
  const error = (by: Similarity): number =>
    moved(points, by).reduce((sum, place, i) => sum + (place - templateFor(112)[i]) ** 2, 0);
  const found = nearestSimilarity(points, templateFor(112))!;
  for (const part of ["a", "b", "right", "down"] as const) {
    for (const change of [-1e-3, 1e-3]) {
      assert.ok(error({ ...found, [part]: found[part] + change }) > error(found), `${part} ${change}`);
    }
  }
});

Deno.test("a mirrored face is refused, whatever way it is turned, and never reflected", () => {
  const mirrored = templateFor(112).map((place, i) => (i % 2 === 0 ? 111 - place : place));
  for (let seed = 0; seed < 10; seed++) {
    const turn = drawSimilarity(seed);
    assert.match(alignmentProblem(moved(mirrored, turn))!, /mirrored/);
    assert.equal(alignmentProblem(moved(templateFor(112), turn)), undefined);
  }
  assert.ok(scaleOf(nearestSimilarity(mirrored, templateFor(112))!) < 0.8, "a turn cannot undo a mirror");
});

Deno.test("landmarks that are missing or at one place are refused with a reason", () => {
  assert.match(alignmentProblem(null)!, /no landmarks/);
  assert.match(alignmentProblem(new Array(10).fill(7))!, /at one place/);
  assert.throws(() => alignmentOf(new Array(10).fill(7), 64), RangeError);
  assert.equal(nearestSimilarity(new Array(10).fill(7), templateFor(64)), undefined);
});

for (const [size, seed] of [[112, 1], [64, 2], [224, 3], [112, 4]]) {
  Deno.test(`eyes and nose of a turned face land on the template at ${size} pixels, case ${seed}`, () => {
    const turn = { ...drawSimilarity(seed), right: 400, down: 400 };
    const points = moved(templateFor(112), turn).map(Math.round);
    const aligned = alignFace(dotted(1200, 1200, points), points, size);
    for (let i = 0; i < 3; i++) {
      assertNear(centre(aligned.data, size, i), templateFor(size).slice(2 * i, 2 * i + 2), (1.5 * size) / 112);
    }
  });
}

Deno.test("a face that already lies on the template stays as it is", () => {
  const data = new Uint8Array(112 * 112 * 4).map((_, i) => (i * 7919 + (i >> 6)) & 0xFF);
  const aligned = alignFace({ width: 112, height: 112, data }, templateFor(112), 112);
  assert.deepEqual([...aligned.data.subarray(3 * 5000, 3 * 5001)], [...data.subarray(4 * 5000, 4 * 5000 + 3)]);
  assert.deepEqual(aligned.data, data.filter((_, i) => i % 4 !== 3));
});

Deno.test("a much larger face is averaged, not sampled: stripes finer than a pixel become grey", () => {
  const size = 896;
  const data = new Uint8Array(size * size * 4).map((_, i) => ((i >> 2) % 2 === 0 ? 0 : 200));
  const points = templateFor(112).map((place) => (place + 0.5) * 8 - 0.5);
  const aligned = alignFace({ width: size, height: size, data }, points, 112);
  assert.ok(aligned.data.every((level) => Math.abs(level - 100) <= 1));
});

Deno.test("beyond the image all is black", () => {
  const points = templateFor(112).map((place) => place - 40);
  const image = { width: 60, height: 60, data: new Uint8Array(60 * 60 * 4).fill(255) };
  const { data } = alignFace(image, points, 112);
  const levelAt = (x: number, y: number): number => data[(y * 112 + x) * 3];
  assert.deepEqual([levelAt(10, 10), levelAt(50, 50), levelAt(110, 50)], [0, 255, 0]);
});
