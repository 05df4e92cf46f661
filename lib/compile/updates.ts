/** The optimizer's update of every parameter, each at its learning rate. */
import type { Value } from "../contracts/op.ts";
import type { Optimizer, Rates } from "../contracts/optimizer.ts";
import { mul } from "../ops/emit.ts";
import type { CarriedState } from "./carried.ts";
import type { Trainable } from "./step_backbone.ts";

/** An optimizer with its checked parameters. */
export interface OptimizerChoice {
  // deno-lint-ignore no-explicit-any
  readonly plugin: Optimizer<any>;
  readonly params: unknown;
}

/** Float32 scalars that every update depends on. */
export interface Clock {
  readonly lr: Value;
  /** 1 in the first step. */
  readonly step: Value;
}

/** Updates parameters; those with the same factor of the learning rate share their rates. */
export class Updates {
  readonly #rates = new Map<number, Rates>();

  constructor(
    private readonly optimizer: OptimizerChoice,
    private readonly clock: Clock,
    private readonly state: CarriedState,
  ) {}

  /**
   * Carries the parameter and its optimizer state, `<slot>/<parameter>`; where the bool scalar `when` is false they stay what
   * they are. Gives the parameter after the update.
   */
  apply(parameter: Trainable, gradient: Value, when: Value | null): Value {
    const { plugin, params } = this.optimizer;
    const { name, shape, value, decay, rateFactor } = parameter;
    const slots = Object.fromEntries(plugin.slots.map((slot) => [slot, this.state.zeros(`${slot}/${name}`, shape)]));
    const next = plugin.update({ value, gradient, slots, decay }, this.#ratesOf(rateFactor), params);
    this.state.next(name, next.value, when);
    for (const slot of plugin.slots) this.state.next(`${slot}/${name}`, next.slots[slot], when);
    return next.value;
  }

  #ratesOf(factor: number): Rates {
    const { plugin, params } = this.optimizer;
    const { lr, step } = this.clock;
    const rates = this.#rates.get(factor) ?? plugin.rates(factor === 1 ? lr : mul(lr, factor), step, params);
    this.#rates.set(factor, rates);
    return rates;
  }
}
