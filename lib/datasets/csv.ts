import { z } from "zod";
import { UserError } from "../base/errors.ts";
import { columnOf, readTable, type Row, type Table } from "../base/table.ts";
import type { DatasetReader, Face, Landmarks, Reject } from "../contracts/data.ts";
import type { Files } from "../contracts/files.ts";
import { OLDEST } from "./_images.ts";
import { type Finder, finder } from "./_listed.ts";

const params = z.strictObject({
  table: z.string().min(1).default("labels.csv").describe(
    "The CSV file, relative to dataset.path; its first line names the columns.",
  ),
  file: z.string().min(1).default("file").describe("Column with the image's path."),
  age: z.string().min(1).default("age").describe("Column with the age in years."),
  folder: z.string().default("").describe("Folder that the paths start from, relative to dataset.path."),
  landmarks: z.union([z.string(), z.array(z.string().min(1)).length(10)]).optional().describe(
    "Columns with five points of the face in pixels: ten names, or a prefix p of px0, py0 … px4, py4; default: l, where they are.",
  ),
});

type Params = z.infer<typeof params>;

/** Images listed in a table; the columns beside file and age are groups. */
export const csv: DatasetReader<Params> = {
  name: "csv",
  about: "Images listed in a CSV table with a file and an age column; further columns become groups.",
  params,
  landmarks: true,
  read,
  columns,
};

/** Positions of the columns in use. */
interface Columns {
  readonly file: number;
  readonly age: number;
  /** Ten, or none. */
  readonly landmarks: readonly number[];
  readonly groups: readonly number[];
}

async function columns(given: Params, readText: (path: string) => Promise<string | undefined>): Promise<string[]> {
  const text = await readText(given.table);
  if (text === undefined) throw new UserError(`Cannot read "${given.table}": there is no such file below dataset.path`);
  const table = labelTable(text, given.table);
  return columnsOf(table, given).groups.map((i) => table.columns[i]);
}

async function* read(files: Files, given: Params): AsyncGenerator<Face | Reject> {
  const table = labelTable(await files.readText(given.table), given.table);
  const columns = columnsOf(table, given);
  const find = finder((await files.list()).map(({ path }) => path));
  const seen = new Set<string>();
  for (const { file, row } of inFileOrder(table, columns, given.folder)) {
    const reason = reasonAgainst(file, row.cells[columns.age], find, seen) ?? reasonAgainstPoints(row, columns);
    seen.add(file);
    if (reason === undefined) yield faceOf(file, row, columns, table);
    else yield { file, reason: `${reason} (row ${row.number} of ${given.table})` };
  }
}

/** @throws UserError where it is no CSV text, or a name stands above two columns. */
function labelTable(text: string, name: string): Table {
  const [first] = text.split(/\r?\n/, 1);
  if (first.includes("\0")) {
    throw new UserError(`Cannot read "${name}": it is not text in UTF-8, save it as CSV in UTF-8`);
  }
  if (!first.includes(",") && /[;\t|]/.test(first)) {
    throw new UserError(
      `Cannot read "${name}": its header "${first}" has no comma, which must stand between the columns`,
    );
  }
  const table = readTable(text, name);
  const twice = table.columns.find((column, i) => column !== "" && table.columns.indexOf(column) !== i);
  if (twice === undefined) return table;
  throw new UserError(`Cannot read "${name}": it has two columns "${twice}", rename or remove one of them`);
}

/** @throws UserError where the table lacks the column of files or of ages, or some of those of landmarks. */
function columnsOf(table: Table, given: Params): Columns {
  const file = columnOf(table, given.file);
  const age = columnOf(table, given.age);
  const landmarks = landmarkColumns(table, given.landmarks);
  const taken = new Set([file, age, ...landmarks]);
  const groups = table.columns.map((_, i) => i).filter((i) => !taken.has(i) && table.columns[i] !== "");
  return { file, age, landmarks, groups };
}

function landmarkColumns(table: Table, given: Params["landmarks"]): number[] {
  const names = typeof given === "object" ? given : prefixed(given ?? "l");
  if (given === undefined && !names.some((name) => table.columns.includes(name))) return [];
  return names.map((name) => columnOf(table, name));
}

function prefixed(prefix: string): string[] {
  return [0, 1, 2, 3, 4].flatMap((point) => [`${prefix}x${point}`, `${prefix}y${point}`]);
}

function inFileOrder(table: Table, columns: Columns, folder: string): { file: string; row: Row }[] {
  const prefix = folder === "" || folder.endsWith("/") ? folder : `${folder}/`;
  const listed = table.rows.map((row) => ({ file: prefix + row.cells[columns.file], row }));
  return listed.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.row.number - b.row.number));
}

/** Why a row is left out, if it is. */
function reasonAgainst(
  file: string,
  age: string,
  find: Finder,
  seen: ReadonlySet<string>,
): string | undefined {
  const absence = find(file);
  if (absence !== undefined) return absence;
  if (seen.has(file)) return "it is listed before";
  if (!/^\s*\d+(\.\d+)?\s*$/.test(age) || Number(age) > OLDEST) return `"${age}" is not an age of 0 to ${OLDEST}`;
  return undefined;
}

/** A face may have no landmarks at all, but not some of them. */
function reasonAgainstPoints(row: Row, columns: Columns): string | undefined {
  const cells = columns.landmarks.map((i) => row.cells[i].trim());
  if (cells.every((cell) => cell === "")) return undefined;
  const wrong = cells.find((cell) => cell === "" || !Number.isFinite(Number(cell)));
  return wrong === undefined ? undefined : `"${wrong}" is not a coordinate of a landmark`;
}

function faceOf(file: string, row: Row, columns: Columns, table: Table): Face {
  const named = columns.groups.filter((i) => row.cells[i] !== "").map((i) => [table.columns[i], row.cells[i]]);
  const landmarks = landmarksOf(row, columns);
  const face = { file, age: Number(row.cells[columns.age]), groups: Object.fromEntries(named) };
  return landmarks ? { ...face, landmarks } : face;
}

function landmarksOf(row: Row, { landmarks }: Columns): Landmarks | undefined {
  const cells = landmarks.map((i) => row.cells[i].trim());
  return cells.some((cell) => cell !== "") ? cells.map(Number) : undefined;
}
