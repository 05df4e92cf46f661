import assert from "node:assert/strict";
import { blurred } from "../../lib/augmentations/blur.ts";
import { color } from "../../lib/augmentations/color.ts";
import { crop } from "../../lib/augmentations/crop.ts";
import { erase } from "../../lib/augmentations/erase.ts";
import { flip } from "../../lib/augmentations/flip.ts";
import { grayscale } from "../../lib/augmentations/grayscale.ts";
import { noise } from "../../lib/augmentations/noise.ts";
import { zoom } from "../../lib/augmentations/zoom.ts";
import { random } from "../../lib/base/random.ts";
import type { Pixels } from "../../lib/contracts/data.ts";

/** Every pixel tells its place: red is the column, green the row. */
function places(width: number, height: number): Pixels {
  const pixels = Array.from({ length: width * height }, (_, i) => [i % width, Math.floor(i / width), 200]);
  return { width, height, data: Uint8Array.from(pixels.flat()) };
}

function even(width: number, height: number, level: number): Pixels {
  return { width, height, data: new Uint8Array(width * height * 3).fill(level) };
}

Deno.test("flip mirrors each row, and twice is as before", () => {
  const once = flip.apply(places(5, 3), { p: 1 }, random("a"));
  assert.deepEqual([...once.data.subarray(0, 6)], [4, 0, 200, 3, 0, 200]);
  assert.deepEqual([...once.data.subarray(30, 33)], [4, 2, 200]);
  assert.deepEqual(flip.apply(once, { p: 1 }, random("a")), places(5, 3));
});

Deno.test("flip changes the share p of images", () => {
  const flipped = Array.from({ length: 4000 }, (_, i) => flip.apply(places(2, 1), { p: 0.3 }, random(i)).data[0] === 1);
  const share = flipped.filter(Boolean).length / 4000;
  assert.ok(Math.abs(share - 0.3) < 0.03, `${share}`);
});

Deno.test("crop shifts by every offset up to the padding, evenly", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 5000; i++) {
    const { data } = crop.apply(places(9, 9), { padding: 2, border: "reflect" }, random(i));
    const middle = (4 * 9 + 4) * 3;
    const offset = `${data[middle] - 4},${data[middle + 1] - 4}`;
    counts.set(offset, (counts.get(offset) ?? 0) + 1);
  }
  assert.equal(counts.size, 25);
  assert.ok([...counts.values()].every((count) => Math.abs(count - 200) < 70));
});

Deno.test("crop mirrors or repeats the border", () => {
  const stream = { uniform: () => 0, between: (low: number) => low, integer: () => 0, normal: () => 0 };
  const row = (border: "reflect" | "edge"): number[] => {
    const { data } = crop.apply(places(4, 1), { padding: 3, border }, stream);
    return [0, 3, 6, 9].map((i) => data[i]);
  };
  assert.deepEqual(row("reflect"), [3, 2, 1, 0]);
  assert.deepEqual(row("edge"), [0, 0, 0, 0]);
});

Deno.test("color factors stay within their strengths", () => {
  for (let i = 0; i < 200; i++) {
    const params = { brightness: 0.3, contrast: 0, saturation: 0 };
    const level = color.apply(even(2, 2, 100), params, random(i)).data[0];
    assert.ok(level >= 70 && level <= 130);
  }
});

Deno.test("noise has the stated deviation, mean zero, and the tails of a normal distribution", () => {
  const { data } = noise.apply(even(200, 200, 128), { p: 1, std: 10 }, random("noise"));
  const deviations = Array.from(data, (level) => level - 128);
  const mean = deviations.reduce((sum, x) => sum + x, 0) / data.length;
  const std = Math.sqrt(deviations.reduce((sum, x) => sum + x * x, 0) / data.length);
  const far = deviations.filter((x) => Math.abs(x) >= 20).length / data.length;
  assert.ok(Math.abs(mean) < 0.1, `mean ${mean}`);
  assert.ok(Math.abs(std - 10) < 0.1, `deviation ${std}`);
  assert.ok(Math.abs(far - 0.051) < 0.004, `share beyond 1.95 deviations ${far}`);
});

