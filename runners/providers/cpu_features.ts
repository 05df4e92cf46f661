/** What of the processor decides which kernels run, and so the last bits of a result. */

/** Vector extensions that ONNX Runtime picks kernels by, widest first. */
const EXTENSIONS = ["amx_tile", "avx512f", "avx2", "avx", "sse4_1"];

/** Threads that a provider computes with. */
export function threads(): number {
  return navigator.hardwareConcurrency;
}

/** Architecture and widest vector extension, e.g. `x86_64 avx2`; the architecture alone where the system does not tell. */
export function instructionSet(): string {
  const flags = processorFlags();
  const widest = EXTENSIONS.find((extension) => flags.has(extension));
  return widest ? `${Deno.build.arch} ${widest}` : Deno.build.arch;
}

function processorFlags(): ReadonlySet<string> {
  const file = "/proc/cpuinfo";
  if (Deno.build.os !== "linux") return new Set();
  if (Deno.permissions.querySync({ name: "read", path: file }).state !== "granted") return new Set();
  const line = Deno.readTextFileSync(file).match(/^flags\s*:(.*)$/m);
  return new Set(line?.[1].split(" "));
}
