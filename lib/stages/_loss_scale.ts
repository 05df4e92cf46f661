/**
 * The factor of the loss in mixed precision, which keeps small gradients above what float16 can hold (Micikevicius et al.: Mixed
 * Precision Training, ICLR 2018). It halves where a gradient overflows and doubles after a long run of good steps.
 */
export interface LossScale {
  readonly scale: number;
  /** Good steps since it changed. */
  readonly good: number;
  /** Overflows in a row. */
  readonly skipped: number;
}

export const FIRST_SCALE: LossScale = { scale: 65_536, good: 0, skipped: 0 };

const GROWS_AFTER = 2000;
/** This many overflows in a row mean that no scale helps. */
const MOST_SKIPPED = 20;

/** The scale after a step. */
export function nextScale({ scale, good, skipped }: LossScale, finite: boolean): LossScale {
  if (!finite) return { scale: scale / 2, good: 0, skipped: skipped + 1 };
  const grows = good + 1 === GROWS_AFTER;
  return { scale: grows ? scale * 2 : scale, good: grows ? 0 : good + 1, skipped: 0 };
}

export function isHopeless({ skipped }: LossScale): boolean {
  return skipped >= MOST_SKIPPED;
}
