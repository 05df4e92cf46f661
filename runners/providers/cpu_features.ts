/** What of the processor decides which kernels run, and so the last bits of a result. */
import os from "node:os";

/** Threads that a provider computes with. */
export function threads(): number {
  return navigator.hardwareConcurrency;
}

/**
 * Architecture and processor model, e.g. `x86_64 AMD EPYC 7763`: they decide which vector kernels ONNX Runtime picks. The
 * architecture alone where the permission `sys=cpus` is missing (the kernel's own list in /proc would need all permissions).
 */
export function instructionSet(): string {
  if (Deno.permissions.querySync({ name: "sys", kind: "cpus" }).state !== "granted") return Deno.build.arch;
  return `${Deno.build.arch} ${os.cpus()[0]?.model ?? ""}`.trim();
}
