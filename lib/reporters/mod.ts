// Made by `deno task index` from the files of this folder.
import type { Reporter } from "../contracts/report.ts";
import { html } from "./html.ts";

export const reporters: readonly Reporter[] = [
  html,
];
