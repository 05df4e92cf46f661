/** The providers that this machine can use, for suites that run on each of them. */
import type { Provider, ProviderName } from "../../../lib/contracts/provider.ts";
import { createProvider, providerNames } from "../../../runners/providers/mod.ts";

/** Registers one test for each provider; where a provider is not available the test is skipped and says why. */
export async function testOnEach(
  name: string,
  test: (provider: Provider) => Promise<void>,
  names: readonly ProviderName[] = providerNames,
): Promise<void> {
  for (const provider of names.map(createProvider)) {
    const reason = await provider.unavailable();
    const title = reason === undefined
      ? `${name} on ${provider.name}`
      : `${name} on ${provider.name}: skipped, ${reason}`;
    // The runtimes start threads and timers of their own, which outlive a session.
    Deno.test({
      name: title,
      ignore: reason !== undefined,
      sanitizeOps: false,
      sanitizeResources: false,
      fn: () => test(provider),
    });
  }
}
