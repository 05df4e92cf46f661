/** How much memory this process holds, and when that is too much. */
import { collectGarbage } from "../garbage.ts";

const MIB = 1024 * 1024;

/** Resident memory that a process on this provider may reach before it is recycled, in bytes. */
const BUDGETS = { webgpu: 6144 * MIB, cpu: 12288 * MIB, wasm: 6144 * MIB, reference: 6144 * MIB } as const;

/** Resident memory of this process in bytes. */
export function processMemory(): number {
  return Deno.memoryUsage().rss;
}

/**
 * Whether this process has grown past its budget, `reserve` kept free of it: on webgpu every run leaks a little (in the runtime, not in
 * JavaScript), so long work is recycled. Garbage does not count: where the budget is passed, it is collected first. Both in bytes; the
 * budget's default is by provider.
 */
export function exhausted(provider: keyof typeof BUDGETS, budget: number = BUDGETS[provider], reserve = 0): boolean {
  const isPast = () => processMemory() > budget - reserve;
  if (!isPast()) return false;
  collectGarbage();
  return isPast();
}
