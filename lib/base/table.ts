/** Tables out of CSV text (RFC 4180), with the places that messages need. */
// @ts-types="@types/papaparse"
import Papa from "papaparse";
import { nearest, UserError } from "./errors.ts";

export interface Row {
  /** As many as the table has columns. */
  readonly cells: readonly string[];
  /** Number of the row; the header is row 1. */
  readonly number: number;
}

export interface Table {
  /** What messages call the table: its file name. */
  readonly name: string;
  /** The header, white space around names cut off; a name may be empty. */
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** @throws UserError where the text has no header, or a row has more or fewer cells than the header. */
export function readTable(text: string, name: string): Table {
  const { data, errors } = Papa.parse<string[]>(text, { delimiter: ",", skipEmptyLines: true });
  if (errors.length > 0) {
    const { row, message } = errors[0];
    throw new UserError(`Cannot read "${name}" as CSV: row ${(row ?? 0) + 1}: ${message}`);
  }
  const [header, ...body] = data;
  if (!header) throw new UserError(`Cannot read "${name}": it is empty, a header line with column names is needed`);
  const rows = body.map((cells, i) => ({ cells, number: i + 2 }));
  for (const row of rows) checkWidth(row, header.length, name);
  return { name, columns: header.map((cell) => cell.trim()), rows };
}

function checkWidth(row: Row, columns: number, name: string): void {
  if (row.cells.length === columns) return;
  throw new UserError(
    `Cannot read "${name}": row ${row.number} has ${row.cells.length} cells, the header names ${columns} columns`,
  );
}

/** The position of a column. @throws UserError naming the nearest column where it is missing. */
export function columnOf(table: Table, column: string): number {
  const at = table.columns.indexOf(column);
  if (at >= 0) return at;
  const near = nearest(column, table.columns.filter((name) => name !== ""));
  const hint = near === undefined ? "" : `; did you mean "${near}"?`;
  throw new UserError(
    `Cannot find the column "${column}" in "${table.name}": its columns are ${table.columns.join(", ")}${hint}`,
  );
}
