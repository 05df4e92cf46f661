/** Collecting garbage before JavaScript would: it sees nothing of the memory that runtimes and workers take, and waits. */

/** A process that was started with `--expose-gc`. */
interface Collecting {
  gc?(): void;
}

/** Collects now, in a process that was started with `--expose-gc`; elsewhere nothing happens. */
export function collectGarbage(): void {
  (globalThis as Collecting).gc?.();
}
