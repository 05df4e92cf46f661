/** The providers that this machine can use, for suites that run on each of them. */
import type { Provider, ProviderName } from "../../../lib/contracts/provider.ts";
import { createProvider, providerNames } from "../../../runners/providers/mod.ts";
import { testUnless } from "../../_present.ts";

/** Why the provider cannot compute in float16 here; undefined: it can. */
export async function halfMissing(provider: Provider): Promise<string | undefined> {
  const reason = await provider.unavailable();
  return reason ?? (await provider.hasHalf?.() ?? true ? undefined : "the adapter lacks shader-f16");
}

/**
 * Registers one test for each provider; where a provider is not available the test is skipped and says why. `missing` tells that
 * of a provider.
 */
export async function testOnEach(
  name: string,
  test: (provider: Provider) => Promise<void>,
  names: readonly ProviderName[] = providerNames,
  missing = (provider: Provider): Promise<string | undefined> => provider.unavailable(),
): Promise<void> {
  for (const provider of names.map(createProvider)) {
    testUnless(await missing(provider), `${name} on ${provider.name}`, () => test(provider));
  }
}
