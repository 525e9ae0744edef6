// Virtual models and agents, read from the configuration into routes, with everything that is wrong with them.
import type { Config } from "../config/schema.ts";
import type { Provider } from "../providers/provider.ts";
import { providerRows } from "../providers/rows.ts";
import { type AccessRule, type AccessRules, openAccess, readUserPath } from "./access.ts";
import { autoRoutes } from "./auto-agents.ts";
import type { FailoverRules } from "./failover.ts";
import { Patterns } from "./patterns.ts";
import { noPolicies, type RoutePolicies } from "./policies.ts";
import type { Capability, Entry, Route } from "./route.ts";
import type { Balance, StrategyId } from "./strategies.ts";

export type NameProblem = { path: string; message: string };

export type Names = {
  routes: ReadonlyMap<string, Route>;
  access: AccessRules;
  /** Absent where there are none. */
  failover?: FailoverRules;
  /** What is wrong; a route is made of what is right. */
  problems: readonly NameProblem[];
  /** Compiles the regular expressions; resolves to what is wrong with them. Until then they match nothing. */
  load?: () => Promise<readonly NameProblem[]>;
};

export type NamesConfig = Pick<Config, "virtual_models" | "agents" | "failover" | "discovery" | "models">;
type RouteSettings = Config["agents"][string];
type EntrySettings = NonNullable<RouteSettings["targets"]>[number];

type Reading = {
  providers: ReadonlyMap<string, Provider>;
  names: ReadonlySet<string>;
  patterns: Patterns;
  problems: NameProblem[];
};

export function readNames(config: NamesConfig, providers: ReadonlyMap<string, Provider>): Names {
  const patterns = new Patterns();
  const problems: NameProblem[] = [];
  const routes = new Map<string, Route>();
  const rules = new Map<string, AccessRule>();
  const written = (["virtual_models", "agents"] as const).flatMap((group) =>
    Object.entries(config[group]).map(([name, settings]) => ({ group, name, settings })),
  );
  const isRoute = ({ group, settings }: (typeof written)[number]) => group === "agents" || hasTargets(settings);
  const names = new Set(written.filter(isRoute).map(({ name }) => name));
  const reading: Reading = { providers, names, patterns, problems };
  for (const entry of written) {
    const { group, name, settings } = entry;
    const path = `${group}.${name}`;
    const userPaths = readUserPaths(settings, path, problems);
    if (!isRoute(entry)) {
      rules.set(name, { enabled: settings.enabled, ...(userPaths && { userPaths }) });
    } else if (!settings.enabled) {
      names.delete(name);
    } else if (routes.has(name)) {
      problems.push({ path, message: "virtual_models has this name, too; keep one of them" });
    } else {
      const route = readRoute(name, { path, settings, reading });
      routes.set(name, { ...route, ...(userPaths && { userPaths }) });
    }
  }
  cutCycles(routes, problems);
  for (const route of autoRoutes(config.discovery)) if (!routes.has(route.name)) routes.set(route.name, route);
  const failover = readFailover(config.failover, reading);
  return {
    routes,
    ...(failover.size > 0 && { failover }),
    access: openAccess(rules, config.models.enabled_by_default),
    problems,
    ...(!patterns.isEmpty && { load: () => patterns.load() }),
  };
}

/** What `sluice check` and a start ask: everything that is wrong, the regular expressions included. */
export async function checkNames(
  config: NamesConfig,
  providers: ReadonlyMap<string, Provider>,
): Promise<NameProblem[]> {
  const names = readNames(config, providers);
  return [...names.problems, ...((await names.load?.()) ?? [])];
}

/** A rule for a provider's type is one for each of its instances. */
function readFailover({ enabled, rules, disabled_models: disabled }: Config["failover"], reading: Reading) {
  const read = new Map<string, Route>();
  for (const [selector, models] of enabled ? Object.entries(rules) : []) {
    if (disabled.includes(selector)) continue;
    // No client can name it.
    const name = `failover\n${selector}`;
    const path = `failover.rules.${selector}`;
    const place = { name, settings: { enabled }, reading };
    const entries = models.flatMap((model, index) =>
      readEntry({ model, weight: 1 }, { ...place, path: `${path}[${index}]` }),
    );
    const route: Route = {
      ...{ name, path, entries, strategy: "fallback", balance: evenBalance },
      ...{ affinity: false, policies: noPolicies },
    };
    for (const key of keysOf(selector, reading)) read.set(key, route);
  }
  return read;
}

function keysOf(selector: string, { providers }: Reading): string[] {
  const slash = selector.indexOf("/");
  const instances = slash > 0 ? instancesOf(selector.slice(0, slash), providers) : [];
  return [selector, ...instances.map((instance) => `${instance}${selector.slice(slash)}`)];
}

