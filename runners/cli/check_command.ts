/** `check`: validation only. */
import type { CommandLine } from "./arguments.ts";
import { compileAll } from "./session.ts";
import type { View } from "./view.ts";

export async function checkCommand(line: CommandLine, view: View): Promise<number> {
  const pipelines = await compileAll(line);
  for (const { file, pipeline } of pipelines) view.note(`${file}: pipeline "${pipeline.name}" is right`);
  return 0;
}
