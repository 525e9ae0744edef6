// Plain selectors: `provider/model`, a model, or a model with a provider hint. Which providers they mean.
import { badRequest, GatewayError } from "../core/errors.ts";
import type { Provider } from "../providers/provider.ts";
import { instancesOf } from "./names.ts";
import type { ModelDirectory } from "./plan.ts";

export type Selected = { provider: Provider; model: string; reason: string };

export type SelectorParts = {
  providers: ReadonlyMap<string, Provider>;
  directory: ModelDirectory;
  /** Order of choice among providers that list the same model; those that are not named are not chosen. */
  order: readonly string[];
};

type Asked = { model: string; providerHint: string | undefined };

/** Never empty. A promise only where the catalogue must be waited for; throws, or rejects with, GatewayError. */
export function select(asked: Asked, parts: SelectorParts): readonly Selected[] | Promise<readonly Selected[]> {
  const { model, providerHint } = asked;
  if (providerHint !== undefined) {
    const found = qualified(model, { qualifier: providerHint, reason: "provider hint", parts });
    if (found.length > 0) return found;
    const configured = names(parts.providers);
    throw badRequest("provider", `no provider "${providerHint}" is configured; there are: ${configured}`);
  }
  const slash = model.indexOf("/");
  if (slash > 0 && slash + 1 < model.length) {
    const found = qualified(model, { qualifier: model.slice(0, slash), reason: "provider in the selector", parts });
    if (found.length > 0) return found;
  }
  return selectByCatalog(model, parts);
}

/** A provider's name, or else its type: then all instances of that type, in order of choice. */
function qualified(
  model: string,
  { qualifier, reason, parts }: { qualifier: string; reason: string; parts: SelectorParts },
): Selected[] {
  const { providers, directory } = parts;
  const named = providers.get(qualifier);
  if (named) return [{ provider: named, model: unqualified(model, named, { qualifier, directory }), reason }];
  return instancesOf(qualifier, providers).map((name) => {
    const provider = providers.get(name) as Provider;
    return { provider, model: unqualified(model, provider, { qualifier, directory }), reason: "provider of this type" };
  });
}

/** Some ids begin with their provider's own name: `groq/compound`, `openrouter/auto`. Those stay whole. */
function unqualified(
  model: string,
  provider: Provider,
  { qualifier, directory }: { qualifier: string; directory: ModelDirectory },
): string {
  const prefix = `${qualifier}/`;
  if (!model.startsWith(prefix) || model === prefix) return model;
  const rest = model.slice(prefix.length);
  const lists = (id: string) => directory.providersOf(id).includes(provider);
  return lists(model) && !lists(rest) ? model : rest;
}

function selectByCatalog(model: string, parts: SelectorParts): Selected[] | Promise<Selected[]> {
  const { directory } = parts;
  if (directory.providersOf(model).length > 0) return selectListed(model, parts);
  return directory.ready().then(() => selectListed(model, parts));
}

function selectListed(model: string, { providers, directory, order }: SelectorParts): Selected[] {
  const found = directory.providersOf(model);
  const [listed] = found;
  if (listed && found.length === 1) return [{ provider: listed, model, reason: "listed by this provider alone" }];
  if (listed) {
    const chosen = order.flatMap((name) => found.find((provider) => provider.name === name) ?? []);
    if (chosen.length > 0) return chosen.map((provider) => ({ provider, model, reason: "order of models.order" }));
    const qualifiedIds = found.map((provider) => `${provider.name}/${model}`).join(", ");
    throw badRequest("model", `several providers have "${model}"; name one: ${qualifiedIds}`);
  }
  // A list may lag behind what the provider serves; with one provider there is nothing to guess.
  const only = providers.size === 1 ? [...providers.values()][0] : undefined;
  if (only) return [{ provider: only, model, reason: "the only provider" }];
  throw new GatewayError(
    "model_not_found",
    `no configured provider lists "${model}"; write provider/model with one of: ${names(providers)}`,
    { param: "model" },
  );
}

function names(providers: ReadonlyMap<string, Provider>): string {
  return [...providers.keys()].join(", ") || "none";
}
