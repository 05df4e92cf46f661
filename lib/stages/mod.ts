// Made by `deno task index` from the files of this folder.
import type { Stage } from "../contracts/stage.ts";

export const stages: readonly Stage[] = [];
