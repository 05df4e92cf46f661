/** Errors as the terminal shows them, and the exit status that goes with each. */
import { PipelineError, Stopped, UserError } from "../../lib/base/errors.ts";
import { UsageError } from "./arguments.ts";
import { diskRefusal } from "./disk_refusal.ts";
import { Failed } from "./failed.ts";
import type { View } from "./view.ts";

/** A user's mistake by its message alone; a defect with its trace. */
export function reportError(error: unknown, view: Pick<View, "fail">): void {
  if (error instanceof Failed && error.detail) view.fail(`${error.message}\n${error.detail}`);
  else if (error instanceof UserError || error instanceof Stopped) view.fail(error.message);
  else view.fail(mendable(error) ?? (error instanceof Error ? error.stack ?? error.message : String(error)));
}

/** The line for an error of the system's; undefined for another. */
export function mendable(error: unknown): string | undefined {
  const refusal = diskRefusal(error);
  return refusal && `Cannot go on: ${refusal}`;
}

export function exitStatus(error: unknown): number {
  if (error instanceof Stopped) return 130;
  return error instanceof PipelineError || error instanceof UsageError ? 2 : 1;
}
