// Made by `deno task index` from the files of this folder.
import type { Metric } from "../contracts/data.ts";
import { bias } from "./bias.ts";
import { cs5 } from "./cs5.ts";
import { mae } from "./mae.ts";
import { rmse } from "./rmse.ts";

// deno-lint-ignore no-explicit-any
export const metrics: readonly Metric<any>[] = [
  bias,
  cs5,
  mae,
  rmse,
];
