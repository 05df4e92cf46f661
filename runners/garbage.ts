/** Collecting garbage before JavaScript would: it sees nothing of the memory that runtimes and workers take, and waits. */

/** A process that was started with `--expose-gc`. */
interface Collecting {
  gc?(): void;
}

/**
 * Collects now, in a process that was started with `--expose-gc`; elsewhere nothing happens. Twice, since V8 gives back the bytes of
 * arrays on another thread: the second time waits for what the first found.
 */
export function collectGarbage(): void {
  const { gc } = globalThis as Collecting;
  gc?.();
  gc?.();
}
