// Made by `deno task index` from the files of this folder.
import type { Loss } from "../contracts/model.ts";
import { amr } from "./amr.ts";
import { ce } from "./ce.ts";
import { coral } from "./coral.ts";
import { corn } from "./corn.ts";
import { huber } from "./huber.ts";
import { l1 } from "./l1.ts";
import { mse } from "./mse.ts";

// deno-lint-ignore no-explicit-any
export const losses: readonly Loss<any>[] = [
  amr,
  ce,
  coral,
  corn,
  huber,
  l1,
  mse,
];
