import type { Value } from "../contracts/op.ts";
import { mul, softplus, sub } from "../ops/emit.ts";

/** Binary cross-entropy of logits z for targets t in [0,1], element by element: softplus(z) - t·z, finite for every z. */
export function binaryCrossEntropy(logits: Value, target: Value): Value {
  return sub(softplus(logits), mul(target, logits));
}