Deno.test("neighbouring noise is independent", () => {
  const { data } = noise.apply(even(200, 200, 128), { p: 1, std: 10 }, random("pairs"));
  for (const distance of [1, 2, 3, 600]) {
    let product = 0;
    for (let i = distance; i < data.length; i++) product += (data[i] - 128) * (data[i - distance] - 128);
    assert.ok(Math.abs(product / data.length / 100) < 0.02, `distance ${distance}`);
  }
});

Deno.test("erase covers a rectangle of the mean colour within the area range", () => {
  for (let i = 0; i < 100; i++) {
    const image = places(40, 40);
    const { data } = erase.apply(image, { p: 1, area: [0.1, 0.2] }, random(i));
    const covered = Array.from({ length: 1600 }, (_, k) => data[k * 3] === 20 && data[k * 3 + 1] === 20);
    const columns = new Set(covered.flatMap((is, k) => (is ? [k % 40] : [])));
    const rows = new Set(covered.flatMap((is, k) => (is ? [Math.floor(k / 40)] : [])));
    const count = covered.filter(Boolean).length;
    assert.ok(count >= 140 && count <= 340, `${count} pixels`);
    assert.ok(Math.abs(columns.size * rows.size - count) <= columns.size + rows.size);
  }
});

Deno.test("blur keeps an even colour and spreads a point", () => {
  assert.deepEqual(blurred(even(7, 5, 90), 2), even(7, 5, 90));
  const image = even(9, 9, 0);
  image.data.fill(255, 40 * 3, 41 * 3);
  const { data } = blurred(image, 1);
  assert.ok(data[40 * 3] < 60 && data[39 * 3] > 10 && data[39 * 3] === data[41 * 3] && data[31 * 3] === data[39 * 3]);
});

Deno.test("zoom keeps parts whose area and proportions are in their ranges, anywhere in the image", () => {
  const places100 = places(100, 100);
  const parts = Array.from({ length: 300 }, (_, i) => {
    const { data } = zoom.apply(places100, { p: 1, area: [0.25, 0.5], ratio: [0.5, 2] }, random(i));
    const [left, top, right, bottom] = [data[0], data[1], data[99 * 3], data[99 * 100 * 3 + 1]];
    return { width: (right - left) / 99, height: (bottom - top) / 99, left, top };
  });
  for (const { width, height } of parts) {
    assert.ok(width * height > 0.23 && width * height < 0.53, `area ${width * height}`);
    assert.ok(width / height > 0.47 && width / height < 2.13, `ratio ${width / height}`);
  }
  const spread = (values: number[]): number => Math.max(...values) - Math.min(...values);
  assert.ok(spread(parts.map(({ left }) => left)) > 45 && spread(parts.map(({ top }) => top)) > 45);
  assert.ok(spread(parts.map(({ width, height }) => width / height)) > 1.2);
});

Deno.test("zoom on the whole image changes nothing", () => {
  assert.deepEqual(zoom.apply(places(9, 7), { p: 1, area: [1, 1], ratio: [1, 1] }, random("z")), places(9, 7));
});

Deno.test("grayscale takes the colours out of the share p of images", () => {
  const grey = Array.from({ length: 4000 }, (_, i) => {
    const [red, green, blue] =
      grayscale.apply({ width: 1, height: 1, data: Uint8Array.of(10, 200, 30) }, { p: 0.3 }, random(i)).data;
    assert.ok((red === 124 && green === 124 && blue === 124) || (red === 10 && green === 200 && blue === 30));
    return red === green;
  });
  assert.ok(Math.abs(grey.filter(Boolean).length / 4000 - 0.3) < 0.03);
});
