/** Reading back the tables that a run leaves. */
import { readTable } from "../base/table.ts";
import type { Prediction } from "../contracts/data.ts";
import type { EpochRow } from "../contracts/report.ts";

const KNOWN = ["split", "file", "age", "predicted"];

/** The rows of `predictions.csv`; further columns are groups, empty where a face has none. */
export function readPredictions(text: string): Prediction[] {
  return records(text, "predictions.csv").map((row) => ({
    split: row.split as Prediction["split"],
    file: row.file,
    age: Number(row.age),
    predicted: Number(row.predicted),
    groups: Object.fromEntries(Object.entries(row).filter(([name, value]) => !KNOWN.includes(name) && value !== "")),
  }));
}

/** The rows of `history.csv`; NaN where there is no figure. */
export function readHistory(text: string): EpochRow[] {
  return records(text, "history.csv").map((row) => {
    const figures = Object.entries(row).map(([name, value]) => [name, value === "" ? NaN : Number(value)]);
    return Object.fromEntries(figures) as EpochRow;
  });
}

function records(text: string, name: string): Record<string, string>[] {
  const table = readTable(text, name);
  return table.rows.map(({ cells }) => Object.fromEntries(table.columns.map((column, i) => [column, cells[i]])));
}
