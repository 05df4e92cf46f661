/** Who does image jobs: the calling thread, or workers. */
import type { DrawJob, Drawn, Prepared, PrepareJob } from "./jobs.ts";
import { ImageJobs } from "./jobs.ts";
import type { Augmentation } from "../../lib/contracts/data.ts";

export interface Team extends Disposable {
  /** Threads that work beside the caller; 0 where the caller does the work itself. */
  readonly threads: number;
  prepare(job: PrepareJob): Promise<Prepared>;
  draw(job: DrawJob): Promise<Drawn>;
}

/** The calling thread: knows augmentations that workers cannot be handed, and costs nothing to start. */
export class CallingThread implements Team {
  readonly threads = 0;
  readonly #jobs: ImageJobs;

  constructor(augmentations: readonly Augmentation<unknown>[]) {
    this.#jobs = new ImageJobs(augmentations);
  }

  prepare(job: PrepareJob): Promise<Prepared> {
    return this.#jobs.prepare(job);
  }

  draw(job: DrawJob): Promise<Drawn> {
    return new Promise((done) => done(this.#jobs.draw(job)));
  }

  [Symbol.dispose](): void {}
}
