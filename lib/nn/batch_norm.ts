/** Batch normalisation over [N,C,H,W] (Ioffe, Szegedy 2015), with the conventions of PyTorch. */
import { UserError } from "../base/errors.ts";
import type { Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { staticShape } from "../graph/graph.ts";
import { add, batchNormalization, div, mul, reduceMean, reshape, sqrt, sub } from "../ops/emit.ts";
import { channels } from "./channels.ts";
import { ones, zeros } from "./initializers.ts";

export interface BatchNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly epsilon?: number;
  /** Share of the newest batch in the running statistics; default 0.1. */
  readonly momentum?: number;
}

/**
 * Normalises every channel, then scales by `weight` and shifts by `bias`: where `scope.batchStatistics` by those of the batch, which also
 * move `running_mean` and `running_var`; otherwise by those two.
 */
export function batchNorm2d(x: Value, scope: Scope, options: BatchNormOptions = {}): Value {
  const { epsilon = 1e-5, momentum = 0.1 } = options;
  const count = channels(x);
  const weight = scope.parameter("weight", [count], ones);
  const bias = scope.parameter("bias", [count], zeros);
  const mean = scope.buffer("running_mean", [count], zeros);
  const variance = scope.buffer("running_var", [count], ones);
  if (!scope.batchStatistics) return batchNormalization(x, weight, bias, mean, variance, epsilon);
  const batch = batchStatistics(x);
  const move = (old: Value, now: Value): Value => add(mul(old, 1 - momentum), mul(reshape(now, [count]), momentum));
  scope.update("running_mean", move(mean, batch.mean));
  scope.update("running_var", move(variance, mul(batch.variance, unbiased(x))));
  const perChannel = (v: Value): Value => reshape(v, [1, count, 1, 1]);
  const scale = div(perChannel(weight), sqrt(add(batch.variance, epsilon)));
  return add(mul(batch.centred, scale), perChannel(bias));
}

/**
 * Mean and biased variance per channel, [1,C,1,1]. The variance is that of the centred values: the difference of raw moments
 * would cancel in float32 where the mean is large beside the deviation.
 */
function batchStatistics(x: Value): { mean: Value; centred: Value; variance: Value } {
  const mean = reduceMean(x, [0, 2, 3], true);
  const centred = sub(x, mean);
  return { mean, centred, variance: reduceMean(mul(centred, centred), [0, 2, 3], true) };
}

/** n / (n - 1) for the n values that one channel holds. */
function unbiased(x: Value): number {
  const [batch, , height, width] = staticShape(x.shape, `"${x.name}"`);
  const n = batch * height * width;
  if (n > 1) return n / (n - 1);
  throw new UserError(
    `Cannot train "batch normalisation": a channel holds a single value at batch 1 and map 1x1, use a larger batch or image`,
  );
}
