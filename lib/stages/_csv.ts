/** Reading back the tables that a run leaves. */
import { columnOf, readTable } from "../base/table.ts";
import type { Prediction } from "../contracts/data.ts";
import type { EpochRow } from "../contracts/report.ts";

const KNOWN = ["split", "file", "age", "predicted"] as const;

/** The rows of `predictions.csv`; further columns are groups, empty where a face has none. */
export function readPredictions(text: string): Prediction[] {
  const table = readTable(text, "predictions.csv");
  const [split, file, age, predicted] = KNOWN.map((name) => columnOf(table, name));
  const groups = new Map(table.columns.map((name, at) => [name, at]));
  for (const name of KNOWN) groups.delete(name);
  return table.rows.map(({ cells }) => ({
    split: cells[split] as Prediction["split"],
    file: cells[file],
    age: Number(cells[age]),
    predicted: Number(cells[predicted]),
    groups: groupsOf(cells, groups),
  }));
}

/** @param columns the place of each group's column. */
function groupsOf(cells: readonly string[], columns: ReadonlyMap<string, number>): Record<string, string> {
  const named = [...columns].filter(([, at]) => cells[at] !== "");
  return Object.fromEntries(named.map(([name, at]) => [name, cells[at]]));
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
