// Findings about the settings: what would stop a start, and what a start would accept and someone may regret.

import type { LoadedConfig } from "../config/load.ts";
import { isLoopback } from "../config/rules.ts";
import type { ProviderProblem } from "../providers/open.ts";
import type { Provider } from "../providers/provider.ts";
import type { Draft, Finding } from "./doctor-finding.ts";

export function settingsFindings(
  loaded: LoadedConfig,
  providers: readonly Provider[],
  problems: readonly ProviderProblem[],
): Finding[] {
  const wrong = [...loaded.problems, ...problems].map(
    ({ path, message }): Draft => ({
      check: "settings",
      status: "failure",
      code: "settings.problem",
      message: `${path}: ${message}`,
      remedy: `correct ${path}; a start refuses it as it is`,
    }),
  );
  const found = [...wrong, ...regrets(loaded), ...providers.flatMap(openConnection)];
  if (wrong.length === 0) {
    const file = loaded.file === undefined ? "no config file" : loaded.file;
    found.unshift({ check: "settings", status: "ok", code: "settings.ok", message: `can be started with (${file})` });
  }
  return found.map((finding) => ({ scope: "settings", ...finding }));
}

function regrets({ config }: LoadedConfig): Draft[] {
  const { server, strict } = config;
  const found: Draft[] = [];
  if (server.master_key === undefined && server.allow_open && !isLoopback(server.host)) {
    found.push({
      check: "access",
      status: "warning",
      code: "access.open",
      message: `everybody who reaches ${server.host} may spend your money: there is no master key`,
      remedy: "set SLUICE_MASTER_KEY and take allow_open away",
    });
  }
  if (server.timeouts.first_output < 10_000) {
    found.push({
      check: "timeouts",
      status: "warning",
      code: "timeouts.short",
      message: `server.timeouts.first_output is ${server.timeouts.first_output} ms: models that think take longer`,
      remedy: "set it to a minute or more",
    });
  }
  if (strict) {
    found.push({
      check: "strict",
      status: "ok",
      code: "strict.on",
      message: "strict: requests that would lose a field are refused",
    });
  }
  return found;
}

/** A credential on its way through a network in the clear. */
function openConnection({ name, baseUrl, credentials }: Provider): Draft[] {
  const url = new URL(baseUrl);
  const hasCredential = credentials.some(({ headers, authorize }) => authorize || Object.keys(headers).length > 0);
  if (url.protocol !== "http:" || isLoopback(url.hostname.replace(/^\[|\]$/g, "")) || !hasCredential) return [];
  return [
    {
      check: "encryption",
      status: "warning",
      code: "encryption.none",
      message: `${name} is called at ${url.origin}: its credential and every prompt pass unencrypted`,
      remedy: `use https:// in providers.${name}.base_url, or keep the way to ${url.hostname} private`,
    },
  ];
}
