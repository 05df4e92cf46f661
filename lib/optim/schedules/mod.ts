// Made by `deno task index` from the files of this folder.
import type { Schedule } from "../../contracts/optimizer.ts";
import { constant } from "./constant.ts";
import { cosine } from "./cosine.ts";
import { oneCycle } from "./one_cycle.ts";
import { step } from "./step.ts";

// deno-lint-ignore no-explicit-any
export const schedules: readonly Schedule<any>[] = [
  constant,
  cosine,
  oneCycle,
  step,
];
