/** The most memory that this process held. Linux only. */

/** Bytes at the high-water mark; what is told of children and of the parent is not counted. */
export function peakMemory(): number {
  const [, kibibytes] = /VmHWM:\s+(\d+) kB/.exec(Deno.readTextFileSync("/proc/self/status"))!;
  return 1024 * Number(kibibytes);
}
