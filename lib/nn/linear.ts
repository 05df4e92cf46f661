import type { Initializer, Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { gemm } from "../ops/emit.ts";
import { channels } from "./channels.ts";
import { fanInUniform, uniform } from "./initializers.ts";

export interface LinearOptions {
  /** Output features. */
  readonly out: number;
  /** `false` leaves the bias out; default uniform in ±1/sqrt(F), as in PyTorch. */
  readonly bias?: Initializer | false;
  readonly init?: Initializer;
}

/** x [N,F] to [N,out] by `weight` [out,F] and `bias` [out]. */
export function linear(x: Value, options: LinearOptions, scope: Scope): Value {
  const features = channels(x);
  const weight = scope.parameter("weight", [options.out, features], options.init ?? fanInUniform);
  const biasInit = options.bias ?? uniform(1 / Math.sqrt(features));
  const bias = biasInit === false ? null : scope.parameter("bias", [options.out], biasInit);
  return gemm(x, weight, bias, { transB: true });
}
