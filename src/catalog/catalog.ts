// The models that exist: discovered from each provider in the background, refreshed, kept when a provider fails, kept over a
// restart; and what is known of each of them.
import { type KnownFacts, mergeFacts } from "../core/known-facts.ts";
import type { Provider } from "../providers/provider.ts";
import type { Allows } from "./allowed.ts";
import type { ListedModel } from "./listing.ts";
import { type ModelOverrides, overridden } from "./overrides.ts";
import { type FetchListing, joined, type ListMode, readPages, readsList } from "./read-list.ts";
import type { Reference } from "./reference.ts";
import { type KeptList, readSnapshot, type SnapshotFile, writeSnapshot } from "./snapshot.ts";

export type { FetchListing } from "./read-list.ts";

/** A model as clients see it: under the id that they send, with all that is known of it. */
export type CatalogModel = KnownFacts & {
  id: string;
  provider: string;
  /** As the provider knows it. */
  model: string;
  ownedBy?: string;
  createdAtSeconds?: number;
};

export type ProviderModels = {
  provider: Provider;
  models: readonly ListedModel[];
  /** The last reading failed, or none has succeeded yet: the list may be old or empty. */
  stale: boolean;
  failure?: string;
  /** When the list was last read, on the wall clock. */
  readAtMs?: number;
};

export type CatalogOptions = {
  providers: ReadonlyMap<string, Provider>;
  fetchListing: FetchListing;
  /** 0 reads the lists once. */
  refreshMs: number;
  /** A provider that failed is asked again after this time, then twice that, up to `refreshMs`. 0: only at the next refresh. */
  recheckMs?: number;
  onFailure: (provider: string, message: string) => void;
  /** Loads what is known of models beside their providers' lists; called after the first reading. */
  loadReference?: () => Promise<Reference>;
  allows?: Allows;
  overrides?: ModelOverrides;
  modeOf?: (provider: string) => ListMode;
  snapshot?: SnapshotFile;
  /** Wall clock. */
  nowMs?: () => number;
};

/** Model names come from clients: the memory of their facts is bounded, and starts anew when it is full. */
const factsMax = 5000;
const defaultRecheckMs = 60_000;
/** Lists that come at about the same time are written together. */
const writeDelayMs = 1000;

