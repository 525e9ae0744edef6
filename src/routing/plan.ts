// Which target answers a request: selectors `provider/model`, a bare model, or a model with a provider hint.
import type { DialectId } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import { dialectsOf } from "../providers/facts.ts";
import type { Credential, Provider } from "../providers/provider.ts";
import { noPolicies, type RoutePolicies } from "./policies.ts";

/** One callable: a model at a provider, through one dialect. */
export type Target = {
  provider: Provider;
  /** One of the provider's. */
  credential: Credential;
  model: string;
  dialect: DialectId;
  reason: string;
  /** Tokens that fit into its context window, where known. */
  contextTokens?: number;
};

/** A target that was thought of and is not tried, in the operator's words. */
export type Refused = {
  /** Instance name. */
  provider: string;
  model: string;
  reason: string;
};

/** The session that a request belongs to, where it keeps its target and its credential. */
export type PlanSession = {
  /** Remembers the target that has answered, for the session's next requests. Never rejects. */
  keep(target: Target): void;
};

/** A system prompt that the name stands for. */
export type SystemPrompt = {
  text: string;
  /** Even when the client sends its own. */
  force: boolean;
};

export type Plan = {
  /**
   * In the order in which they are tried. Never empty. Those that are known to be down or saturated come last, so that an
   * attempt loop that asks again meets them only when nothing else is left.
   */
  targets: readonly Target[];
  refused: readonly Refused[];
  /** The virtual model or the agent that was named; absent for a plain selector. */
  name?: string;
  policies: RoutePolicies;
  systemPrompt?: SystemPrompt;
  session?: PlanSession;
};

/** What the planner asks of the catalogue. */
export type ModelDirectory = {
  /** Providers that list this model, in order of choice. */
  providersOf(model: string): readonly Provider[];
  /** Resolves when every provider has been asked once; the planner waits for it only before it refuses. */
  ready(): Promise<void>;
};

export type PlanRequest = {
  /** As the client wrote it. */
  model: string;
  providerHint: string | undefined;
  clientDialect: DialectId;
};

/** The client's own dialect where the model is served in it: a reply that passes as it is loses nothing. */
function dialectFor(provider: Provider, model: string, client: DialectId): DialectId {
  const dialects = dialectsOf(provider.row, model);
  const dialect = dialects.includes(client) ? client : dialects[0];
  if (!dialect) throw badRequest("model", `${provider.name} has no chat: it is called through other endpoints`);
  return dialect;
}

/** A promise only where the catalogue must be waited for. Throws, or rejects with, GatewayError when there is no target. */
export function plan(
  request: PlanRequest,
  providers: ReadonlyMap<string, Provider>,
  directory: ModelDirectory,
): Plan | Promise<Plan> {
  const chosen = choose(request, providers, directory);
  return chosen instanceof Promise
    ? chosen.then((choice) => planOf(choice, request.clientDialect))
    : planOf(chosen, request.clientDialect);
}

function planOf({ provider, model, reason }: Choice, clientDialect: DialectId): Plan {
  const dialect = dialectFor(provider, model, clientDialect);
  const targets = provider.credentials.map((credential) => ({ provider, credential, model, dialect, reason }));
  return { targets, refused: noRefused, policies: noPolicies };
}

const noRefused: readonly Refused[] = Object.freeze([]);

type Choice = { provider: Provider; model: string; reason: string };

function choose(
  request: PlanRequest,
  providers: ReadonlyMap<string, Provider>,
  directory: ModelDirectory,
): Choice | Promise<Choice> {
  const { model, providerHint } = request;
  if (providerHint !== undefined) {
    const provider = providers.get(providerHint);
    if (!provider) {
      throw badRequest("provider", `no provider "${providerHint}" is configured; there are: ${names(providers)}`);
    }
    return { provider, model: unqualified(model, provider, directory), reason: "provider hint" };
  }
  const slash = model.indexOf("/");
  const qualifier = slash > 0 ? providers.get(model.slice(0, slash)) : undefined;
  if (qualifier && slash + 1 < model.length) {
    return { provider: qualifier, model: unqualified(model, qualifier, directory), reason: "provider in the selector" };
  }
  return chooseByCatalog(model, providers, directory);
}

/** Some ids begin with their provider's own name: `groq/compound`, `openrouter/auto`. Those stay whole. */
function unqualified(model: string, provider: Provider, directory: ModelDirectory): string {
  const prefix = `${provider.name}/`;
  if (!model.startsWith(prefix) || model === prefix) return model;
  const rest = model.slice(prefix.length);
  const lists = (id: string) => directory.providersOf(id).includes(provider);
  return lists(model) && !lists(rest) ? model : rest;
}

async function chooseByCatalog(
  model: string,
  providers: ReadonlyMap<string, Provider>,
  directory: ModelDirectory,
): Promise<Choice> {
  let found = directory.providersOf(model);
  if (found.length === 0) {
    await directory.ready();
    found = directory.providersOf(model);
  }
  if (found.length > 1) {
    const qualified = found.map((provider) => `${provider.name}/${model}`).join(", ");
    throw badRequest("model", `several providers have "${model}"; name one: ${qualified}`);
  }
  const listed = found[0];
  if (listed) return { provider: listed, model, reason: "listed by this provider alone" };
  // A list may lag behind what the provider serves; with one provider there is nothing to guess.
  const only = providers.size === 1 ? [...providers.values()][0] : undefined;
  if (only) return { provider: only, model, reason: "the only provider" };
  throw new GatewayError(
    "model_not_found",
    `no configured provider lists "${model}"; write provider/model with one of: ${names(providers)}`,
    { param: "model" },
  );
}

function names(providers: ReadonlyMap<string, Provider>): string {
  return [...providers.keys()].join(", ") || "none";
}
