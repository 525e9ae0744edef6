// What a route stands for just now: its entries over the catalogue, remembered until the catalogue changes.
import type { KnownFacts } from "../core/known-facts.ts";
import type { Provider } from "../providers/provider.ts";
import { type Item, type ModelItem, modelItem } from "./items.ts";
import type { ModelDirectory } from "./plan.ts";
import type { Entry, Route } from "./route.ts";

export type Expansion = {
  items: readonly Item[];
  /** Entries that stand for nothing now. */
  unmatched: readonly Entry[];
  /** What an entry stands for depends on what is known of models. */
  needsFacts: boolean;
  /** Names of this route and of those that it leads to. */
  reach: readonly string[];
  /** Nothing that is still to be read can add to it. */
  isWhole: boolean;
};

export type ExpandParts = {
  providers: ReadonlyMap<string, Provider>;
  directory: ModelDirectory;
  routes: ReadonlyMap<string, Route>;
};

/** Model names come from clients: the memory of them is bounded, and starts anew when it is full. */
const plainMax = 2000;

export class Expansions {
  readonly #parts: ExpandParts;
  readonly #known = new Map<string, Expansion>();
  #version = -1;
  readonly #plain = new Map<string, ModelItem>();
  #plainVersion = -1;

  constructor(parts: ExpandParts) {
    this.#parts = parts;
  }

  of(route: Route): Expansion {
    const { version } = this.#parts.directory;
    if (version !== this.#version) {
      this.#known.clear();
      this.#version = version;
    }
    const known = this.#known.get(route.name);
    if (known) return known;
    const made = this.#expand(route);
    this.#known.set(route.name, made);
    return made;
  }

  /** Of a plain selector. Without facts where it is the only one: nothing is then held against it. */
  plain(found: Found & { reason: string }, isAlone: boolean): ModelItem {
    const { version } = this.#parts.directory;
    if (version !== this.#plainVersion || this.#plain.size >= plainMax) {
      this.#plain.clear();
      this.#plainVersion = version;
    }
    const key = `${found.provider.name} ${isAlone ? found.reason : ""} ${found.model}`;
    let item = this.#plain.get(key);
    if (!item) {
      const facts = isAlone ? undefined : this.#parts.directory.factsOf(found.provider, found.model);
      item = modelItem({ ...found, weight: 1, needs: [], facts });
      this.#plain.set(key, item);
    }
    return item;
  }

  /** Everything is looked up anew: what entries match has changed. */
  forget(): void {
    this.#known.clear();
  }

  #expand(route: Route): Expansion {
    const items: Item[] = [];
    const unmatched: Entry[] = [];
    const reach = new Set([route.name]);
    const taken = new Set<string>();
    for (const entry of route.entries) {
      const before = items.length;
      const next = entry.route === undefined ? undefined : this.#parts.routes.get(entry.route);
      if (next) {
        items.push({ kind: "route", route: next, weight: entry.weight });
        for (const name of this.of(next).reach) reach.add(name);
      }
      for (const { provider, model } of next ? [] : this.#models(entry)) {
        const id = `${provider.name}\n${model}`;
        if (taken.has(id)) continue;
        taken.add(id);
        items.push(this.#item(entry, { provider, model }));
      }
      if (items.length === before) unmatched.push(entry);
    }
    const needsFacts = route.entries.some(({ needs, accepts }) => needs.length > 0 || accepts !== undefined);
    const isWhole = items.length > 0 && unmatched.length === 0 && !needsFacts && reach.size === 1;
    return { items, unmatched, needsFacts, reach: [...reach], isWhole };
  }

  #item(entry: Entry, found: Found): ModelItem {
    const { provider, model } = found;
    const known = this.#parts.directory.factsOf(provider, model);
    const { contextTokens, maxOutputTokens, dialect, needs, weight } = entry;
    const facts: KnownFacts = {
      ...known,
      ...(contextTokens !== undefined && { contextTokens }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    };
    return modelItem({ provider, model, weight, facts, needs, reason: entry.path, ...(dialect && { dialect }) });
  }

  #models(entry: Entry): Found[] {
    const { directory, providers } = this.#parts;
    const { model, modelPattern, providerPattern, accepts } = entry;
    const named = entry.providers?.flatMap((name) => providers.get(name) ?? []);
    if (!modelPattern && !providerPattern && !accepts) {
      if (model !== undefined && named)
        return named.map((provider) => ({ provider, model: this.#wire(provider, model) }));
      if (model !== undefined) return directory.providersOf(model).map((provider) => ({ provider, model }));
      return (named ?? []).flatMap((provider) => this.#listed(provider));
    }
    const found = (named ?? [...providers.values()])
      .filter((provider) => !providerPattern || providerPattern.test(provider.name))
      .flatMap((provider) => this.#listed(provider))
      .filter(
        (one) =>
          (model === undefined || one.model === model || modelPattern !== undefined) &&
          (!modelPattern || modelPattern.test(one.model)) &&
          (!accepts || accepts(directory.factsOf(one.provider, one.model), one.model)),
      );
    // What a provider lists has no order of its own.
    return found.sort((one, other) => (label(one) < label(other) ? -1 : 1));
  }

  #listed(provider: Provider): Found[] {
    const known = this.#parts.directory.all().find((entry) => entry.provider === provider);
    return (known?.models ?? []).map(({ id }) => ({ provider, model: id }));
  }

  /** Some ids begin with their provider's own name: `groq/compound`. */
  #wire(provider: Provider, model: string): string {
    const whole = `${provider.name}/${model}`;
    const lists = (id: string) => this.#parts.directory.providersOf(id).includes(provider);
    return !lists(model) && lists(whole) ? whole : model;
  }
}

type Found = { provider: Provider; model: string };
const label = ({ provider, model }: Found) => `${provider.name}:${model}`;
