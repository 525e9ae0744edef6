// Providers for tests of whatever is built on them.
import { openProviders, type ProviderSettings } from "../../src/providers/open.ts";
import type { Provider } from "../../src/providers/provider.ts";

/** Opens what the settings say, with a credential for those that name none; fails on any problem. */
export function openNamed(settings: { readonly [name: string]: ProviderSettings }): Map<string, Provider> {
  const withKeys = Object.entries(settings).map(([name, entry]) => [name, { api_key: "test-key", ...entry }]);
  const { providers, problems } = openProviders(Object.fromEntries(withKeys), {});
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  return new Map(providers.map((provider) => [provider.name, provider]));
}
