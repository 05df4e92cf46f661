/** Round trips through published ONNX files, where they are at hand. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { decodeModel } from "../../lib/graph/decode.ts";
import { encodeModel } from "../../lib/graph/encode.ts";

const FOLDER = "../shared/data/weights";
const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((file) => file.endsWith(".onnx")) : [];
if (files.length === 0) console.log(`round trips of published files are skipped: ${FOLDER} holds none`);

for (const file of files) {
  Deno.test(`${file} survives a round trip`, () => {
    const graph = decodeModel(Deno.readFileSync(`${FOLDER}/${file}`));
    assert.ok(graph.nodes.length > 0 && graph.constants.size > 0);
    const bytes = encodeModel(graph);
    assert.deepEqual(decodeModel(bytes), graph);
    assert.deepEqual(encodeModel(decodeModel(bytes)), bytes);
  });
}
