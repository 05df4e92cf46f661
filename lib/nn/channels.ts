import type { Value } from "../contracts/op.ts";

/** Length of axis 1 of x: the channels of [N,C,H,W], the features of [N,F]. @throws TypeError where it is symbolic. */
export function channels(x: Value): number {
  const length = x.shape[1];
  if (typeof length === "number") return length;
  throw new TypeError(`Cannot build a layer on "${x.name}" [${x.shape.join(", ")}]: its axis 1 must be a number`);
}
