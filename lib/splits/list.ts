/** Split lists: CSV files that name the images of one part. */
import { UserError } from "../base/errors.ts";
import { columnOf, readTable, type Table } from "../base/table.ts";

export interface ListEntry {
  /** The image as the list names it. */
  readonly file: string;
  /** Label in years, where the list has a column `age`. */
  readonly age?: number;
}

/** One split list. */
export interface SplitList {
  /** Its file, as messages name it. */
  readonly name: string;
  readonly entries: readonly ListEntry[];
}

/**
 * Reads a list with a column `file` and, where it has one, a column `age`, to which `offset` years are added. Other columns,
 * such as an unnamed index, are ignored.
 * @throws UserError where the column `file` is missing or an age is not a number.
 */
export function readList(text: string, name: string, offset: number): SplitList {
  const table = readTable(text, name);
  const file = columnOf(table, "file");
  const age = table.columns.indexOf("age");
  const entries = table.rows.map(({ cells }, i) => {
    if (age < 0) return { file: cells[file] };
    return { file: cells[file], age: yearsAt(table, i, age) + offset };
  });
  return { name, entries };
}

function yearsAt(table: Table, row: number, column: number): number {
  const { cells, number } = table.rows[row];
  const text = cells[column].trim();
  const years = Number(text);
  if (text !== "" && Number.isFinite(years)) return years;
  throw new UserError(
    `Cannot read the age "${cells[column]}" in row ${number} of "${table.name}": it must be a number`,
  );
}
