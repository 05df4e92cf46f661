/** The middle of some figures, the upper one of an even number of them. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
