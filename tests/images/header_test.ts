import assert from "node:assert/strict";
import { type ImageFormat, sniff } from "../../lib/images/format.ts";
import { readHeader } from "../../lib/images/header.ts";
import golden from "../../fixtures/images/decode.json" with { type: "json" };
import { bmpHeader, concat, gifHeader, jpegHeader, pngHeader, segment, tiff } from "./bytes.ts";

for (const name of Object.keys(golden.results)) {
  Deno.test(`the header of ${name} tells format and size`, () => {
    const bytes = Deno.readFileSync(new URL(`../../fixtures/images/decode/${name}`, import.meta.url));
    const format = name.split(".")[1].replace("jpg", "jpeg") as ImageFormat;
    assert.equal(sniff(bytes), format);
    const header = readHeader(bytes, format);
    assert.deepEqual([header?.width, header?.height, header?.pixels], [40, 28, 1120]);
    if (format === "jpeg") assert.equal(header?.components, /cmyk|ycck/.test(name) ? 4 : name === "grey.jpg" ? 1 : 3);
  });
}

Deno.test("huge sizes are read from headers alone", () => {
  assert.equal(readHeader(pngHeader(60_000, 50_000), "png")?.pixels, 3e9);
  assert.equal(readHeader(jpegHeader(65_500, 65_500), "jpeg")?.pixels, 65_500 ** 2);
  assert.equal(readHeader(bmpHeader(40_000, -30_000 >>> 0), "bmp")?.height, 30_000);
});

Deno.test("a frame larger than its screen, and every page, count", () => {
  assert.equal(readHeader(gifHeader([2, 2], [3000, 2000]), "gif")?.pixels, 6_000_000);
  const pages = [{ 256: 10, 257: 20 }, { 256: 1000, 257: 3000 }];
  for (const order of ["II", "MM"] as const) {
    assert.deepEqual(readHeader(tiff(pages, order), "tiff"), {
      format: "tiff",
      width: 10,
      height: 20,
      pixels: 3_000_200,
    });
  }
});

Deno.test("a TIFF whose directories point at each other ends", () => {
  const bytes = tiff([{ 256: 10, 257: 20 }]);
  bytes.set([8, 0, 0, 0], bytes.length - 4);
  assert.equal(readHeader(bytes, "tiff")?.pixels, 200);
});

Deno.test("every cut of a header gives no header, never an exception", () => {
  const whole: Readonly<Record<ImageFormat, Uint8Array>> = {
    jpeg: jpegHeader(30, 20, 3, segment(0xE0, [1, 2, 3])),
    png: pngHeader(30, 20).subarray(0, 24),
    gif: gifHeader([30, 20], [30, 20]).subarray(0, 13),
    bmp: bmpHeader(30, 20).subarray(0, 26),
    tiff: tiff([{ 256: 30, 257: 20 }]),
  };
  for (const [format, bytes] of Object.entries(whole) as [ImageFormat, Uint8Array][]) {
    assert.equal(readHeader(bytes, format)?.width, 30, format);
    const frame = format === "jpeg" ? bytes.length - 5 : format === "tiff" ? bytes.length - 4 : bytes.length;
    for (let length = 0; length < frame; length++) readHeader(bytes.subarray(0, length), format);
    assert.equal(readHeader(bytes.subarray(0, 9), format), undefined, format);
  }
});

Deno.test("a size of nothing is no size", () => {
  assert.equal(readHeader(pngHeader(0, 20), "png"), undefined);
  assert.equal(readHeader(concat([0xFF, 0xD8], segment(0xC0, [8, 0, 0, 0, 9, 3])), "jpeg"), undefined);
});
