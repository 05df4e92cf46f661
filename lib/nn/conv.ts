import type { Initializer, Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { conv } from "../ops/emit.ts";
import { channels } from "./channels.ts";
import { heNormal, zeros } from "./initializers.ts";

/** A square 2-D convolution. */
export interface ConvOptions {
  /** Output channels. */
  readonly out: number;
  readonly kernel: number;
  /** Default 1. */
  readonly stride?: number;
  /** Of every side; default keeps the size at stride 1. */
  readonly padding?: number;
  readonly groups?: number;
  /** Default false: a normalisation follows. */
  readonly bias?: boolean;
  readonly init?: Initializer;
}

/** x [N,C,H,W] to [N,out,H',W'] by `weight` [out,C/groups,k,k] and, where wanted, `bias` [out]. */
export function conv2d(x: Value, options: ConvOptions, scope: Scope): Value {
  const { out, kernel, stride = 1, padding = Math.floor(kernel / 2), groups = 1 } = options;
  const weight = scope.parameter("weight", [out, channels(x) / groups, kernel, kernel], options.init ?? heNormal);
  const bias = options.bias ? scope.parameter("bias", [out], zeros) : null;
  return conv(x, weight, bias, { kernel, stride, padding, groups });
}