function hasTargets({ target, target_model, targets, models }: RouteSettings): boolean {
  return [target, target_model, targets, models].some((written) => written !== undefined);
}

function readUserPaths(settings: RouteSettings, path: string, problems: NameProblem[]): string[] | undefined {
  return settings.user_paths?.flatMap((written, index) => {
    const userPath = readUserPath(written);
    if (userPath === undefined) {
      problems.push({ path: `${path}.user_paths[${index}]`, message: "holds a dot segment or a colon" });
    }
    return userPath ?? [];
  });
}

/** GoModel's names beside Nenya's. Its `adaptive` weighs what is known of the targets, as ours that is called balanced. */
const otherNames: { readonly [name: string]: StrategyId } = {
  failover: "fallback",
  round_robin: "round-robin",
  weighted: "round-robin",
  adaptive: "balanced",
  least_busy: "least-busy",
};

const evenBalance: Balance = { latency: 1, cost: 1, errors: 1, load: 0 };

function readRoute(name: string, given: { path: string; settings: RouteSettings; reading: Reading }): Route {
  const { path, settings, reading } = given;
  const { strategy = "round-robin", system_prompt: prompt, sticky_session_ttl_seconds: ttlSeconds } = settings;
  const entries = writtenEntries(settings).flatMap(({ at, entry }) =>
    readEntry(entry, { path: `${path}.${at}`, name, settings, reading }),
  );
  if (entries.length === 0 && writtenEntries(settings).length === 0) {
    reading.problems.push({ path, message: "names no model; list some in models (or targets)" });
  }
  return {
    name,
    path,
    ...(settings.description !== undefined && { description: settings.description }),
    strategy: otherNames[strategy] ?? (strategy as StrategyId),
    balance: { ...evenBalance, ...settings.balance },
    entries,
    affinity: settings.session_affinity ?? true,
    ...(ttlSeconds !== undefined && { sessionTtlMs: ttlSeconds * 1000 }),
    policies: readPolicies(settings),
    ...(prompt !== undefined && { systemPrompt: { text: prompt, force: settings.force_system_prompt ?? false } }),
  };
}

function writtenEntries(settings: RouteSettings): { at: string; entry: EntrySettings }[] {
  const { target, target_model, targets = [], models = [] } = settings;
  return [
    ...Object.entries({ target, target_model }).flatMap(([at, model]) =>
      model === undefined ? [] : [{ at, entry: { model, weight: 1 } }],
    ),
    ...targets.map((entry, index) => ({ at: `targets[${index}]`, entry })),
    ...models.map((entry, index) => ({ at: `models[${index}]`, entry })),
  ];
}

const formats = {
  openai: "openai-chat",
  responses: "openai-responses",
  anthropic: "anthropic-messages",
  gemini: "gemini",
} as const;

/** Every target gives these: Sluice writes each request as its target wants it. */
const givenCapabilities: readonly string[] = ["content_arrays", "stream_options", "auto_tool_choice"];

type EntryPlace = { path: string; name: string; settings: RouteSettings; reading: Reading };

