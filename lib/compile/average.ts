/** Moving average of the weights (Polyak, Juditsky 1992), with a start that follows the first steps closely. */
import type { Value } from "../contracts/op.ts";
import { add, div, min, mul, sub } from "../ops/emit.ts";
import type { CarriedState } from "./carried.ts";

/** Keeps the averages of weights as the carried inputs `average/<weight>`, which start from the weights themselves. */
export class WeightAverages {
  /** Name of the carried input by name of the weight. */
  readonly names: Record<string, string> = {};
  /** Share of the average that the step keeps, and share of the new weights that enter it. */
  readonly #shares: { readonly kept: Value; readonly entering: Value } | null;

  /**
   * average <- d · average + (1 - d) · new weight, d being the smaller of `decay` and (1 + step) / (10 + step).
   * @param decay null: nothing is averaged.
   * @param step float32 scalar, 1 in the first step.
   */
  constructor(decay: number | null, step: Value, private readonly state: CarriedState) {
    if (decay === null) {
      this.#shares = null;
      return;
    }
    const kept = min(div(add(step, 1), add(step, 10)), decay);
    this.#shares = { kept, entering: sub(1, kept) };
  }

  /** Averages a weight that is carried. Where the bool scalar `when` is false, the average stays what it is. */
  follow(weight: string, next: Value, when: Value | null): void {
    if (this.#shares === null) return;
    const name = `average/${weight}`;
    const before = this.state.input(name, this.state.initial[weight]);
    const average = add(mul(before, this.#shares.kept), mul(next, this.#shares.entering));
    this.state.next(name, average, when);
    this.names[weight] = name;
  }
}
