// Opens what names stand for: virtual models, agents, sessions, and the planner over them.
import type { Catalog } from "../catalog/catalog.ts";
import type { Config } from "../config/schema.ts";
import type { Provider } from "../providers/provider.ts";
import { within } from "../routing/access.ts";
import type { TargetHealth } from "../routing/health.ts";
import { type ListedName, listNames } from "../routing/listing.ts";
import { readNames } from "../routing/names.ts";
import { Planner } from "../routing/planner.ts";
import type { SessionSettings } from "../routing/session.ts";
import { openMemoryRotation } from "../storage/memory/rotation.ts";
import { openMemorySessions } from "../storage/memory/sessions.ts";
import type { Log } from "../telemetry/log.ts";
import { allowsOf } from "./catalog.ts";

export type NameParts = {
  config: Config;
  providers: ReadonlyMap<string, Provider>;
  catalog: Catalog;
  health: TargetHealth;
  nowMs: () => number;
  log: Log;
};

export type OpenedNames = {
  planner: Planner;
  sessions: SessionSettings;
  /** What GET of models tells. */
  listing: (userPath: string) => ListedName[];
  /** Once the catalogue is being read: tells of entries that stand for nothing. */
  watch(): void;
  close(): void;
};

/** Of all sessions, beside the number of them. */
const sessionBytesMax = 64 * 1024 ** 2;

export function openNames({ config, providers, catalog, health, nowMs, log }: NameParts): OpenedNames {
  const written = readNames(config, providers);
  const names = { ...written, access: within(written.access, allowsOf(config)) };
  const tell = (path: string, problem: string) =>
    log.write("warn", "a name is not what it should be", { path, problem });
  for (const { path, message } of names.problems) tell(path, message);
  const { load } = names;
  const store = openMemorySessions({ entriesMax: config.sessions.max_entries, bytesMax: sessionBytesMax, nowMs });
  const rotation = openMemoryRotation();
  const sessions: SessionSettings = {
    enabled: config.sessions.enabled,
    autoDetect: config.sessions.auto_detect,
    headers: config.sessions.headers.map((name) => name.toLowerCase()),
    ttlMs: config.sessions.ttl,
  };
  const planner = new Planner({
    providers,
    directory: catalog,
    names: {
      ...names,
      ...(load && {
        load: async () => {
          const problems = await load();
          for (const { path, message } of problems) tell(path, message);
          return problems;
        },
      }),
    },
    health,
    sessions: store,
    rotation,
    sessionSettings: sessions,
    order: config.models.order,
  });
  const { list_names_only: namesOnly } = config.models;
  return {
    planner,
    sessions,
    listing: (userPath) => listNames({ names, planner, catalog, namesOnly, userPath }),
    watch() {
      void catalog.ready().then(() => {
        for (const route of [...names.routes.values(), ...new Set(names.failover?.values())]) {
          for (const { path, label } of planner.expansionOf(route).unmatched) tell(path, `no provider lists ${label}`);
        }
      });
    },
    close() {
      void store.close();
      void rotation.close();
    },
  };
}
