/** The GPU of this machine: whether there is one, and the device that everything on it shares. */

/** Limits that large tensors and fused kernels need; the defaults are those of a small phone. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "maxBindGroups",
  "maxBindingsPerBindGroup",
] as const;

/** What kernels of ONNX Runtime ask for where it is there. */
const FEATURES: readonly GPUFeatureName[] = ["shader-f16"];

/** Device files of a Linux machine with a GPU: kernel drivers, NVIDIA's own, Windows' below a Linux guest. */
const DEVICE_FILES = ["/dev/dri", "/dev/nvidiactl", "/dev/dxg"];

/** The adapter that computes fastest, a software one where there is no other; undefined where there is none. */
export async function findAdapter(): Promise<GPUAdapter | undefined> {
  if (navigator.gpu === undefined) return undefined;
  quietLoader();
  return await navigator.gpu.requestAdapter({ powerPreference: "high-performance" }) ?? undefined;
}

/** Whether the adapter is a program of the CPU, hundreds of times slower than the `cpu` provider. */
export function isSoftware(adapter: GPUAdapter): boolean {
  return adapter.info.isFallbackAdapter;
}

/** False where the machine surely has no GPU; asking the loader itself takes a tenth of a second. */
export function mayHaveGpu(): boolean {
  if (Deno.build.os !== "linux") return true;
  return DEVICE_FILES.some((path) => {
    const readable = Deno.permissions.querySync({ name: "read", path }).state === "granted";
    return !readable || exists(path);
  });
}

/** A device with the adapter's own limits. */
export async function openDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits: Record<string, number> = {};
  for (const name of LIMITS) requiredLimits[name] = adapter.limits[name];
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature));
  return await adapter.requestDevice({ requiredLimits, requiredFeatures });
}

/** Vendor, architecture and name as the driver tells them. */
export function describeAdapter(adapter: GPUAdapter): string {
  const { vendor, architecture, device, description } = adapter.info;
  return [vendor, architecture, device, description].filter((part) => part !== "").join(" ");
}

/** The Vulkan loader complains on stderr where this variable is unset, as in containers; it needs no such folder. */
function quietLoader(): void {
  const variable = "XDG_RUNTIME_DIR";
  if (Deno.build.os !== "linux") return;
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") return;
  if (Deno.env.get(variable) === undefined) Deno.env.set(variable, "/tmp");
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
