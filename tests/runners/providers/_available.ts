/** The providers that this machine can use, for suites that run on each of them. */
import type { Provider, ProviderName } from "../../../lib/contracts/provider.ts";
import { createProvider, providerNames } from "../../../runners/providers/mod.ts";
import { testUnless } from "../../_present.ts";

/** Registers one test for each provider; where a provider is not available the test is skipped and says why. */
export async function testOnEach(
  name: string,
  test: (provider: Provider) => Promise<void>,
  names: readonly ProviderName[] = providerNames,
): Promise<void> {
  for (const provider of names.map(createProvider)) {
    const reason = await provider.unavailable();
    testUnless(reason, `${name} on ${provider.name}`, () => test(provider));
  }
}
