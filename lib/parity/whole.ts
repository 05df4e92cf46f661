/** The whole graph as a provider opens it for use, with all that its optimizer does, held against the judge. */
import type { Numbers } from "../contracts/op.ts";
import type { NumbersByName } from "../ops/evaluate.ts";
import { apart, type Difference, differenceOf, lengthOf } from "./difference.ts";

/** An output that is not what it should be. */
export interface WholeFinding {
  readonly output: string;
  readonly difference: Difference;
}

/** The whole may be this many times as far from the judge as the nodes one by one: it rounds elsewhere. */
const ROOM = 10;

/**
 * The outputs that differ from the judge's. One that is as near, as a vector, as the tolerance says passes; so does one that is
 * about as far away as the chain of single nodes (`chained`) is, since then its rounding has grown.
 */
export function wholeFindings(
  got: NumbersByName,
  wanted: NumbersByName,
  chained: NumbersByName,
  tolerance: number,
): readonly WholeFinding[] {
  return Object.entries(wanted).flatMap(([output, value]) => {
    const difference = differenceOf(got[output], value, tolerance);
    const passes = !difference.differs || isNear(got[output], value, chained[output], tolerance);
    return passes ? [] : [{ output, difference }];
  });
}

function isNear(got: Numbers, wanted: Numbers, chained: Numbers | undefined, tolerance: number): boolean {
  if (got.type !== wanted.type) return false;
  const usual = chained === undefined ? 0 : ROOM * apart(chained, wanted);
  return apart(got, wanted) <= Math.max(tolerance * lengthOf(wanted), Number.isFinite(usual) ? usual : 0);
}
