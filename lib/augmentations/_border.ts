import type { Border } from "./_params.ts";

/** The pixel 0 … length-1 that is seen at position `at`, which may lie beyond the border. */
export function within(at: number, length: number, border: Border): number {
  if (at >= 0 && at < length) return at;
  if (border === "edge" || length === 1) return at < 0 ? 0 : length - 1;
  const period = 2 * (length - 1);
  const folded = ((at % period) + period) % period;
  return folded < length ? folded : period - folded;
}