export class Catalog {
  readonly #options: CatalogOptions;
  readonly #known = new Map<string, ProviderModels>();
  readonly #kept: Map<string, KeptList>;
  #byModel = new Map<string, Provider[]>();
  #byId = new Map<string, ListedModel>();
  #first: Promise<void>;
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #failures = new Map<string, number>();
  #closed = false;
  #reference: Reference | undefined;
  #complete: Promise<void> = Promise.resolve();
  #isComplete = true;
  readonly #facts = new Map<string, KnownFacts | undefined>();
  #version = 0;

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#kept = new Map(readSnapshot(options.snapshot?.read(), options.providers));
    for (const provider of options.providers.values()) {
      this.#set(provider, this.#kept.get(provider.name)?.models ?? [], { stale: true });
    }
    this.#index();
    this.#first = Promise.resolve();
  }

  /** Every provider's list is there from the last run: nobody need wait for the first reading. */
  get restored(): boolean {
    const { providers } = this.#options;
    return providers.size > 0 && [...providers.keys()].every((name) => this.#kept.has(name));
  }

  /** Starts reading the lists, without waiting for them. */
  start(): void {
    this.#first = Promise.all([...this.#known.keys()].map((name) => this.#read(name))).then(() => {});
    const { loadReference } = this.#options;
    if (loadReference) {
      this.#isComplete = false;
      this.#complete = this.#first.then(loadReference).then((reference) => this.#refer(reference));
    }
  }

  /** Another one whenever the lists or what is known of their models have changed. */
  get version(): number {
    return this.#version;
  }

  /** Resolves when every provider has been asked once, whatever came of it. */
  ready(): Promise<void> {
    return this.#first;
  }

  /** False while the bundled lists are still to come. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Resolves when the bundled lists are there as well. */
  async complete(): Promise<void> {
    await this.#first;
    await this.#complete;
  }

  /** What is known of a model at a provider. From the weakest source: bundled lists, the provider's own list, the configuration. */
  factsOf(provider: Provider, model: string): KnownFacts | undefined {
    const key = `${provider.name} ${model}`;
    if (this.#facts.has(key)) return this.#facts.get(key);
    const known = mergeFacts([this.#reference?.(provider, model), this.#listed(provider.name, model)]);
    const facts = overridden(this.#options.overrides ?? {}, { provider: provider.name, model }, known);
    if (this.#facts.size >= factsMax) this.#facts.clear();
    this.#facts.set(key, facts);
    return facts;
  }

  /** May this model of this provider be used at all (`allowed_models`)? */
  allows(provider: string, model: string): boolean {
    return this.#options.allows?.(provider, model) ?? true;
  }

  providersOf(model: string): readonly Provider[] {
    return this.#byModel.get(model) ?? [];
  }

  all(): readonly ProviderModels[] {
    return [...this.#known.values()];
  }

  /**
   * Every model under its qualified id, and under its bare id where only one provider has it; sorted by id. `shows` is what
   * the caller may use.
   */
  listing(shows: Allows = () => true): CatalogModel[] {
    const entries: CatalogModel[] = [];
    for (const { provider, models } of this.#known.values()) {
      for (const { id: model, ownedBy, createdAtSeconds } of models) {
        if (!shows(provider.name, model)) continue;
        const entry = {
          ...this.factsOf(provider, model),
          provider: provider.name,
          model,
          ...(ownedBy !== undefined && { ownedBy }),
          ...(createdAtSeconds !== undefined && { createdAtSeconds }),
        };
        entries.push({ id: `${provider.name}/${model}`, ...entry });
        if (this.#standsAlone(model, provider)) entries.push({ id: model, ...entry });
      }
    }
    return entries.sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
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

  #refer(reference: Reference): void {
    this.#reference = reference;
    this.#isComplete = true;
    this.#facts.clear();
    this.#version++;
  }

  #listed(provider: string, model: string): KnownFacts | undefined {
    const listed = this.#byId.get(`${provider} ${model}`);
    if (!listed) return undefined;
    const { id: _id, ownedBy: _ownedBy, createdAtSeconds: _createdAtSeconds, ...facts } = listed;
    return facts;
  }

  #modeOf(provider: Provider): ListMode {
    return this.#options.modeOf?.(provider.name) ?? "add";
  }

  #set(provider: Provider, found: readonly ListedModel[], state: Pick<ProviderModels, "stale" | "readAtMs">): void {
    const models = joined(provider, found, this.#modeOf(provider)).filter(({ id }) => this.allows(provider.name, id));
    this.#known.set(provider.name, { provider, models, ...state });
  }

  async #read(name: string): Promise<void> {
    const { provider, models, readAtMs } = this.#known.get(name) as ProviderModels;
    const { refreshMs, fetchListing, onFailure } = this.#options;
    if (!readsList(provider, this.#modeOf(provider))) {
      this.#set(provider, [], { stale: false });
      this.#index();
      return;
    }
    try {
      const found = await readPages(provider, fetchListing);
      this.#failures.delete(name);
      this.#set(provider, found, { stale: false, readAtMs: (this.#options.nowMs ?? Date.now)() });
      this.#keep(provider, found);
      this.#later(name, refreshMs);
    } catch (cause) {
      const failure = cause instanceof Error ? cause.message : String(cause);
      const earlier = readAtMs === undefined ? {} : { readAtMs };
      this.#known.set(name, { provider, models, stale: true, failure, ...earlier });
      onFailure(name, failure);
      this.#later(name, this.#waitAfterFailure(name));
    }
    this.#index();
  }

  /** The last good list, for the next run. */
  #keep(provider: Provider, models: readonly ListedModel[]): void {
    const { snapshot, nowMs = Date.now } = this.#options;
    if (!snapshot || provider.transport.kind !== "http") return;
    this.#kept.set(provider.name, { address: provider.baseUrl, readAtMs: nowMs(), models });
    if (this.#timers.has(writeTimer) || this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(writeTimer);
      void snapshot.write(writeSnapshot(this.#kept));
    }, writeDelayMs);
    timer.unref();
    this.#timers.set(writeTimer, timer);
  }

  #waitAfterFailure(name: string): number {
    const { refreshMs, recheckMs = defaultRecheckMs } = this.#options;
    if (refreshMs === 0 || recheckMs === 0) return refreshMs;
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    return Math.min(recheckMs * 2 ** Math.min(failures - 1, 20), refreshMs);
  }

  #later(name: string, milliseconds: number): void {
    if (milliseconds === 0 || this.#closed) return;
    const timer = setTimeout(() => {
      this.#timers.delete(name);
      void this.#read(name);
    }, milliseconds);
    timer.unref();
    this.#timers.set(name, timer);
  }

  #index(): void {
    const byModel = new Map<string, Provider[]>();
    const byId = new Map<string, ListedModel>();
    for (const { provider, models } of this.#known.values()) {
      for (const model of models) {
        const having = byModel.get(model.id);
        if (having) having.push(provider);
        else byModel.set(model.id, [provider]);
        byId.set(`${provider.name} ${model.id}`, model);
      }
    }
    this.#byModel = byModel;
    this.#byId = byId;
    this.#facts.clear();
    this.#version++;
  }
}

/** No provider is called so. */
const writeTimer = " write";
