// Made by `deno task index` from the files of this folder.
import type { Stage } from "../contracts/stage.ts";
import { dataset } from "./dataset.ts";
import { evaluate } from "./evaluate.ts";
import { exportStage } from "./export_stage.ts";
import { features } from "./features.ts";
import { images } from "./images.ts";
import { pretrained } from "./pretrained.ts";
import { report } from "./report.ts";
import { train } from "./train.ts";

export const stages: readonly Stage[] = [
  dataset,
  evaluate,
  exportStage,
  features,
  images,
  pretrained,
  report,
  train,
];
