/** Ways to train, each of which must go on bit for bit after a stop. */
import { CONVNET, ONNX } from "../e2e/_network.ts";
import type { Settings } from "../e2e/_trial.ts";

const TRAIN = { epochs: 3, batch: 8, optimizer: { use: "adamw", lr: 0.01 } };
const FROZEN = { ...ONNX, train: "none" };

export const MODES: Readonly<Record<string, Settings>> = {
  frozen: { backbone: FROZEN, augmentation: ["flip"], evaluate: { mirror: true }, train: TRAIN },
  "fine-tuned with frozen statistics": {
    backbone: { ...ONNX, train: "last 1", lr_scale: 0.5 },
    train: { ...TRAIN, layer_decay: 0.7 },
  },
  "started from weights": { backbone: { ...CONVNET, batch_norm: "train" }, train: TRAIN },
  accumulated: { train: { ...TRAIN, accumulate: 2 } },
  averaged: { train: { ...TRAIN, average: 0.9, patience: 2 } },
  unfrozen: {
    backbone: ONNX,
    train: { ...TRAIN, average: 0.9, accumulate: 2, unfreeze: { head: 1, layers: 1, every: 1 } },
  },
  mixed: { train: { ...TRAIN, precision: "mixed" } },
};
