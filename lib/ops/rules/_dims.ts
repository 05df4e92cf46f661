/** Checks of lengths, some of which may be symbolic. */
import { type Dim, isStatic, type Shape } from "../../graph/graph.ts";
import { misfit, show } from "./_check.ts";

/** A shape that must hold numbers only. @throws GraphError naming `what` otherwise. */
export function known(op: string, shape: Shape, what: string): readonly number[] {
  return isStatic(shape) ? shape : misfit(op, `${what} ${show(shape)} must hold numbers only`);
}

/** Whether two lengths can be the same: a symbolic one may be anything. */
export function mayEqual(a: Dim, b: Dim): boolean {
  return typeof a === "string" || typeof b === "string" || a === b;
}

/** @throws GraphError where a length cannot be what it must be. */
export function checkLength(op: string, what: string, is: Dim, must: Dim): void {
  if (!mayEqual(is, must)) misfit(op, `${what} is ${is}, it must be ${must}`);
}
