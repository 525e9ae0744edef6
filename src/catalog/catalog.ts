// The models that exist: discovered from each provider in the background, refreshed, kept when a provider fails.
import { GatewayError } from "../core/errors.ts";
import type { JsonValue } from "../core/json.ts";
import { type KnownFacts, mergeFacts } from "../core/known-facts.ts";
import type { Provider } from "../providers/provider.ts";
import { type ListedModel, readListing } from "./listing.ts";
import type { Reference } from "./reference.ts";

/** Fetches one page of a provider's listing; rejects with GatewayError. The catalogue does no I/O of its own. */
export type FetchListing = (provider: Provider, path: string) => Promise<JsonValue>;

/** A model as clients see it. */
export type CatalogModel = ListedModel & { provider: string };

export type ProviderModels = {
  provider: Provider;
  models: readonly ListedModel[];
  /** The last reading failed, or none has succeeded yet: the list may be old or empty. */
  stale: boolean;
  failure?: string;
};

const pagesMax = 20;
/** A provider whose list could not be read is asked again after this time, not only at the next refresh. */
const retryMs = 60_000;

export type CatalogOptions = {
  providers: ReadonlyMap<string, Provider>;
  fetchListing: FetchListing;
  /** 0 reads the lists once. */
  refreshMs: number;
  onFailure: (provider: string, message: string) => void;
  /** Loads what is known of models beside their providers' lists; called after the first reading. */
  loadReference?: () => Promise<Reference>;
};

/** Model names come from clients: the memory of their facts is bounded, and starts anew when it is full. */
const factsMax = 5000;

export class Catalog {
  readonly #options: CatalogOptions;
  readonly #known = new Map<string, ProviderModels>();
  #byModel = new Map<string, Provider[]>();
  #first: Promise<void>;
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #closed = false;
  #reference: Reference | undefined;
  readonly #facts = new Map<string, KnownFacts | undefined>();

  constructor(options: CatalogOptions) {
    this.#options = options;
    for (const provider of options.providers.values()) {
      this.#known.set(provider.name, { provider, models: listedByHand(provider), stale: true });
    }
    this.#index();
    this.#first = Promise.resolve();
  }

  /** Starts reading the lists, without waiting for them. */
  start(): void {
    this.#first = Promise.all([...this.#known.keys()].map((name) => this.#read(name))).then(() => {});
    const { loadReference } = this.#options;
    if (loadReference) void this.#first.then(loadReference).then((reference) => this.#refer(reference));
  }

  /** What is known of a model at a provider, from every source; the weakest first: bundled lists, the provider's own list. */
  factsOf(provider: Provider, model: string): KnownFacts | undefined {
    const key = `${provider.name} ${model}`;
    if (this.#facts.has(key)) return this.#facts.get(key);
    const facts = mergeFacts([this.#reference?.(provider, model), this.#listed(provider.name, model)]);
    if (this.#facts.size >= factsMax) this.#facts.clear();
    this.#facts.set(key, facts);
    return facts;
  }

  /** Resolves when every provider has been asked once, whatever came of it. */
  ready(): Promise<void> {
    return this.#first;
  }

  providersOf(model: string): readonly Provider[] {
    return this.#byModel.get(model) ?? [];
  }

  all(): readonly ProviderModels[] {
    return [...this.#known.values()];
  }

  /** Every model under its qualified id, and under its bare id where only one provider has it; sorted by id. */
  listing(): CatalogModel[] {
    const entries: CatalogModel[] = [];
    for (const { provider, models } of this.#known.values()) {
      for (const model of models) {
        entries.push({ ...model, id: `${provider.name}/${model.id}`, provider: provider.name });
        if (this.#standsAlone(model.id, provider)) entries.push({ ...model, provider: provider.name });
      }
    }
    return entries.sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  }

  /**
   * Does the planner go to this provider for the bare id? Only one may have it, and its beginning may not be another
   * provider's name (OpenAI answers to OpenRouter's `openai/gpt-4o`), nor qualify a model of its own.
   */
  #standsAlone(id: string, provider: Provider): boolean {
    if (this.providersOf(id).length !== 1) return false;
    const slash = id.indexOf("/");
    const qualifier = id.slice(0, Math.max(0, slash));
    if (!this.#known.has(qualifier)) return true;
    return qualifier === provider.name && !this.providersOf(id.slice(slash + 1)).includes(provider);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #refer(reference: Reference): void {
    this.#reference = reference;
    this.#facts.clear();
  }

  #listed(provider: string, model: string): KnownFacts | undefined {
    const listed = this.#known.get(provider)?.models.find(({ id }) => id === model);
    if (!listed) return undefined;
    const { contextTokens, maxOutputTokens } = listed;
    return {
      ...(contextTokens !== undefined && { contextTokens }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    };
  }

  async #read(name: string): Promise<void> {
    const known = this.#known.get(name) as ProviderModels;
    const { provider } = known;
    try {
      const models = withHandListed(await this.#pages(provider), provider);
      this.#known.set(name, { provider, models, stale: false });
      this.#later(name, this.#options.refreshMs);
    } catch (cause) {
      const failure = cause instanceof Error ? cause.message : String(cause);
      this.#known.set(name, { ...known, stale: true, failure });
      this.#options.onFailure(name, failure);
      this.#later(name, this.#options.refreshMs === 0 ? 0 : Math.min(retryMs, this.#options.refreshMs));
    }
    this.#index();
  }

  async #pages(provider: Provider): Promise<ListedModel[]> {
    const models: ListedModel[] = [];
    if (!provider.row.models) return models;
    const { path, shape } = provider.row.models;
    let query: string | undefined;
    for (let page = 0; page < pagesMax; page++) {
      const address = query === undefined ? path : `${path}${path.includes("?") ? "&" : "?"}${query}`;
      const listing = readListing(shape, await this.#options.fetchListing(provider, address));
      if (!listing) throw new GatewayError("upstream_malformed", "the model list has an unknown shape");
      models.push(...listing.models);
      query = listing.nextQuery;
      if (query === undefined) break;
    }
    return models;
  }

  #later(name: string, milliseconds: number): void {
    if (milliseconds === 0 || this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#read(name);
    }, milliseconds);
    timer.unref();
    this.#timers.add(timer);
  }

  #index(): void {
    const byModel = new Map<string, Provider[]>();
    for (const { provider, models } of this.#known.values()) {
      for (const { id } of models) {
        const having = byModel.get(id);
        if (having) having.push(provider);
        else byModel.set(id, [provider]);
      }
    }
    this.#byModel = byModel;
    this.#facts.clear();
  }
}

function listedByHand(provider: Provider): ListedModel[] {
  return [...new Set([...provider.listedModels, ...(provider.row.knownModels ?? [])])].map((id) => ({ id }));
}

function withHandListed(models: ListedModel[], provider: Provider): ListedModel[] {
  const ids = new Set<string>();
  const once = models.filter((model) => !ids.has(model.id) && ids.add(model.id));
  return [...once, ...listedByHand(provider).filter((model) => !ids.has(model.id))];
}
