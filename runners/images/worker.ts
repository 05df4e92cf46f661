/** A worker thread: takes image jobs, gives results back without copying them. Knows the built-in augmentations only. */
/// <reference lib="webworker" />
import { augmentations } from "../../lib/augmentations/mod.ts";
import { UserError } from "../../lib/base/errors.ts";
import { type DrawJob, ImageJobs, type PrepareJob } from "./jobs.ts";

export interface Request {
  readonly id: number;
  readonly job: PrepareJob | DrawJob;
}

export type Answer =
  | { readonly id: number; readonly result: unknown }
  /** `user`: the message is for the user's eyes. */
  | { readonly id: number; readonly error: string; readonly user: boolean };

const jobs = new ImageJobs(augmentations);
/** Jobs are done one after another, in the order in which they came. */
let last: Promise<void> = Promise.resolve();

self.addEventListener("message", (event: MessageEvent<Request>) => {
  last = last.then(() => answer(event.data));
});

async function answer({ id, job }: Request): Promise<void> {
  try {
    if (job.kind === "draw") {
      const result = jobs.draw(job);
      send({ id, result }, result.images.buffer);
    } else {
      const result = await jobs.prepare(job);
      send({ id, result }, result.pixels.buffer);
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    self.postMessage({ id, error: message, user: error instanceof UserError } satisfies Answer);
  }
}

function send(message: Answer, moved: ArrayBuffer): void {
  self.postMessage(message, { transfer: [moved] });
}
