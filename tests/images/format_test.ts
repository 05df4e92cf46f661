import assert from "node:assert/strict";
import { describeKind, sniff } from "../../lib/images/format.ts";
import { ascii, concat } from "./bytes.ts";

const READABLE = "(JPEG, PNG, GIF, BMP and TIFF are read)";

for (
  const [name, bytes, reason] of [
    ["nothing", [], "the file is empty"],
    ["zeros", new Array(20).fill(0), "the file holds only zero bytes"],
    ["text", ascii("name,age\na.jpg,3\n"), `not an image ${READABLE}`],
    ["a web page", ascii("<!DOCTYPE html><html>"), `an HTML page ${READABLE}`],
    ["WebP", concat(ascii("RIFF"), [9, 9, 9, 9], ascii("WEBPVP8 ")), `a WebP image ${READABLE}`],
    ["AVIF", concat([0, 0, 0, 28], ascii("ftypavif")), `an AVIF image ${READABLE}`],
    ["HEIC", concat([0, 0, 0, 28], ascii("ftypheic")), `a HEIC image ${READABLE}`],
    ["a zip archive", ascii("PK\x03\x04...."), `a zip archive ${READABLE}`],
    ["the start of a signature", [0xFF, 0xD8], `not an image ${READABLE}`],
  ] as const
) {
  Deno.test(`${name} is no image, and says what it is`, () => {
    assert.equal(sniff(Uint8Array.from(bytes)), undefined);
    assert.equal(describeKind(Uint8Array.from(bytes)), reason);
  });
}
