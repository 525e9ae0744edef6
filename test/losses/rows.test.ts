// Every declared field through every provider row that changes requests: what a row's rules remove is reported as well.
import { expect, test } from "bun:test";
import type { DialectId } from "../../src/core/chat.ts";
import { ModelFacts } from "../../src/providers/facts.ts";
import type { ProviderRow } from "../../src/providers/provider.ts";
import { providerRows } from "../../src/providers/rows.ts";
import type { Target } from "../../src/routing/plan.ts";
import { readClients } from "./clients.ts";
import { judgeAll, targetOf, upstreams } from "./matrix.ts";
import { sampleModels, sampleOf } from "./sample-models.ts";

const clients = await readClients();
const models = new ModelFacts();

/** Of targets that are treated alike only the first is tried: many rows have no rules of their own. */
function distinctTargets(row: ProviderRow, seen: Set<string>): Target[] {
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

const seen = new Set<string>();
const targets = providerRows.flatMap((row) => distinctTargets(row, seen));

test("a model id can be made from a pattern", () => {
  expect(sampleOf("^claude-(opus|sonnet)-4-5")).toBe("claude-opus-4-5");
  expect(sampleOf("^gpt-5\\.\\d")).toBe("gpt-5.7");
  expect(sampleOf("^o\\d(-mini)?$")).toBe("o7");
});

test.each(targets)("$provider.name ($dialect, $model): nothing vanishes unreported", async (target) => {
  const problems: string[] = [];
  for (const client of clients) problems.push(...(await judgeAll(client, target, models)).problems);
  expect(problems).toEqual([]);
});
