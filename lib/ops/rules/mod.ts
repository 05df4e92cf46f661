// Made by `deno task index` from the files of this folder.
import type { OpRule } from "../../contracts/op.ts";

export const rules: readonly OpRule[] = [
];
