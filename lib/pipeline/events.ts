/** What a run tells while it goes on. */
import type { Digest } from "../base/digest.ts";
import type { Progress } from "../contracts/stage.ts";

export type RunEvent =
  | { readonly kind: "started"; readonly stage: string; readonly because: string }
  | { readonly kind: "progress"; readonly stage: string; readonly progress: Progress }
  | { readonly kind: "warning"; readonly stage: string; readonly message: string }
  | { readonly kind: "finished"; readonly stage: string; readonly row: StageResult };

/** One stage of a finished run. */
export interface StageResult {
  readonly name: string;
  readonly key: Digest;
  readonly status: "ran" | "cached";
  /** Spent in this run. */
  readonly seconds: number;
}
