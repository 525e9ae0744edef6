// What a model at a provider accepts, and which edits its requests go through: the row's rules, applied once per model.
import type { DialectId } from "../core/chat.ts";
import type { TargetFacts, TargetFlags } from "../core/facts.ts";
import type { ModelRule, Provider, ProviderRow } from "./provider.ts";

export type ModelEntry = {
  facts: TargetFacts;
  /** Names of edits from the dialect's table, in order. */
  adjustments: readonly string[];
};

/** Model names come from clients: the memory of them is bounded, and starts anew when it is full. */
const entriesMax = 2000;

export class ModelFacts {
  readonly #entries = new Map<string, ModelEntry>();

  get(provider: Provider, model: string, dialect: DialectId): ModelEntry {
    const key = `${dialect} ${provider.name} ${model}`;
    let entry = this.#entries.get(key);
    if (!entry) {
      if (this.#entries.size >= entriesMax) this.#entries.clear();
      entry = { facts: factsFor(provider, model, dialect), adjustments: adjustmentsFor(provider, model, dialect) };
      this.#entries.set(key, entry);
    }
    return entry;
  }
}

/** Later rules win over earlier ones, flag by flag. */
export function factsFor(provider: Provider, model: string, dialect: DialectId): TargetFacts {
  const flags: TargetFlags = { ...provider.row.flags };
  for (const rule of rulesFor(provider, model)) Object.assign(flags, rule.flags);
  const repairs = repairsFor(provider, model, dialect);
  return {
    provider: provider.name,
    providerType: provider.row.type,
    model,
    origin: rulesFor(provider, model).findLast(({ origin }) => origin)?.origin ?? provider.row.origin,
    flags,
    ...(repairs.length > 0 && { repairs }),
  };
}

function rulesFor(provider: Provider, model: string): ModelRule[] {
  return (provider.row.modelRules ?? []).filter((rule) => rule.match.test(model));
}

function repairsFor(provider: Provider, model: string, dialect: DialectId): string[] {
  const ofRules = rulesFor(provider, model).flatMap((rule) => rule.repairs?.[dialect] ?? []);
  return [...new Set([...(provider.row.speaks[dialect]?.repairs ?? []), ...ofRules])];
}

/**
 * The dialects that this model can be called in, the row's first one first; those that a rule confines it to, where one
 * does. Empty for hosts without chat.
 */
export function dialectsOf(row: ProviderRow, model: string): DialectId[] {
  const spoken = (Object.keys(row.speaks) as DialectId[]).filter((id) => row.speaks[id]?.models?.test(model) ?? true);
  const confined = row.modelRules?.findLast((rule) => rule.dialects && rule.match.test(model))?.dialects;
  return confined ? spoken.filter((dialect) => confined.includes(dialect)) : spoken;
}

/** The row's edits, then those of each rule that matches. */
export function adjustmentsFor(provider: Provider, model: string, dialect: DialectId): string[] {
  const names = [...(provider.row.speaks[dialect]?.adjust ?? [])];
  for (const rule of rulesFor(provider, model)) {
    for (const name of rule.adjust?.[dialect] ?? []) if (!names.includes(name)) names.push(name);
  }
  return names;
}
