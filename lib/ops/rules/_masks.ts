/** Step functions in forms that every provider runs fast: comparing, casting and selecting take several passes over the data. */
import type { Value } from "../../contracts/op.ts";
import { clip, hardSigmoid, mul } from "../emit.ts";

/** A slope so steep that only values below its reciprocal fall between the two sides. */
function steep(x: Value): number {
  return x.type === "float16" ? 6e4 : 1e30;
}

/** 1 where x > 0, else 0. */
export function step(x: Value): Value {
  return hardSigmoid(x, steep(x), 0);
}

/** -1, 0 or 1 as the sign of x. */
export function signOf(x: Value): Value {
  return clip(mul(x, steep(x)), -1, 1);
}
