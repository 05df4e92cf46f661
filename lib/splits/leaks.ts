/** Byte-identical images where they do harm: in two parts of a split, or with two labels. */
import type { Digest } from "../base/digest.ts";
import type { Labelled, Part } from "./part.ts";

/** Twins that are named; a picture that stands in for missing ones may be there a thousand times. */
const NAMED = 6;

/** A face with its place in the split and its content's digest. */
export interface Placed extends Labelled {
  readonly part: Part;
  readonly digest: Digest;
}

/** Faces whose image files hold the same bytes, in the order of their names. */
export type Twins = readonly Placed[];

export interface Leaks {
  /** The same image in two of train, validation and test: what is tested was learnt. */
  readonly acrossParts: readonly Twins[];
  /** The same image with two ages: one of them is wrong. */
  readonly acrossAges: readonly Twins[];
}

/** Looks at the faces that the split uses. */
export function findLeaks(faces: readonly Placed[]): Leaks {
  const used = faces.filter(({ part }) => part !== "unused").sort((a, b) => (a.file < b.file ? -1 : 1));
  const twins = [...Map.groupBy(used, ({ digest }) => digest).values()].filter((group) => group.length > 1);
  return {
    acrossParts: twins.filter((group) => differ(group.map(({ part }) => part))),
    acrossAges: twins.filter((group) => differ(group.map(({ age }) => age))),
  };
}

function differ(values: readonly unknown[]): boolean {
  return new Set(values).size > 1;
}

/** One line for a report: `a.jpg (train, 31), b.jpg (test, 31)`; at most a few are named. */
export function describeTwins(twins: Twins): string {
  const named = twins.slice(0, NAMED).map(({ file, part, age }) => `${file} (${part}, ${age})`);
  if (twins.length > NAMED) named.push(`${twins.length - NAMED} more`);
  return named.join(", ");
}
