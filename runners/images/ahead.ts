/** Keeps several jobs in flight and gives their results in order: the one place where memory is bounded. */

/**
 * Starts up to `ahead` jobs before their results are asked for. A job that fails ends the sequence with its error; jobs still
 * in flight when the consumer leaves are finished and dropped.
 */
export async function* inOrder<J, R>(
  jobs: Iterable<J>,
  ahead: number,
  start: (job: J) => Promise<R>,
): AsyncGenerator<R, void, void> {
  const flying: Promise<R>[] = [];
  for (const job of jobs) {
    flying.push(guarded(start(job)));
    if (flying.length > ahead) yield await flying.shift()!;
  }
  while (flying.length > 0) yield await flying.shift()!;
}

/** The same promise, whose failure counts as handled even when nobody comes to ask for it. */
function guarded<R>(promise: Promise<R>): Promise<R> {
  promise.catch(() => {});
  return promise;
}

/** `items` in groups of `length`, the last one shorter. */
export function* inGroups<T>(items: readonly T[], length: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += length) yield items.slice(at, at + length);
}
