import assert from "node:assert/strict";
import { blurred } from "../../lib/augmentations/blur.ts";
import { recolor } from "../../lib/augmentations/color.ts";
import { toGrey } from "../../lib/augmentations/grayscale.ts";
import { rotated } from "../../lib/augmentations/rotate.ts";
import { enlarged } from "../../lib/augmentations/zoom.ts";
import type { Pixels } from "../../lib/contracts/data.ts";
import golden from "../../fixtures/images/augment.json" with { type: "json" };

const { width, height } = golden;
const original = (): Pixels => ({ width, height, data: Uint8Array.fromBase64(golden.pixels) });

/** Equal but for rounding of numbers that lie within float error of a half. */
function assertEqual(actual: Uint8Array, expected: string): void {
  const wanted = Uint8Array.fromBase64(expected);
  assert.equal(actual.length, wanted.length);
  const differences = wanted.map((level, i) => Math.abs(level - actual[i]));
  assert.ok(differences.every((difference) => difference <= 1));
  assert.ok(differences.filter((difference) => difference > 0).length <= actual.length / 100);
}

for (const { factors, result } of golden.colors) {
  Deno.test(`color by ${factors.join(", ")} equals torchvision's formulas`, () => {
    const image = original();
    const [brightness, contrast, saturation] = factors;
    recolor(image.data, brightness, contrast, saturation);
    assertEqual(image.data, result);
  });
}

for (const { degrees, border, result } of golden.turns) {
  Deno.test(`a turn by ${degrees} degrees with ${border} border equals PyTorch's grid_sample`, () => {
    const image = rotated(original(), (degrees * Math.PI) / 180, border as "edge" | "reflect");
    assertEqual(image.data, result);
  });
}

for (const { sigma, result } of golden.blurs) {
  Deno.test(`a blur of sigma ${sigma} equals PyTorch's convolution`, () => {
    assertEqual(blurred(original(), sigma).data, result);
  });
}

for (const { part: [left, top, wide, high], result } of golden.parts) {
  Deno.test(`the part ${left}, ${top}, ${wide} x ${high} enlarged equals PyTorch's grid_sample`, () => {
    assertEqual(enlarged(original(), { left, top, width: wide, height: high }).data, result);
  });
}

Deno.test("grey equals torchvision's formula", () => {
  const { data } = original();
  toGrey(data);
  assertEqual(data, golden.grey);
});
