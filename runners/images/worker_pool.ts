/** A team of worker threads. An idle worker waits for its next message and takes no time. */
import { UserError } from "../../lib/base/errors.ts";
import type { DrawJob, Drawn, Prepared, PrepareJob } from "./jobs.ts";
import type { Team } from "./team.ts";
import { WebWorker } from "./web_worker.ts";
import type { Answer, Request } from "./worker.ts";

interface Waiting {
  done(result: unknown): void;
  failed(error: Error): void;
}

interface Member {
  readonly worker: Worker;
  /** Jobs handed over and not answered yet, by number. */
  readonly waiting: Map<number, Waiting>;
}

export class WorkerPool implements Team {
  readonly threads: number;
  readonly #members: Member[];
  #next = 0;
  #closed: Error | undefined;

  /** `confined`: workers may read files and the environment, no more; it needs Deno's unstable option `worker-options`. */
  constructor(threads: number, confined: boolean) {
    this.threads = threads;
    this.#members = Array.from({ length: threads }, () => this.#start(confined));
  }

  prepare(job: PrepareJob): Promise<Prepared> {
    const moved = job.sources.flatMap((source) => ("bytes" in source ? [source.bytes.buffer as ArrayBuffer] : []));
    return this.#do(job, [...new Set(moved)]) as Promise<Prepared>;
  }

  draw(job: DrawJob): Promise<Drawn> {
    const moved = typeof job.packed === "string" ? [] : [job.packed.buffer as ArrayBuffer];
    return this.#do(job, moved) as Promise<Drawn>;
  }

  [Symbol.dispose](): void {
    this.#stop(new Error("Cannot do image work: the workers have been closed"));
  }

  #start(confined: boolean): Member {
    const permissions: Deno.PermissionOptionsObject = {
      read: "inherit",
      env: "inherit",
      ffi: false,
      net: false,
      run: false,
      sys: false,
      write: false,
    };
    const options = confined ? { deno: { permissions } } : {};
    const worker = new WebWorker(new URL("./worker.ts", import.meta.url), { type: "module", ...options });
    const waiting = new Map<number, Waiting>();
    worker.addEventListener("message", (event: MessageEvent<Answer>) => settle(waiting, event.data));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#stop(new Error(`Cannot do image work: a worker ended with "${event.message}"`));
    });
    return { worker, waiting };
  }

  /** Hands the job to the worker with the shortest queue. */
  #do(job: PrepareJob | DrawJob, moved: ArrayBuffer[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    const member = this.#members.reduce((best, other) => other.waiting.size < best.waiting.size ? other : best);
    const id = this.#next++;
    return new Promise((done, failed) => {
      member.waiting.set(id, { done, failed });
      member.worker.postMessage({ id, job } satisfies Request, moved);
    });
  }

  #stop(reason: Error): void {
    this.#closed ??= reason;
    for (const { worker, waiting } of this.#members) {
      worker.terminate();
      for (const { failed } of waiting.values()) failed(reason);
      waiting.clear();
    }
  }
}

function settle(waiting: Map<number, Waiting>, answer: Answer): void {
  const job = waiting.get(answer.id);
  waiting.delete(answer.id);
  if ("error" in answer) job?.failed(answer.user ? new UserError(answer.error) : new Error(answer.error));
  else job?.done(answer.result);
}
