// The providers of one process: those of the configuration and the environment, and the demo where it is wanted.
import type { Config } from "../config/schema.ts";
import { demoHandle, demoRow } from "./demo.ts";
import { openProviders, type ProviderProblem } from "./open.ts";
import { noCredential, type Provider } from "./provider.ts";

type Environment = { readonly [name: string]: string | undefined };

/** The demo answers while there is nobody else, or when it was asked for. */
export function configuredProviders(
  config: Pick<Config, "providers" | "demo">,
  environment: Environment,
  options?: Parameters<typeof openProviders>[2],
): { providers: Map<string, Provider>; problems: ProviderProblem[] } {
  const { providers, problems } = openProviders(config.providers, environment, options);
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  const { enabled } = config.demo;
  if (enabled === true || (enabled === "auto" && byName.size === 0)) {
    byName.set(demoRow.type, {
      name: demoRow.type,
      row: demoRow,
      baseUrl: demoRow.baseUrl ?? "",
      headers: {},
      credentials: [noCredential],
      listedModels: [],
      transport: { kind: "in-process", handle: demoHandle() },
    });
  }
  return { providers: byName, problems };
}
