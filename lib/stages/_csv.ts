/** The tables that a run leaves, written and read back. */
import { columnOf, readTable } from "../base/table.ts";
import type { Prediction } from "../contracts/data.ts";
import type { EpochRow } from "../contracts/report.ts";
import { toCsv } from "./_tables.ts";

const KNOWN = ["split", "file", "age", "predicted"] as const;

/** What stands before a group that bears the name of one of these columns, as one of the dataset's table may. */
const OF_DATASET = "dataset.";

/** `predictions.csv`: what is known of each face, then its groups, empty where it has none. */
export function predictionsCsv(predictions: readonly Prediction[]): Uint8Array {
  const groups = [...new Set(predictions.flatMap((prediction) => Object.keys(prediction.groups)))].sort();
  const header = [...KNOWN, ...groups.map((group) => isKnown(group) ? OF_DATASET + group : group)];
  const rows = predictions.map((prediction) => [
    ...KNOWN.map((name) => prediction[name]),
    ...groups.map((group) => prediction.groups[group] ?? ""),
  ]);
  return toCsv(header, rows);
}

function isKnown(group: string): boolean {
  return (KNOWN as readonly string[]).includes(group);
}

/** The group that a column holds. */
function groupOf(column: string): string {
  const name = column.slice(OF_DATASET.length);
  return column.startsWith(OF_DATASET) && isKnown(name) ? name : column;
}

/** The rows of `predictions.csv`. */
export function readPredictions(text: string): Prediction[] {
  const table = readTable(text, "predictions.csv");
  const [split, file, age, predicted] = KNOWN.map((name) => columnOf(table, name));
  const groups = new Map(table.columns.slice(KNOWN.length).map((name, i) => [groupOf(name), KNOWN.length + i]));
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
