// Opens the catalogue: where it reads, what it may show, and where it is kept over a restart.
import { join } from "node:path";
import { type Allows, openAllows } from "../catalog/allowed.ts";
import { Catalog, type CatalogOptions } from "../catalog/catalog.ts";
import { loadReference } from "../catalog/reference.ts";
import type { LoadedConfig } from "../config/load.ts";
import type { Config } from "../config/schema.ts";
import { fetchListing } from "../exchange/listing.ts";
import { fetchToken, Upstream } from "../exchange/upstream.ts";
import { openProviders } from "../providers/open.ts";
import type { Provider } from "../providers/provider.ts";
import { openTextFile } from "../storage/file/text-file.ts";
import type { Log } from "../telemetry/log.ts";

export type CatalogParts = {
  config: Config;
  providers: ReadonlyMap<string, Provider>;
  environment: { readonly [name: string]: string | undefined };
  upstream: Upstream;
  log: Log;
};

/** Reading the lists of facts and prices holds this thread for some 100 ms: not while the first requests come. */
const referenceDelayMs = 500;
/** Ten thousand models with all that can be said of them are some 3 MB. */
const snapshotBytesMax = 16 * 1024 * 1024;

export function openCatalog({ config, providers, environment, upstream, log }: CatalogParts): Catalog {
  const path = snapshotPath(config, environment);
  return new Catalog({
    ...catalogSettings(config),
    providers,
    fetchListing: (provider, path) => fetchListing({ upstream, provider, path, timeoutMs: config.models.timeout }),
    onFailure: (provider, message) =>
      log.write("warn", "the model list could not be read", { provider, error: message }),
    ...(path !== undefined && {
      snapshot: openTextFile({
        path,
        bytesMax: snapshotBytesMax,
        onFailure: (path, error) => log.write("info", "the model lists could not be kept", { path, error }),
      }),
    }),
    // The demo alone needs no prices.
    ...([...providers.values()].some(({ transport }) => transport.kind === "http") && {
      loadReference: () => Bun.sleep(referenceDelayMs).then(loadReference),
    }),
  });
}

/** What the configuration says of lists and models. */
export function catalogSettings(
  config: Config,
): Pick<CatalogOptions, "refreshMs" | "recheckMs" | "allows" | "overrides" | "modeOf"> {
  const { models, providers } = config;
  const allows = allowsOf(config);
  return {
    refreshMs: models.refresh_interval,
    recheckMs: models.recheck_interval,
    ...(allows && { allows }),
    overrides: models.overrides,
    modeOf: (provider) => providers[provider]?.models_mode ?? models.configured_mode,
  };
}

/** What `allowed_models` say; undefined where they allow everything. */
export function allowsOf({ models, providers }: Config): Allows | undefined {
  const byProvider = new Map(
    Object.entries(providers).map(([name, { allowed_models: patterns }]) => [name, patterns ?? []]),
  );
  const patterns = [models.allowed_models, ...byProvider.values()].flat();
  return patterns.length === 0 ? undefined : openAllows({ everywhere: models.allowed_models, byProvider });
}

/** Undefined: nothing is kept. systemd gives a cache directory, desktops have one; a container may have neither. */
export function snapshotPath(config: Config, environment: CatalogParts["environment"]): string | undefined {
  const { snapshot } = config.models;
  if (snapshot === "off") return undefined;
  if (snapshot !== "auto") return snapshot;
  const given = environment["CACHE_DIRECTORY"]?.split(":")[0];
  if (given) return join(given, "models.json");
  const home = environment["HOME"];
  const cache = environment["XDG_CACHE_HOME"] ?? (home && home !== "/" ? join(home, ".cache") : undefined);
  return cache ? join(cache, "sluice", "models.json") : undefined;
}

/** The configured providers, for a command that calls them itself. */
export function openConfigured({ config, environment }: Pick<LoadedConfig, "config" | "environment">): Provider[] {
  return openProviders(config.providers, environment, { fetchToken }).providers;
}

/** A catalogue for one look: read once, kept nowhere. */
export function openCatalogOnce(
  config: Config,
  providers: ReadonlyMap<string, Provider>,
  onFailure: (provider: string, message: string) => void,
): Catalog {
  const upstream = new Upstream();
  return new Catalog({
    ...catalogSettings(config),
    providers,
    refreshMs: 0,
    fetchListing: (provider, path) => fetchListing({ upstream, provider, path, timeoutMs: config.models.timeout }),
    onFailure,
    loadReference,
  });
}
