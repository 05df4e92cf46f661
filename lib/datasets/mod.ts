// Made by `deno task index` from the files of this folder.
import type { DatasetReader } from "../contracts/data.ts";
import { csv } from "./csv.ts";
import { utkface } from "./utkface.ts";

// deno-lint-ignore no-explicit-any
export const datasets: readonly DatasetReader<any>[] = [
  csv,
  utkface,
];
