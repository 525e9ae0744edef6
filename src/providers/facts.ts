// What a model at a provider accepts, and which edits its requests go through: the row's rules, applied once per model.
import type { DialectId } from "../core/chat.ts";
import type { TargetFacts, TargetFlags } from "../core/facts.ts";
import type { Provider } from "./provider.ts";

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
  for (const rule of provider.row.modelRules ?? []) if (rule.match.test(model)) Object.assign(flags, rule.flags);
  const repairs = provider.row.speaks[dialect]?.repairs;
  return {
    provider: provider.name,
    providerType: provider.row.type,
    model,
    origin: provider.row.origin,
    flags,
    ...(repairs && { repairs }),
  };
}

/** The row's edits, then those of each rule that matches. */
export function adjustmentsFor(provider: Provider, model: string, dialect: DialectId): string[] {
  const names = [...(provider.row.speaks[dialect]?.adjust ?? [])];
  for (const rule of provider.row.modelRules ?? []) {
    if (!rule.match.test(model)) continue;
    for (const name of rule.adjust?.[dialect] ?? []) if (!names.includes(name)) names.push(name);
  }
  return names;
}
