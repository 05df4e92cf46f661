/** Errors of a GPU device as rejections: the device itself only fires events, and results are silently wrong. */

const FILTERS: readonly GPUErrorFilter[] = ["validation", "out-of-memory", "internal"];

export class DeviceErrors {
  readonly #device: GPUDevice;
  /** What was reported outside of any scope since it was last asked. */
  #late: string[] = [];
  #lost: string | undefined;

  constructor(device: GPUDevice) {
    this.#device = device;
    device.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.#late.push((event as GPUUncapturedErrorEvent).error.message);
    });
    device.lost.then((info) => this.#lost = info.message || info.reason);
  }

  /** Runs `job`. @throws Error where the device reports one meanwhile, whatever the job itself says. */
  async guard<T>(job: () => Promise<T>): Promise<T> {
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
    let result: T | undefined;
    let failure: unknown;
    try {
      result = await job();
    } catch (error) {
      failure = error ?? new Error("unknown error of the GPU runtime");
    }
    const reports = await this.#reports();
    if (this.#lost !== undefined) throw new Error(`Cannot compute on the GPU: the device is lost (${this.#lost})`);
    if (reports.length > 0) throw new Error(`Cannot compute on the GPU: ${reports.join("; ")}`, { cause: failure });
    if (failure !== undefined) throw failure;
    return result as T;
  }

  async #reports(): Promise<readonly string[]> {
    const scoped = await Promise.all(FILTERS.map(() => this.#device.popErrorScope()));
    const late = this.#late;
    this.#late = [];
    return [...scoped.flatMap((error) => (error ? [error.message] : [])), ...late];
  }
}
