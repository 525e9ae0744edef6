// Every declared field through every provider row that changes requests: what a row's rules remove is reported as well.
import { expect, test } from "bun:test";
import { ModelFacts } from "../../src/providers/facts.ts";
import { readClients } from "./clients.ts";
import { judgeAll } from "./matrix.ts";
import { sampleOf } from "./sample-models.ts";
import { distinctTargets } from "./targets.ts";

const clients = await readClients();
const models = new ModelFacts();

const targets = distinctTargets();

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
