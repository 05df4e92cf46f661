import assert from "node:assert/strict";
import { encodedLines } from "../../../runners/files/lines.ts";

for (const count of [0, 1, 999, 1000, 1001, 2500]) {
  Deno.test(`${count} lines have the bytes of their joined text, in pieces`, () => {
    const lines = Array.from({ length: count }, (_, i) => `é${i}`);
    const pieces = [...encodedLines(lines)];
    const text = new TextDecoder().decode(Uint8Array.from(pieces.flatMap((piece) => [...piece])));
    assert.equal(text, lines.join("\n"));
    assert.equal(pieces.length, Math.ceil(count / 1000));
  });
}
