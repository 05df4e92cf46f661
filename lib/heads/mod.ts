// Made by `deno task index` from the files of this folder.
import type { Head } from "../contracts/model.ts";
import { classification } from "./classification.ts";
import { coral } from "./coral.ts";
import { corn } from "./corn.ts";
import { regression } from "./regression.ts";

// deno-lint-ignore no-explicit-any
export const heads: readonly Head<any>[] = [
  classification,
  coral,
  corn,
  regression,
];
