/** Whether the dataset has the columns that the tasks learn: told before anything runs, where the reader can tell. */
import { type Problem, UserError } from "../base/errors.ts";
import type { DatasetReader } from "../contracts/data.ts";
import { join } from "./paths.ts";
import { type Place, problemAt } from "./tree.ts";
import { hint } from "./words.ts";

/** A dataset as a pipeline names it. */
export interface NamedDataset {
  readonly reader: DatasetReader<unknown>;
  readonly params: unknown;
  /** Absolute. */
  readonly folder: string;
}

/** A task beside the age, and where it is named. */
export interface NamedTask {
  readonly name: string;
  readonly place: Place;
}

type ReadText = (path: string) => Promise<string | undefined>;

/**
 * The columns of a dataset beside the age; undefined where its reader cannot tell them without a run.
 * @param readText the text of a file by its absolute path, undefined where there is none.
 * @throws UserError where the dataset's table is missing or not as its parameters say.
 */
export async function labelColumns(
  { reader, params, folder }: NamedDataset,
  readText: ReadText,
): Promise<readonly string[] | undefined> {
  const below = (path: string): string | undefined => {
    const whole = join(folder, path);
    return whole.startsWith(`${folder}/`) ? whole : undefined;
  };
  return await reader.columns?.(params, async (path) => {
    const whole = below(path);
    return whole === undefined ? undefined : await readText(whole);
  });
}

/** What is wrong with a dataset's table, or with the tasks that it has no column for. */
export async function columnProblems(
  dataset: NamedDataset & { readonly place: Place },
  tasks: readonly NamedTask[],
  readText: ReadText,
): Promise<readonly Problem[]> {
  try {
    const columns = await labelColumns(dataset, readText);
    if (columns === undefined) return [];
    return tasks.filter(({ name }) => !columns.includes(name)).map(({ name, place }) =>
      problemAt(place, `no column "${name}" in the dataset, for a task to learn${hint(name, columns)}`)
    );
  } catch (error) {
    if (error instanceof UserError) return [problemAt(dataset.place, error.message)];
    throw error;
  }
}
