// The targets that requests can be made for: each provider row with models that its rules tell apart.
import type { DialectId } from "../../src/core/chat.ts";
import { ModelFacts } from "../../src/providers/facts.ts";
import type { ProviderRow } from "../../src/providers/provider.ts";
import { providerRows } from "../../src/providers/rows.ts";
import type { Target } from "../../src/routing/plan.ts";
import { targetOf, upstreams } from "./matrix.ts";
import { sampleModels } from "./sample-models.ts";

const models = new ModelFacts();

/** Of targets that are treated alike only the first: many rows have no rules of their own. */
export function distinctTargets(): Target[] {
  const seen = new Set<string>();
  return providerRows.flatMap((row) => newTargets(row, seen));
}

function newTargets(row: ProviderRow, seen: Set<string>): Target[] {
  const called = Object.keys(row.speaks).filter((dialect) => upstreams.some((each) => each.dialect === dialect));
  return called.flatMap((dialect) =>
    sampleModels(row).flatMap((model): Target[] => {
      const target = targetOf(row, dialect as DialectId, model);
      const { facts, adjustments } = models.get(target.provider, model, target.dialect);
      const { provider: _provider, providerType: _type, model: _model, ...rest } = facts;
      const key = JSON.stringify([dialect, rest, adjustments]);
      if (seen.has(key)) return [];
      seen.add(key);
      return [target];
    }),
  );
}