function readEntry(written: EntrySettings, place: EntryPlace): Entry[] {
  const { path, settings, reading } = place;
  const { provider, model, model_rgx: modelRegex, provider_rgx: providerRegex, format } = written;
  if ([provider, model, modelRegex, providerRegex].every((part) => part === undefined)) {
    reading.problems.push({ path, message: "names neither a model nor a provider" });
    return [];
  }
  // Before anything is given up: all that is wrong is told at once.
  const patterns = {
    ...(modelRegex !== undefined && { modelPattern: reading.patterns.add(`${path}.model_rgx`, modelRegex) }),
    ...(providerRegex !== undefined && {
      providerPattern: reading.patterns.add(`${path}.provider_rgx`, providerRegex),
    }),
  };
  const aim = aimOf({ provider, model }, place);
  if (!aim) return [];
  const contextTokens = written.max_context ?? settings.max_context;
  const maxOutputTokens = written.max_output ?? settings.max_output;
  const needs = [...(settings.required_capabilities ?? []), ...(written.required_capabilities ?? [])];
  return [
    {
      path,
      label: [provider ?? providerRegex, model ?? modelRegex].filter((part) => part !== undefined).join("/"),
      weight: written.weight,
      ...aim,
      ...patterns,
      needs: [...new Set(needs)].filter((need) => !givenCapabilities.includes(need)) as Capability[],
      ...(contextTokens !== undefined && { contextTokens }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(format !== undefined && { dialect: formats[format] }),
    },
  ];
}

type Aim = Pick<Entry, "providers" | "model" | "route">;

/** Where an entry's provider and model lead; undefined, with a problem, where they lead nowhere. */
function aimOf(
  written: { provider: string | undefined; model: string | undefined },
  place: EntryPlace,
): Aim | undefined {
  const { path, name, reading } = place;
  const { provider, model } = written;
  if (provider !== undefined) {
    const providers = instancesOf(provider, reading.providers);
    if (providers.length === 0) return unknownProvider(`${path}.provider`, provider, reading);
    const prefix = `${provider}/`;
    const bare = model?.startsWith(prefix) && model !== prefix ? model.slice(prefix.length) : model;
    return { providers, ...(bare !== undefined && { model: bare }) };
  }
  if (model === undefined) return {};
  if (model !== name && reading.names.has(model)) return { route: model };
  const slash = model.indexOf("/");
  const qualifier = slash > 0 ? model.slice(0, slash) : "";
  const providers = qualifier === "" ? [] : instancesOf(qualifier, reading.providers);
  if (providers.length > 0 && slash + 1 < model.length) return { providers, model: model.slice(slash + 1) };
  if (model === name) {
    const message = `names itself; write provider/${model} to mean the provider's model of that name`;
    reading.problems.push({ path, message });
    return undefined;
  }
  // Any other beginning may be part of an id: meta-llama/llama-3.
  if (providerRows.some(({ type }) => type === qualifier)) return unknownProvider(path, qualifier, reading);
  return { model };
}

/** The instance of that name, or else all of that type, in order of choice. */
export function instancesOf(name: string, providers: ReadonlyMap<string, Provider>): string[] {
  if (providers.has(name)) return [name];
  return [...providers.values()].filter(({ row }) => row.type === name).map((provider) => provider.name);
}

function unknownProvider(path: string, provider: string, reading: Reading): undefined {
  const configured = [...reading.providers.keys()].join(", ") || "none";
  reading.problems.push({ path, message: `no provider "${provider}" is configured; there are: ${configured}` });
  return undefined;
}

function readPolicies(settings: RouteSettings): RoutePolicies {
  const { retry, hedge, max_retries: failuresMax, timeouts, slowdown, continuation } = settings;
  const breaker = {
    ...(settings.failure_threshold !== undefined && { failures: settings.failure_threshold }),
    ...(settings.failure_window_secs !== undefined && { windowMs: settings.failure_window_secs * 1000 }),
    ...(settings.cooldown_seconds !== undefined && { openMs: settings.cooldown_seconds * 1000 }),
    ...(settings.success_threshold !== undefined && { successes: settings.success_threshold }),
  };
  return {
    ...(failuresMax !== undefined && failuresMax > 0 && { attemptsMax: failuresMax }),
    ...(retry && {
      retry: {
        ...(retry.max_retries !== undefined && { retriesMax: retry.max_retries }),
        ...(retry.initial_backoff !== undefined && { firstDelayMs: retry.initial_backoff }),
        ...(retry.max_backoff !== undefined && { delayMsMax: retry.max_backoff }),
        ...(retry.backoff_factor !== undefined && { factor: retry.backoff_factor }),
      },
    }),
    ...(timeouts && { timeouts }),
    ...(hedge && {
      hedge: {
        percentile: hedge.percentile ?? 95,
        delayMsMin: hedge.min_delay ?? 200,
        extraShareMax: (hedge.max_extra_percent ?? 10) / 100,
      },
    }),
    ...(continuation !== undefined && { continuation }),
    ...(settings.on_context_limit && { contextOverflow: settings.on_context_limit }),
    ...(slowdown !== undefined && { slowdown }),
    ...(Object.keys(breaker).length > 0 && { breaker }),
  };
}

/** Takes out the entry that closes a circle, and reports it. */
function cutCycles(routes: Map<string, Route>, problems: NameProblem[]): void {
  const done = new Set<string>();
  const visit = (route: Route, trail: readonly string[]): void => {
    const entries = route.entries.filter((entry) => {
      const next = entry.route === undefined ? undefined : routes.get(entry.route);
      if (!next) return true;
      const begin = trail.indexOf(next.name);
      if (begin >= 0) {
        const circle = [...trail.slice(begin), next.name].join(" -> ");
        problems.push({ path: entry.path, message: `leads back to where it began: ${circle}` });
        return false;
      }
      if (!done.has(next.name)) visit(next, [...trail, next.name]);
      return true;
    });
    done.add(route.name);
    routes.set(route.name, { ...(routes.get(route.name) as Route), entries });
  };
  for (const route of [...routes.values()]) if (!done.has(route.name)) visit(route, [route.name]);
}
