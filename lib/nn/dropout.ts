import type { Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { staticShape } from "../graph/graph.ts";
import { cast, greaterOrEqual, mul } from "../ops/emit.ts";

/** In training, sets a share `rate` of x to 0 and scales the rest by 1/(1-rate) (Srivastava et al. 2014); otherwise x. */
export function dropout(x: Value, rate: number, scope: Scope): Value {
  if (!scope.training || rate === 0) return x;
  const drawn = scope.uniform("dropout", staticShape(x.shape, `"${x.name}"`));
  const kept = cast(greaterOrEqual(drawn, rate), x.type);
  return mul(x, mul(kept, 1 / (1 - rate)));
}
