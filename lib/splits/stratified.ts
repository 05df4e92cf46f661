/** Random shares that hold within every age. */
import { random } from "../base/random.ts";
import type { Labelled } from "./part.ts";

/**
 * Draws two disjoint shares of the files, each the same share of every whole year of age. Which files are drawn depends on the
 * seed and the files' names alone, and every year is drawn apart: adding or deleting an image moves at most one other image
 * of its year into or out of either share.
 *
 * A year's share is rounded up or down by its own random number, so that the shares hold on the whole as well.
 */
export function drawShares(
  faces: readonly Labelled[],
  shares: readonly [number, number],
  seed: number,
): readonly [ReadonlySet<string>, ReadonlySet<string>] {
  const first = new Set<string>();
  const second = new Set<string>();
  for (const [age, files] of byYear(faces)) {
    const order = shuffledByName(files, seed);
    const rounding = random(seed, "share", age).uniform();
    const some = Math.floor(order.length * shares[0] + rounding);
    const both = Math.floor(order.length * (shares[0] + shares[1]) + rounding);
    order.slice(0, some).forEach((file) => first.add(file));
    order.slice(order.length - (both - some)).forEach((file) => second.add(file));
  }
  return [first, second];
}

function byYear(faces: readonly Labelled[]): ReadonlyMap<number, readonly string[]> {
  return new Map(
    [...Map.groupBy(faces, ({ age }) => Math.floor(age))].map((
      [age, members],
    ) => [age, members.map(({ file }) => file)]),
  );
}

/** The files in an order that is random but fixed for each pair of names. */
function shuffledByName(files: readonly string[], seed: number): readonly string[] {
  const drawn = files.map((file) => ({ file, at: random(seed, "order", file).uniform() }));
  drawn.sort((a, b) => a.at - b.at || (a.file < b.file ? -1 : 1));
  return drawn.map(({ file }) => file);
}
