// Failover rules: who follows a model that a request has named, however it was named.
import { expect, test } from "bun:test";
import { checkNames } from "../../src/routing/names.ts";
import { load } from "../config/scratch.ts";
import { openNamed } from "../providers/support.ts";
import { asked, openPlanner, planned, soundHealth, targetsOf } from "./support.ts";

const providers = openNamed({ openai: {}, groq: {}, anthropic: {}, xai: {} });
const lists = { "gpt-4o": ["openai"], llama: ["groq"], claude: ["anthropic"], grok: ["xai"] };
const open = (yaml: string, health = soundHealth) => openPlanner({ providers, lists, yaml, health }).planner;
const ask = (yaml: string, model: string, more: object = {}) => planned(open(yaml), { model, ...more });

const rules = "failover: { rules: { openai/gpt-4o: [groq/llama, claude] } }";

test("a model is followed by those of its rule, in order, however it is named", async () => {
  const chain = "openai/gpt-4o, groq/llama, anthropic/claude";
  expect(await ask(rules, "openai/gpt-4o")).toBe(chain);
  expect(await ask(rules, "gpt-4o")).toBe(chain);
  expect(await ask(rules, "gpt-4o", { providerHint: "openai" })).toBe(chain);
  expect(await ask("failover: { rules: { gpt-4o: [groq/llama, claude] } }", "openai/gpt-4o")).toBe(chain);
  expect(await ask(rules, "llama")).toBe("groq/llama");
});

test("the rule of a provider's type is one for each of its instances", async () => {
  const east = openNamed({ "openai-east": { type: "openai" }, groq: {} });
  const { planner } = openPlanner({ providers: east, yaml: "failover: { rules: { openai/gpt-4o: [groq/llama] } }" });
  expect(await planned(planner, { model: "openai-east/gpt-4o" })).toBe("openai-east/gpt-4o, groq/llama");
});

test("a name is followed by those of its models, and by those of its own rule", async () => {
  const alias = "virtual_models: { fast: { targets: [openai/gpt-4o, xai/grok], strategy: fallback } }";
  expect(await ask(`${rules}\n${alias}`, "fast")).toBe("openai/gpt-4o, xai/grok, groq/llama, anthropic/claude");
  const own = "failover: { rules: { fast: [claude, openai/gpt-4o] } }";
  expect(await ask(`${own}\n${alias}`, "fast")).toBe("openai/gpt-4o, xai/grok, anthropic/claude");
});

test("a rule may lead to a name, and two rules to each other", async () => {
  const both = "failover: { rules: { openai/gpt-4o: [pair], groq/llama: [openai/gpt-4o] } }";
  const pair = "virtual_models: { pair: { targets: [groq/llama, xai/grok], strategy: fallback } }";
  expect(await ask(`${both}\n${pair}`, "gpt-4o")).toBe("openai/gpt-4o, groq/llama, xai/grok");
  expect(await ask(`${both}\n${pair}`, "llama")).toBe("groq/llama, openai/gpt-4o");
});

test("it is off for models that are switched off, and for all when it is off", async () => {
  const off = "failover: { disabled_models: [openai/gpt-4o], rules: { openai/gpt-4o: [groq/llama] } }";
  expect(await ask(off, "gpt-4o")).toBe("openai/gpt-4o");
  expect(await ask("failover: { enabled: false, rules: { openai/gpt-4o: [groq/llama] } }", "gpt-4o")).toBe(
    "openai/gpt-4o",
  );
});

test("endpoints beside chat have none", async () => {
  expect(await ask(rules, "openai/gpt-4o", { operation: "embeddings" })).toBe("openai/gpt-4o");
});

test("who is down comes after those who stand in, and who may not be used is not among them", async () => {
  const down = {
    ...soundHealth,
    availability: ({ model }: { model: string }) => ({ usable: model !== "gpt-4o", state: "closed" as const }),
  };
  expect(targetsOf(await open(rules, down).plan(asked({ model: "gpt-4o" })))).toEqual([
    "groq/llama",
    "anthropic/claude",
    "openai/gpt-4o",
  ]);
  const blocked = `${rules}\nvirtual_models: { groq/llama: { enabled: false } }`;
  expect(await ask(blocked, "gpt-4o")).toBe("openai/gpt-4o, anthropic/claude");
  // A model that is forbidden is not replaced behind the operator's back.
  const forbidden = `${rules}\nvirtual_models: { openai/gpt-4o: { enabled: false } }`;
  expect(await ask(forbidden, "gpt-4o")).toStartWith("400 model_access_denied");
});

test("a session stays with the model that was named, not with the one that stood in", async () => {
  const planner = open(rules);
  const request = asked({ model: "gpt-4o", session: () => ({ id: "s", explicit: true }) });
  const plan = await planner.plan(request);
  plan.session?.keep(plan.targets[1] as (typeof plan.targets)[number]);
  expect(targetsOf(await planner.plan(request))[0]).toBe("openai/gpt-4o");
});

test("the explanation holds them, and why", async () => {
  const { plan, choices } = await open(rules).explain(asked({ model: "gpt-4o" }));
  expect(plan.targets.map(({ reason }) => reason)).toEqual([
    "listed by this provider alone",
    "failover.rules.openai/gpt-4o[0]",
    "failover.rules.openai/gpt-4o[1]",
  ]);
  expect(choices.length).toBe(3);
});

test("what is wrong with a rule is told", async () => {
  const { config } = load({ files: { "sluice.yaml": "failover: { rules: { gpt-4o: [azure/gpt-4o] } }" } });
  const told = (await checkNames(config, providers)).map(({ path, message }) => `${path}: ${message}`);
  expect(told).toEqual([
    'failover.rules.gpt-4o[0]: no provider "azure" is configured; there are: openai, groq, anthropic, xai',
  ]);
});
