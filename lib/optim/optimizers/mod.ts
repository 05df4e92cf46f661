// Made by `deno task index` from the files of this folder.
import type { Optimizer } from "../../contracts/optimizer.ts";
import { adam } from "./adam.ts";
import { adamw } from "./adamw.ts";
import { sgd } from "./sgd.ts";

// deno-lint-ignore no-explicit-any
export const optimizers: readonly Optimizer<any>[] = [
  adam,
  adamw,
  sgd,
];
