/** Sockets of `lib/optim`. An optimizer is a piece of graph; a schedule is a function of the step. */
import type { Value } from "./op.ts";
import type { Plugin } from "./plugin.ts";

/** Scalars by name that the updates of all parameters share. */
export type Rates = Readonly<Record<string, Value>>;

export interface Optimizer<P> extends Plugin<P> {
  /** Tensors kept for each parameter, of its shape and starting at zero: `["momentum"]`, `["exp_avg", "exp_avg_sq"]`. */
  readonly slots: readonly string[];
  /** What depends on the step alone, made once. `lr` float32 scalar; `step` float32 scalar, 1 in the first step. */
  rates(lr: Value, step: Value, params: P): Rates;
  /** The update of one parameter. */
  update(parameter: OptimizedParameter, rates: Rates, params: P): UpdatedParameter;
}

export interface OptimizedParameter {
  readonly value: Value;
  readonly gradient: Value;
  readonly slots: Readonly<Record<string, Value>>;
  /** Whether weight decay applies. */
  readonly decay: boolean;
}

export interface UpdatedParameter {
  readonly value: Value;
  readonly slots: Readonly<Record<string, Value>>;
}

export interface Schedule<P> extends Plugin<P> {
  /** Learning rate of step 0 … steps-1, given the peak rate. */
  rate(step: number, steps: { total: number; perEpoch: number }, lr: number, params: P): number;
}
