// The list of models that clients see: names of the operator first, then what the providers have.
import type { Catalog, CatalogModel } from "../catalog/catalog.ts";
import type { KnownFacts, Prices } from "../core/known-facts.ts";
import { isWithin } from "./access.ts";
import type { Names } from "./names.ts";
import type { Planner } from "./planner.ts";
import type { Route } from "./route.ts";

/** A model, or a name that stands for some; the fields after `provider` are of names only. */
export type ListedName = CatalogModel & { description?: string; strategy?: string };

/** Who the names belong to. */
const ownName = "sluice";

type ListingParts = { names: Names; planner: Planner; catalog: Catalog; namesOnly: boolean; userPath: string };

export function listNames({ names, planner, catalog, namesOnly, userPath }: ListingParts): ListedName[] {
  const routes = [...names.routes.values()]
    .filter((route) => isWithin(userPath, route.userPaths))
    .map((route) => listed(route, factsIn(route, planner)))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
  if (namesOnly) return routes;
  const taken = new Set(routes.map(({ id }) => id));
  const { access } = names;
  const models = catalog.listing((provider, model) => access.isOpen || access.allows(provider, model, userPath));
  return [...routes, ...models.filter(({ id }) => !taken.has(id))];
}

function factsIn(route: Route, planner: Planner): (KnownFacts | undefined)[] {
  return planner
    .expansionOf(route)
    .items.flatMap((item) => (item.kind === "model" ? [item.facts] : factsIn(item.route, planner)));
}

/** The largest limits of its models, and the abilities that all of them have (nenya.md 1.6). */
function listed(route: Route, facts: readonly (KnownFacts | undefined)[]): ListedName {
  const contextTokens = most(facts.map((one) => one?.contextTokens));
  const maxOutputTokens = most(facts.map((one) => one?.maxOutputTokens));
  const all = (has: (one: KnownFacts) => boolean | undefined) =>
    facts.length > 0 && facts.every((one) => one !== undefined && has(one) === true);
  const [first] = facts;
  const inputModalities = first?.inputModalities?.filter((one) => all((other) => other.inputModalities?.includes(one)));
  const prices = meanPrices(facts.flatMap((one) => one?.prices ?? []));
  return {
    id: route.name,
    provider: ownName,
    model: route.name,
    ...(contextTokens !== undefined && { contextTokens }),
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(inputModalities && inputModalities.length > 0 && { inputModalities }),
    ...(all((one) => one.tools) && { tools: true }),
    ...(all((one) => one.reasoning) && { reasoning: true }),
    ...(prices && { prices }),
    ...(route.description !== undefined && { description: route.description }),
    strategy: route.strategy,
  };
}

function meanPrices(priced: readonly Prices[]): Prices | undefined {
  const [first] = priced;
  if (!first) return undefined;
  const mean = (rate: (prices: Prices) => number) =>
    priced.reduce((sum, prices) => sum + rate(prices), 0) / priced.length;
  return {
    inputPerMTok: mean((prices) => prices.inputPerMTok),
    outputPerMTok: mean((prices) => prices.outputPerMTok),
    source: first.source,
    version: first.version,
  };
}

function most(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
