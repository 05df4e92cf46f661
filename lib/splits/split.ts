/** Divides faces into training, validation and test images, as a pipeline's `dataset.split` says. */
import { UserError } from "../base/errors.ts";
import type { Split } from "../contracts/pipeline.ts";
import { splitByList, type SplitLists } from "./by_list.ts";
import type { Labelled, Part, SplitResult } from "./part.ts";
import { drawShares } from "./stratified.ts";

/**
 * `lists` holds what the list files of a split by list say, and is empty for the others. The result depends on the set of
 * faces, not on their order.
 * @throws UserError where lists contradict each other, or there are more folds than faces.
 */
export function splitFaces(faces: readonly Labelled[], split: Split, lists: SplitLists = {}): SplitResult {
  if (split.by === "list") return splitByList(faces, split, lists);
  const parts = split.by === "random" ? byChance(faces, split) : byFold(faces, split);
  return { parts, ages: faces.map(({ age }) => age), relabelled: 0, absent: [] };
}

function byChance(faces: readonly Labelled[], split: Split & { by: "random" }): Part[] {
  const [test, validation] = drawShares(faces, [split.test, split.validation], split.seed);
  return faces.map(({ file }) => test.has(file) ? "test" : validation.has(file) ? "validation" : "train");
}

/**
 * Image i in the order of file names belongs to fold i modulo `folds`; fold number `fold`, from 0, is the test part.
 * @throws RangeError where there is no such fold.
 */
function byFold(faces: readonly Labelled[], split: Split & { by: "folds" }): Part[] {
  const { folds, fold } = split;
  if (!(fold >= 0 && fold < folds)) throw new RangeError(`Cannot test on fold ${fold}: folds are 0 to ${folds - 1}`);
  if (folds > faces.length && faces.length > 0) {
    throw new UserError(
      `Cannot split ${faces.length} faces into ${folds} folds: set dataset.split.folds to ${faces.length} or less`,
    );
  }
  const names = faces.map(({ file }) => file).sort();
  const test = new Set(names.filter((_, i) => i % folds === fold));
  const rest = faces.filter(({ file }) => !test.has(file));
  const [validation] = drawShares(rest, [split.validation, 0], split.seed);
  return faces.map(({ file }) => test.has(file) ? "test" : validation.has(file) ? "validation" : "train");
}
