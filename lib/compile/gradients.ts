/** The gradient of the loss by every parameter, and its norms. */
import { scalar } from "../base/tensor.ts";
import { gradients, pullback } from "../autodiff/gradients.ts";
import type { Value } from "../contracts/op.ts";
import { staticShape } from "../graph/graph.ts";
import { expand, mul, sqrt } from "../ops/emit.ts";
import type { CarriedState } from "./carried.ts";
import { unscaled } from "./loss_scale.ts";
import type { NarrowPart } from "./mixed.ts";
import type { Declared } from "./scope.ts";

/** The parameters that a loss is differentiated by, those of the backbone behind its features. */
export interface LossPath {
  readonly loss: Value;
  readonly features: Value;
  readonly backbone: readonly Declared[];
  readonly heads: readonly Declared[];
  /** What computes in float16, which the way back through the backbone joins. */
  readonly narrow: NarrowPart;
}

/**
 * The gradients by the parameters of the backbone, then by those of the heads. `scale` (null: 1) multiplies the loss on the way.
 */
export function lossGradients(
  { loss, features, backbone, heads, narrow }: LossPath,
  scale: Value | null,
): readonly Value[] {
  const start = scale === null ? loss : mul(loss, scale);
  const [byFeatures, ...byHeads] = gradients(start, [features, ...heads.map(({ value }) => value)]);
  const seeds = new Map([[features, byFeatures]]);
  const found = narrow.with(() => pullback(seeds, backbone.map(({ value }) => value)));
  const byBackbone = found.map((gradient, i) => gradient ?? zeros(backbone[i]));
  const all = [...byBackbone, ...byHeads];
  return scale === null ? all : unscaled(all, scale);
}

function zeros({ value, shape }: Declared): Value {
  return expand(value.builder.constant(scalar("float32", 0)), shape);
}

/** Carries the norm of each gradient in the last step, `gradient_norms`, and in the step before it, [P]. */
export function carryNorms(squared: Value, when: Value | null, state: CarriedState): void {
  const shape = staticShape(squared.shape, "gradient_norms");
  const last = state.zeros("gradient_norms", shape);
  state.zeros("gradient_norms/before", shape);
  state.next("gradient_norms", sqrt(squared), when);
  state.next("gradient_norms/before", last, when);
}
