/** Axis arguments: negative ones count from the end. */
import { misfit } from "./_check.ts";

/** An axis of a tensor of this rank as 0 … rank-1. @throws GraphError where it is out of range. */
export function normalizeAxis(op: string, axis: number, rank: number): number {
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  return misfit(op, `axis ${axis} is out of range, a tensor of rank ${rank} has axes ${-rank} to ${rank - 1}`);
}

/** Several axes, in their order. @throws GraphError where one is out of range or comes twice. */
export function normalizeAxes(op: string, axes: readonly number[], rank: number): number[] {
  const normal = axes.map((axis) => normalizeAxis(op, axis, rank));
  if (new Set(normal).size < normal.length) misfit(op, `axes [${axes.join(", ")}] name one axis twice`);
  return normal;
}

/** 0 … rank-1. */
export function allAxes(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}
