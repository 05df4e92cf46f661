/** `history.csv`: one row for each epoch. */
import type { EpochRow } from "../contracts/report.ts";
import { toCsv } from "./_tables.ts";

const COLUMNS = [
  "epoch",
  "train_loss",
  "validation_loss",
  "validation_mae",
  "learning_rate",
  "images_per_second",
  "wait_share",
  "seconds",
  "backbone_layers",
  "skipped_steps",
] as const;

export function historyCsv(history: readonly EpochRow[]): Uint8Array {
  return toCsv(COLUMNS, history.map((row) => COLUMNS.map((column) => written(row[column]))));
}

/** Eight significant digits; empty where there is no figure. */
function written(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(8))) : "";
}
