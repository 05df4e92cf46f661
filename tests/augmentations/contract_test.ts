/** What every augmentation promises. */
import assert from "node:assert/strict";
import { augmentations } from "../../lib/augmentations/mod.ts";
import { random } from "../../lib/base/random.ts";
import type { Augmentation, Pixels } from "../../lib/contracts/data.ts";

const SIZES = [[16, 16], [9, 14], [1, 1], [2, 1]];

function picture(width: number, height: number): Pixels {
  return { width, height, data: new Uint8Array(width * height * 3).map((_, i) => (i * 37 + (i >> 3) * 101) & 0xFF) };
}

/** Defaults, but every image is changed. */
function always(augmentation: Augmentation<unknown>): unknown {
  const defaults = augmentation.params.parse({}) as Record<string, unknown>;
  return augmentation.params.parse("p" in defaults ? { p: 1 } : {});
}

for (const augmentation of augmentations) {
  const { name } = augmentation;
  const apply = (image: Pixels, image_id: number, params: unknown = always(augmentation)): Pixels =>
    augmentation.apply(image, params, random(1, 2, image_id, 0, name));

  Deno.test(`${name} keeps the size of any image`, () => {
    for (const [width, height] of SIZES) {
      const result = apply(picture(width, height), 4);
      assert.deepEqual([result.width, result.height, result.data.length], [width, height, width * height * 3]);
    }
  });

  Deno.test(`${name} draws everything from its random stream`, () => {
    const results = [1, 2, 3].map((image) => apply(picture(16, 16), image).data);
    const again = [3, 1, 2].map((image) => apply(picture(16, 16), image).data);
    assert.deepEqual(again, [results[2], results[0], results[1]]);
  });

  Deno.test(`${name} changes images, and differently`, () => {
    const results = Array.from({ length: 8 }, (_, image) => apply(picture(16, 16), image).data.join());
    assert.ok(results.some((result) => result !== picture(16, 16).data.join()));
    if (!["flip", "grayscale"].includes(name)) assert.ok(new Set(results).size > 4);
  });

  Deno.test(`${name} states ranges and defaults, and takes nothing else`, () => {
    assert.ok(augmentation.params.safeParse({}).success);
    for (const wrong of [{ p: 2 }, { unknown: 1 }]) assert.ok(!augmentation.params.safeParse(wrong).success);
  });

  if ("p" in (augmentation.params.parse({}) as object)) {
    Deno.test(`${name} leaves images alone where p is 0`, () => {
      const params = augmentation.params.parse({ p: 0 });
      for (let image = 0; image < 20; image++) {
        assert.deepEqual(apply(picture(9, 14), image, params), picture(9, 14));
      }
    });
  }
}
