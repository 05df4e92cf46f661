/** What every head may put between the features and its logits. */
import { z } from "zod";
import type { Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import { relu } from "../ops/emit.ts";
import { dropout } from "../nn/dropout.ts";
import { linear } from "../nn/linear.ts";

/** To be spread into the parameters of a head. */
export const hiddenParams = {
  hidden: z.int().min(0).max(4096).default(0).describe("units of a hidden layer with ReLU; 0 leaves it out"),
  dropout: z.number().min(0).max(0.95).default(0).describe("share of the features that each training step leaves out"),
};

export interface HiddenParams {
  readonly hidden: number;
  readonly dropout: number;
}

/** Features [N,F] after dropout and, where wanted, the layer `hidden`: [N,F] or [N,hidden]. */
export function hiddenFeatures(features: Value, { hidden, dropout: rate }: HiddenParams, scope: Scope): Value {
  const kept = dropout(features, rate, scope);
  return hidden === 0 ? kept : relu(linear(kept, { out: hidden }, scope.child("hidden")));
}
