/**
 * Between runs, time for what comes in from outside. The native runtime computes on the thread of the event loop, and as long as there is
 * something to compute the loop hardly looks for input: an interrupt was heard up to 25 steps late.
 */

/** Milliseconds of computing after which the loop listens; it takes about one. */
const EVERY_MS = 50;

let heard = 0;

/** Waits until the loop has looked for input, where it has not for a while. */
export async function listen(): Promise<void> {
  if (performance.now() - heard < EVERY_MS) return;
  await new Promise((done) => setTimeout(done, 1));
  heard = performance.now();
}
