/** Where the batch is among the elements of a tensor. */
import { sizeOf } from "../../base/tensor.ts";

/** The batch is part of an axis: `outer` times as many elements of that axis lie outside it, the rest inside. */
export interface BatchPlace {
  readonly axis: number;
  readonly outer: number;
}

/**
 * Where the batch is after a reshape, which keeps the order of the elements: as many of them lie outside it as before. Where it
 * may have been joined to the axis before or behind it, it is not joined to the last axis, which holds features, nor does it
 * change what lies inside it. `from` and `to` are the shapes for a batch of `batch`. Undefined where no axis of `to` can hold it.
 */
export function placeAfterReshape(
  from: readonly number[],
  { axis, outer }: BatchPlace,
  to: readonly number[],
  batch: number,
): BatchPlace | undefined {
  const outside = sizeOf(from.slice(0, axis)) * outer;
  const starts = to.map((_, i) => sizeOf(to.slice(0, i)));
  const divides = (i: number, by: number): boolean => to[i] > 0 && to[i] % by === 0;
  const opening = starts.findIndex((start, i) => start === outside && divides(i, batch));
  const within = starts.findIndex((start, i) =>
    start < outside && outside % start === 0 && divides(i, outside / start * batch)
  );
  const inner: BatchPlace | undefined = opening < 0 ? undefined : { axis: opening, outer: 1 };
  const merged: BatchPlace | undefined = within < 0 ? undefined : { axis: within, outer: outside / starts[within] };
  if (inner === undefined || merged === undefined || to[inner.axis] === batch) return inner ?? merged;
  const isLast = inner.axis === to.length - 1;
  return isLast || keepsInside(from.slice(axis + 1), to.slice(merged.axis + 1)) ? merged : inner;
}

/** Whether what lies inside the batch is as before: then the batch was joined to the axis in front of it. */
function keepsInside(before: readonly number[], after: readonly number[]): boolean {
  return before.join() === after.join();
}
