import assert from "node:assert/strict";
import type { Prediction } from "../../lib/contracts/data.ts";
import { predictionsCsv, readPredictions } from "../../lib/stages/_csv.ts";

const face = (file: string, groups: Record<string, string>): Prediction => {
  return { file, age: 30, predicted: 31.5, split: "test", groups };
};

Deno.test("predictions are read as they were written, each column has a name of its own", () => {
  const predictions = [
    face('a "b", c.jpg', { gender: "1", split: "old", predicted: "29" }),
    face("d.jpg", { age_band: "30-39", split: "new" }),
  ];
  const text = new TextDecoder().decode(predictionsCsv(predictions));
  const [header, first] = text.split("\r\n");
  assert.equal(header, "split,file,age,predicted,age_band,gender,dataset.predicted,dataset.split");
  assert.equal(first, 'test,"a ""b"", c.jpg",30,31.5,,1,29,old');
  assert.deepEqual(readPredictions(text), predictions);
});
