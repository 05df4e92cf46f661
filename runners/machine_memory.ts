/** How much memory this machine lets a process take. */
import process from "node:process";

/** The function is there, its type is not. */
type Constrained = typeof process & { constrainedMemory?(): number };

export interface MemoryLimit {
  readonly bytes: number;
  /** Who says so, as a sentence goes on: `this machine has`. */
  readonly words: string;
}

/** The machine's memory, or less where a container (cgroup) may take less; undefined without the permission to ask. */
export function machineMemory(): MemoryLimit | undefined {
  if (Deno.permissions.querySync({ name: "sys", kind: "systemMemoryInfo" }).state !== "granted") return undefined;
  const { total } = Deno.systemMemoryInfo();
  const allowed = (process as Constrained).constrainedMemory?.() ?? 0;
  if (allowed > 0 && allowed < total) return { bytes: allowed, words: "this container may take" };
  return { bytes: total, words: "this machine has" };
}
