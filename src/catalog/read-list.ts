// Reads one provider's list to its end, page by page, and joins it with what the operator listed by hand.
import { GatewayError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import type { Provider } from "../providers/provider.ts";
import { type ListedModel, readListing } from "./listing.ts";

/** Fetches one page of a provider's listing; rejects with GatewayError. The catalogue does no I/O of its own. */
export type FetchListing = (provider: Provider, path: string) => Promise<JsonValue>;

/** What models listed by hand mean: beside the provider's own, in their place when there are none, or instead of them. */
export type ListMode = "add" | "fallback" | "allowlist";

const pagesMax = 20;
/** No host has more of its own; a list without end must not fill the memory. */
const modelsMax = 5000;

/** Undefined where the provider is not asked at all: it lists none, or the operator's list stands for its own. */
export function readsList(provider: Provider, mode: ListMode): boolean {
  return provider.row.models !== undefined && !(mode === "allowlist" && provider.listedModels.length > 0);
}

/** Rejects with GatewayError. A page that fails gives no half of a list. */
export async function readPages(provider: Provider, fetchListing: FetchListing): Promise<ListedModel[]> {
  const models: ListedModel[] = [];
  if (!provider.row.models) return models;
  const { path, shape } = provider.row.models;
  let query: string | undefined;
  for (let page = 0; page < pagesMax && models.length < modelsMax; page++) {
    const address = query === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}${query}`;
    const listing = readListing(shape, await fetchListing(provider, address));
    if (!listing) throw new GatewayError("upstream_malformed", "the model list has an unknown shape");
    models.push(...listing.models);
    query = listing.nextQuery;
    if (query === undefined) break;
  }
  return models.slice(0, modelsMax);
}

/** `found` is what the provider said; empty before it was asked, and where it is not asked. */
export function joined(provider: Provider, found: readonly ListedModel[], mode: ListMode): ListedModel[] {
  const byHand = provider.listedModels.map((id): ListedModel => ({ id }));
  const known = (provider.row.knownModels ?? []).map((id): ListedModel => ({ id }));
  if (mode === "allowlist" && byHand.length > 0) return once(byHand);
  if (mode === "fallback" && found.length > 0) return once([...found, ...known]);
  return once([...found, ...byHand, ...known]);
}

function once(models: readonly ListedModel[]): ListedModel[] {
  const ids = new Set<string>();
  return models.filter((model) => !ids.has(model.id) && ids.add(model.id));
}
