// What `sluice doctor` looks at, in which order, and what it finds. Every finding that is no success has a remedy.
import type { LoadedConfig } from "../config/load.ts";
import { fetchToken, Upstream } from "../exchange/upstream.ts";
import { openProviders } from "../providers/open.ts";
import type { Provider } from "../providers/provider.ts";
import type { Finding } from "./doctor-finding.ts";
import { type Machine, machineFindings } from "./doctor-machine.ts";
import { providerFindings } from "./doctor-provider.ts";
import { settingsFindings } from "./doctor-settings.ts";

export type Examination = {
  loaded: LoadedConfig;
  machine: Machine;
  /** Only this provider; nothing else is looked at. */
  provider?: string;
  /** Told of each finding as it is made. */
  onFinding: (finding: Finding) => void;
};

/** Providers are looked at side by side, a few at a time. */
const together = 8;

export async function examine({ loaded, machine, provider: only, onFinding }: Examination): Promise<Finding[]> {
  const findings: Finding[] = [];
  const note = (finding: Finding) => {
    findings.push(finding);
    onFinding(finding);
  };
  const { providers, problems } = openProviders(loaded.config.providers, loaded.environment, { fetchToken });
  const chosen = only === undefined ? providers : providers.filter(({ name }) => name === only);
  if (only === undefined) {
    for (const finding of settingsFindings(loaded, providers, problems)) note(finding);
    for (const finding of await machineFindings(loaded, machine)) note(finding);
  }
  const upstream = new Upstream();
  const waiting = [...chosen];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      // A provider's findings stay together.
      for (const finding of await providerFindings(next, { loaded, upstream })) note(finding);
    }
  };
  await Promise.all(Array.from({ length: Math.min(together, chosen.length) }, work));
  if (chosen.length === 0) note(noProvider(only, providers));
  return findings;
}

function noProvider(only: string | undefined, providers: readonly Provider[]): Finding {
  const common = { scope: "settings", check: "providers" };
  if (only === undefined) {
    return {
      ...common,
      status: "warning",
      code: "providers.none",
      message: "no provider is configured: only the demo would answer",
      remedy: "set a provider's variable, such as OPENAI_API_KEY or ANTHROPIC_API_KEY, or write one into sluice.yaml",
    };
  }
  return {
    ...common,
    status: "failure",
    code: "providers.unknown",
    message: `no provider is called "${only}"`,
    remedy: `name one of: ${providers.map(({ name }) => name).join(", ") || "none is configured"}`,
  };
}
