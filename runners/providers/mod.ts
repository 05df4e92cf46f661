/** The execution providers by name, and which of them a run takes. */
import type { Provider, ProviderName } from "../../lib/contracts/provider.ts";
import { UserError } from "../../lib/base/errors.ts";
import { findAdapter, isSoftware, mayHaveGpu } from "./adapter.ts";
import { cpu } from "./cpu.ts";
import { reference } from "./reference.ts";
import { wasm } from "./wasm.ts";
import { webgpu } from "./webgpu.ts";

export { exhausted, processMemory } from "./memory.ts";

const MAKERS: Readonly<Record<ProviderName, () => Provider>> = { webgpu, cpu, wasm, reference };

/** Every provider, fastest first. */
export const providerNames = Object.keys(MAKERS) as readonly ProviderName[];

/** A provider and what its user should know about it. */
export interface ProviderChoice {
  readonly provider: Provider;
  readonly warnings: readonly string[];
}

/** The provider of this name, whether this machine can use it or not; nothing is loaded before a model is opened. */
export function createProvider(name: ProviderName): Provider {
  return MAKERS[name]();
}

/**
 * The provider to run on. `auto`: a real GPU, else cpu, else wasm. A software GPU adapter is taken only by name, with a warning.
 * @throws UserError where this machine cannot use the one that is named.
 */
export async function chooseProvider(choice: "auto" | ProviderName): Promise<ProviderChoice> {
  if (choice === "auto") return { provider: await best(), warnings: [] };
  const provider = createProvider(choice);
  const reason = await provider.unavailable();
  if (reason !== undefined) throw new UserError(`Cannot use the provider "${choice}": ${reason}`);
  return { provider, warnings: choice === "webgpu" ? await adapterWarnings() : [] };
}

async function best(): Promise<Provider> {
  const adapter = mayHaveGpu() ? await findAdapter() : undefined;
  if (adapter !== undefined && !isSoftware(adapter)) return webgpu();
  const native = cpu();
  return await native.unavailable() === undefined ? native : wasm();
}

async function adapterWarnings(): Promise<readonly string[]> {
  const adapter = await findAdapter();
  if (adapter === undefined || !isSoftware(adapter)) return [];
  const name = adapter.info.description;
  return [`the GPU adapter "${name}" is software: expect it to be hundreds of times slower than the provider cpu`];
}
