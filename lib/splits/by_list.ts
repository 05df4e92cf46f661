/** Splits that published lists define. */
import { UserError } from "../base/errors.ts";
import type { Split } from "../contracts/pipeline.ts";
import type { ListEntry, SplitList } from "./list.ts";
import type { Absent, Labelled, Part, SplitResult } from "./part.ts";
import { drawShares } from "./stratified.ts";

/** The lists of a split by list, read. */
export interface SplitLists {
  readonly train?: SplitList;
  readonly validation?: SplitList;
  readonly test?: SplitList;
}

const LISTED = ["train", "validation", "test"] as const;

/** Where a face stands in the lists. */
interface Place {
  readonly part: Part;
  readonly list: string;
  readonly age?: number;
}

/**
 * Faces that no list names are unused. Where no validation list is given, that share of the training list is drawn for it.
 * @throws UserError where one image is in two lists, or twice in a list with different ages.
 */
export function splitByList(faces: readonly Labelled[], split: Split & { by: "list" }, lists: SplitLists): SplitResult {
  const find = finder(faces);
  const places = new Map<string, Place>();
  const absent: Absent[] = [];
  for (const part of LISTED) {
    const list = lists[part];
    if (list) absent.push(...enter(list, part, find, places));
  }
  const ages = faces.map(({ file, age }) => places.get(file)?.age ?? age);
  const parts = faces.map(({ file }) => places.get(file)?.part ?? "unused");
  const relabelled = faces.filter(({ age }, i) => age !== ages[i]).length;
  return { parts: withValidation(faces, parts, ages, split), ages, relabelled, absent };
}

/** Finds the face that a list means: by its path, or by its name alone where only one face has it. */
function finder(faces: readonly Labelled[]): (listed: string) => string | undefined {
  const files = new Set(faces.map(({ file }) => file));
  const byName = Map.groupBy(faces, ({ file }) => file.slice(file.lastIndexOf("/") + 1));
  return (listed) => {
    if (files.has(listed)) return listed;
    const named = byName.get(listed) ?? [];
    return named.length === 1 ? named[0].file : undefined;
  };
}

/** Enters the faces of one list, and tells which of its entries have no face. */
function enter(
  list: SplitList,
  part: Part,
  find: (listed: string) => string | undefined,
  places: Map<string, Place>,
): Absent[] {
  const lost: string[] = [];
  for (const entry of list.entries) {
    const file = find(entry.file);
    if (file === undefined) {
      lost.push(entry.file);
      continue;
    }
    refuseContradiction(places.get(file), entry, list.name, file);
    places.set(file, { part, list: list.name, age: entry.age });
  }
  if (lost.length === 0) return [];
  return [{ list: list.name, count: lost.length, of: list.entries.length, examples: lost.slice(0, 3) }];
}

function refuseContradiction(before: Place | undefined, entry: ListEntry, list: string, file: string): void {
  if (!before) return;
  if (before.list !== list) {
    throw new UserError(
      `Cannot split by lists: "${file}" is in "${before.list}" and in "${list}", keep it in one of them`,
    );
  }
  if (before.age !== entry.age) {
    throw new UserError(
      `Cannot split by "${list}": it names "${file}" twice, with ages ${before.age} and ${entry.age}; keep one of them`,
    );
  }
}

/** Draws the validation part out of the training part where it is given as a share. */
function withValidation(
  faces: readonly Labelled[],
  parts: readonly Part[],
  ages: readonly number[],
  split: Split & { by: "list" },
): readonly Part[] {
  if (typeof split.validation !== "number") return parts;
  const training = faces.map(({ file }, i) => ({ file, age: ages[i] })).filter((_, i) => parts[i] === "train");
  const [validation] = drawShares(training, [split.validation, 0], split.seed);
  return faces.map(({ file }, i) => (validation.has(file) ? "validation" : parts[i]));
}
