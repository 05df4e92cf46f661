/** A train step that runs: its session, and what it carries from one run to the next. */
import type { Tensors } from "../base/tensor.ts";
import type { TrainStep } from "../compile/train_step.ts";
import type { Session } from "../contracts/provider.ts";
import { GRADIENT_NORMS } from "./_diverged.ts";
import { picked, trainedNames } from "./_step_state.ts";

export class StepSession implements AsyncDisposable {
  /** Carried inputs for the next run; empty once the session holds them. */
  #pending: Tensors;

  /** @param state what the carried inputs start from. */
  constructor(readonly step: TrainStep, private readonly session: Session, state: Tensors) {
    this.#pending = state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }

  async run(feeds: Tensors, fetches: readonly string[]): Promise<Tensors> {
    const results = await this.session.run({ ...this.#pending, ...feeds }, fetches);
    this.#pending = {};
    return results;
  }

  /** Begins to copy what a later run is fed to where it is computed. */
  upload(feeds: Tensors): void {
    this.session.upload?.(feeds);
  }

  /** Everything that is carried. */
  async state(): Promise<Tensors> {
    return await this.#carried();
  }

  /** The weights and buffers that training moves, or their averages. */
  async trained(): Promise<Tensors> {
    const { averages } = this.step;
    const names = trainedNames(this.step);
    const values = await this.#carried(names.map((name) => averages[name] ?? name));
    return Object.fromEntries(names.map((name) => [name, values[averages[name] ?? name]]));
  }

  async gradientNorms(): Promise<Tensors> {
    return await this.#carried(GRADIENT_NORMS);
  }

  /** Before the first run, as they were given. */
  async #carried(names?: readonly string[]): Promise<Tensors> {
    const given = Object.keys(this.#pending);
    return given.length === 0 ? await this.session.carried(names) : picked(this.#pending, names ?? given);
  }
}
