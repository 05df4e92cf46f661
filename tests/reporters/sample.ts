/** A made-up run, as a reporter gets it. */
import { random } from "../../lib/base/random.ts";
import type { Prediction } from "../../lib/contracts/data.ts";
import type { EpochRow, RunReport } from "../../lib/contracts/report.ts";
import { bias } from "../../lib/metrics/bias.ts";
import { cs5 } from "../../lib/metrics/cs5.ts";
import { mae } from "../../lib/metrics/mae.ts";
import { rmse } from "../../lib/metrics/rmse.ts";
import { summarise } from "../../lib/metrics/_groups.ts";

const GENDERS = ["male", "female"];
const RACES = ["white", "black", "asian", "indian", "others"];

/** `images` test images, half as many validation images, errors of about `spread` years. */
export function sampleReport(images = 120, spread = 5): RunReport {
  const test = Array.from({ length: images }, (_, i) => prediction(i, "test", spread));
  const validation = Array.from({ length: Math.ceil(images / 2) }, (_, i) => prediction(i, "validation", spread));
  const predictions = [...validation, ...test];
  return {
    title: "coral",
    about: "Ordinal regression with consistent rank logits (Cao, Mirjalili, Raschka 2020)",
    pipeline: "name: coral\ndataset:\n  use: utkface\n  ages: [21, 60]\nhead: coral\nloss: coral\n",
    provider: "cpu",
    method: {
      backbone: "onnx",
      "starts from": "face.onnx",
      trains: "the last 3 layers of the backbone and the head; batch normalisation keeps its statistics",
      predicts: "the mean over each image and its mirror image",
    },
    metrics: summarise(predictions, [mae, rmse, cs5, bias], ["gender", "race", "age_band"]),
    predictions,
    history: Array.from({ length: 15 }, (_, i) => epoch(i + 1)),
    left: {
      rejects: [
        { file: "39_1_20170116174525125.jpg", reason: "its name has 3 fields, not age_gender_race_time" },
        { file: "61_1_1_20170112213500903.jpg", reason: "its JPEG data end early" },
      ],
      outside: 140,
    },
    leaks: ["the same image in several parts: 30_0_0_20170104.jpg (train, 30), 31_0_0_20170104.jpg (test, 31)"],
    stages: [
      { name: "dataset", needs: [], status: "cached", seconds: 0.4 },
      { name: "images", needs: ["dataset.faces"], status: "cached", seconds: 2.1 },
      { name: "train", needs: ["dataset.faces", "images.packed", "images.index"], status: "ran", seconds: 48.3 },
      { name: "export", needs: ["train.weights"], status: "ran", seconds: 0.6 },
      { name: "evaluate", needs: ["dataset.faces", "images.packed", "export.model"], status: "ran", seconds: 1.9 },
    ],
    thumbnails: {},
  };
}

function prediction(index: number, split: Prediction["split"], spread: number): Prediction {
  const stream = random("sample", split, index);
  const age = 21 + stream.integer(40);
  const predicted = 40 + 0.86 * (age - 40) + spread * stream.normal();
  const groups = { gender: GENDERS[stream.integer(2)], race: RACES[stream.integer(5)] };
  return { file: `${age}_${split}_${index}.jpg`, split, age, predicted: Math.max(21, Math.min(60, predicted)), groups };
}

function epoch(number: number): EpochRow {
  const stream = random("sample", "epoch", number);
  const done = number / 15;
  const rate = done < 0.3 ? done / 0.3 : (1 + Math.cos(Math.PI * (done - 0.3) / 0.7)) / 2;
  return {
    epoch: number,
    train_loss: 9 * Math.exp(-3 * done) + 1.6,
    validation_loss: 9 * Math.exp(-2.6 * done) + 2.6 + 0.4 * stream.uniform(),
    validation_mae: 8 * Math.exp(-3 * done) + 3.6 + 0.5 * stream.uniform(),
    learning_rate: 0.002 * rate,
    images_per_second: 300 + 20 * stream.uniform(),
    wait_share: 0.02 * stream.uniform(),
    seconds: 3 + stream.uniform() / 5,
    backbone_layers: 18,
    skipped_steps: 0,
  };
}
