// What a route stands for just now: its entries over the catalogue, remembered until the catalogue changes.
import type { DialectId } from "../core/chat.ts";
import type { KnownFacts } from "../core/known-facts.ts";
import type { OperationId } from "../core/operation.ts";
import { dialectsOf } from "../providers/facts.ts";
import type { Provider } from "../providers/provider.ts";
import type { ModelDirectory, PlanRequest, Target } from "./plan.ts";
import type { Capability, Entry, Route } from "./route.ts";

/** A model at a provider that may answer. */
export type ModelItem = {
  kind: "model";
  provider: Provider;
  model: string;
  weight: number;
  facts: KnownFacts | undefined;
  needs: readonly Capability[];
  dialect?: DialectId;
  reason: string;
  /** The targets, one a credential, by client dialect or endpoint: made once. */
  targets: Map<DialectId | OperationId, readonly Target[]>;
};

export type RouteItem = { kind: "route"; route: Route; weight: number };
export type Item = ModelItem | RouteItem;

export type Expansion = {
  items: readonly Item[];
  /** Entries that stand for nothing now. */
  unmatched: readonly Entry[];
  /** What an entry stands for depends on what is known of models. */
  needsFacts: boolean;
  /** Names of this route and of those that it leads to. */
  reach: readonly string[];
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
    return { items, unmatched, needsFacts, reach: [...reach] };
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

export function modelItem(made: Omit<ModelItem, "kind" | "targets">): ModelItem {
  return { kind: "model", ...made, targets: new Map() };
}

/** One a credential. Empty where the model is called in no dialect; endpoints beside chat have none to choose. */
export function targetsOf(item: ModelItem, { clientDialect, operation }: TargetAsk): readonly Target[] {
  const key = operation === undefined ? clientDialect : operation;
  const known = item.targets.get(key);
  if (known) return known;
  const { provider, model, reason, facts } = item;
  const dialect = operation === undefined ? dialectOf(item, clientDialect) : clientDialect;
  const contextTokens = facts?.contextTokens;
  const targets =
    dialect === undefined
      ? []
      : provider.credentials.map((credential) => ({
          provider,
          credential,
          model,
          dialect,
          reason,
          ...(contextTokens !== undefined && { contextTokens }),
        }));
  item.targets.set(key, targets);
  return targets;
}

type TargetAsk = Pick<PlanRequest, "clientDialect" | "operation">;

/** The client's own where the model is served in it: a reply that passes as it is loses nothing. */
function dialectOf(item: ModelItem, client: DialectId): DialectId | undefined {
  const dialects = dialectsOf(item.provider.row, item.model);
  const wanted = item.dialect ?? client;
  return dialects.includes(wanted) ? wanted : dialects[0];
}
