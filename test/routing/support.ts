// A planner over a hand-made catalogue, with its real stores and settings read from a file's text.

import { GatewayError } from "../../src/core/errors.ts";
import type { KnownFacts } from "../../src/core/known-facts.ts";
import type { Provider } from "../../src/providers/provider.ts";
import type { TargetHealth } from "../../src/routing/health.ts";
import { readNames } from "../../src/routing/names.ts";
import type { ModelDirectory, Plan, PlanRequest, Target } from "../../src/routing/plan.ts";
import { Planner, type PlannerParts } from "../../src/routing/planner.ts";
import { openMemoryRotation } from "../../src/storage/memory/rotation.ts";
import { openMemorySessions } from "../../src/storage/memory/sessions.ts";
import { load } from "../config/scratch.ts";

/** Model -> names of the providers that list it, in order of choice. */
export type Lists = { [model: string]: string[] };

export type Catalogue = ModelDirectory & { waited: number; change(lists: Lists): void };

export type CatalogueOptions = {
  providers: ReadonlyMap<string, Provider>;
  lists?: Lists;
  /** Known once somebody has waited. */
  late?: Lists;
  /** By `provider/model`. */
  facts?: { [id: string]: KnownFacts };
  /** The same, known once somebody has waited for everything. */
  lateFacts?: { [id: string]: KnownFacts };
};

export function openCatalogue({ providers, lists = {}, late, facts = {}, lateFacts }: CatalogueOptions): Catalogue {
  let listed = lists;
  const learnt = lateFacts ?? facts;
  let known = facts;
  let version = 1;
  const catalogue: Catalogue = {
    waited: 0,
    get version() {
      return version;
    },
    providersOf: (model) => (listed[model] ?? []).map((name) => providers.get(name) as Provider),
    factsOf: (provider, model) => known[`${provider.name}/${model}`],
    all: () =>
      [...providers.values()].map((provider) => ({
        provider,
        models: Object.keys(listed)
          .filter((model) => listed[model]?.includes(provider.name))
          .map((id) => ({ id })),
        stale: late !== undefined && catalogue.waited === 0,
      })),
    get isComplete() {
      return known === learnt;
    },
    complete: async () => {
      known = learnt;
      version++;
    },
    ready: async () => {
      catalogue.waited++;
      if (late) catalogue.change({ ...listed, ...late });
    },
    change(next) {
      listed = next;
      version++;
    },
  };
  return catalogue;
}

export const soundHealth: TargetHealth = {
  countsTokens: false,
  availability: () => ({ usable: true, state: "closed" }),
  firstOutputMs: () => undefined,
  inFlight: () => 0,
  errorRate: () => 0,
};

export type PlannerOptions = CatalogueOptions & {
  /** Text of a `sluice.yaml`. */
  yaml?: string;
  health?: TargetHealth;
  nowMs?: () => number;
  stores?: Partial<Pick<PlannerParts, "sessions" | "rotation">>;
};

export function openPlanner(options: PlannerOptions) {
  const { providers, yaml = "", health = soundHealth, nowMs = () => 0, stores } = options;
  const { config, problems } = load({ files: { "sluice.yaml": yaml } });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  const directory = openCatalogue(options);
  const names = readNames(config, providers);
  const sessions = openMemorySessions({ entriesMax: 1000, bytesMax: 1024 ** 2, nowMs });
  const rotation = openMemoryRotation();
  const planner = new Planner({
    providers,
    directory,
    names,
    health,
    sessions,
    rotation,
    sessionSettings: { enabled: config.sessions.enabled, autoDetect: true, headers: [], ttlMs: config.sessions.ttl },
    order: config.models.order,
    ...stores,
  });
  return { planner, directory, names, sessions, rotation };
}

export type Asked = Partial<PlanRequest> & { model: string };

export function asked(request: Asked): PlanRequest {
  return { providerHint: undefined, clientDialect: "openai-chat", ...request };
}

export const nameOf = ({ provider, model, credential }: Target): string =>
  `${provider.name}/${model}${provider.credentials.length > 1 ? `#${credential.id}` : ""}`;

export const targetsOf = (plan: Plan): string[] => plan.targets.map(nameOf);

/** Names of the targets in order, or the refusal. */
export async function planned(planner: Planner, request: Asked): Promise<string> {
  try {
    return targetsOf(await planner.plan(asked(request))).join(", ");
  } catch (cause) {
    if (!(cause instanceof GatewayError)) throw cause;
    return `${cause.status} ${cause.publicCode ?? cause.code} ${cause.param}: ${cause.message}`;
  }
}

/** How often each target comes first. */
export async function firstOf(planner: Planner, times: number, request: Asked): Promise<{ [target: string]: number }> {
  const counts: { [target: string]: number } = {};
  for (let index = 0; index < times; index++) {
    const { targets } = await planner.plan(asked(request));
    const first = nameOf(targets[0] as Target);
    counts[first] = (counts[first] ?? 0) + 1;
  }
  return counts;
}
