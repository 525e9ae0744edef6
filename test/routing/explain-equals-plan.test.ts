// The explanation is the decision: 10,000 random requests over random states, explained and then planned.
import { expect, test } from "bun:test";
import type { Demand, SessionHint } from "../../src/core/demand.ts";
import { GatewayError } from "../../src/core/errors.ts";
import type { KnownFacts } from "../../src/core/known-facts.ts";
import type { HealthTarget, TargetHealth } from "../../src/routing/health.ts";
import type { Plan, PlanRequest } from "../../src/routing/plan.ts";
import { openNamed } from "../providers/support.ts";
import { nameOf, openPlanner } from "./support.ts";

const requests = 10_000;

/** Mulberry32: the same figures in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const providers = openNamed({ openai: { api_keys: ["b", "c"] }, groq: {}, anthropic: { api_keys: ["b"] }, xai: {} });
const strategies = ["fallback", "round-robin", "cost", "latency", "balanced", "sticky", "least-busy"];
const entries = [
  "{ model: openai/a, weight: 3 }",
  "{ model: groq/b, weight: 2 }",
  "anthropic/c",
  "{ model: xai/d, max_context: 500 }",
  "{ model_rgx: '^listed' }",
];
const yaml = [
  "models: { order: [xai, openai] }",
  "failover: { rules: { openai/plain: [groq/b, xai/d], listed-1: [cost], seeing: [anthropic/c] } }",
  "agents:",
  ...strategies.map((strategy) => `  ${strategy}: { strategy: ${strategy}, models: [${entries.join(", ")}] }`),
  "  nested: { models: [{ model: cost, weight: 2 }, latency, groq/e] }",
  "  seeing: { required_capabilities: [vision], models: [openai/a, groq/b] }",
].join("\n");
const names = [...strategies, "nested", "seeing", "openai/plain", "anthropic/plain", "listed-1", "listed-2", "nowhere"];

const facts: { [id: string]: KnownFacts } = {
  "openai/a": {
    contextTokens: 4000,
    tools: true,
    inputModalities: ["text", "image"],
    prices: { inputPerMTok: 2, outputPerMTok: 8, source: "t", version: "1" },
  },
  "groq/b": {
    contextTokens: 1000,
    maxOutputTokens: 300,
    tools: false,
    inputModalities: ["text"],
    prices: { inputPerMTok: 1, outputPerMTok: 9, source: "t", version: "1" },
  },
  "xai/listed-1": { reasoning: false, prices: { inputPerMTok: 3, outputPerMTok: 3, source: "t", version: "1" } },
};

function randomHealth(random: () => number): TargetHealth & { shake(): void; readonly full: number } {
  let seed = 1;
  let full = 0;
  const figure = ({ provider, model, credential }: HealthTarget, salt: number) =>
    randomFrom(seed + salt + Number(Bun.hash(`${provider.name} ${model} ${credential.id}`) & 0xffffffn))();
  return {
    shake: () => {
      seed = Math.floor(random() * 1e9);
    },
    get full() {
      return full;
    },
    countsTokens: true,
    // Some targets have a limit of tokens, and less of it left than a long request needs.
    availability: (target, tokens = 0) => {
      const isDown = figure(target, 1) >= 0.8;
      const isFull = figure(target, 6) < 0.5 && tokens > figure(target, 7) * 3000;
      if (isFull && !isDown) full++;
      return { usable: !isDown && !isFull, state: "closed" };
    },
    firstOutputMs: (target) => (figure(target, 2) < 0.3 ? undefined : 50 + figure(target, 3) * 200),
    inFlight: (target) => Math.floor(figure(target, 4) * 5),
    errorRate: (target) => figure(target, 5),
  };
}

function randomRequest(random: () => number): PlanRequest {
  const flag = (share: number) => random() < share;
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const demand: Demand = {
    tools: flag(0.3),
    image: flag(0.2),
    audio: flag(0.02),
    video: false,
    file: flag(0.05),
    reasoning: flag(0.2),
    outputTokens: flag(0.5) ? Math.floor(random() * 1000) : undefined,
  };
  const hint: SessionHint | undefined = flag(0.5)
    ? { id: String(Math.floor(random() * 30)), explicit: flag(0.5) }
    : undefined;
  const inputTokens = Math.floor(random() ** 4 * 6000);
  const clientDialect = pick(["openai-chat", "anthropic-messages", "gemini"] as const);
  const lossy = flag(0.1) ? pick(["a", "b", "listed-1"]) : undefined;
  return {
    model: pick(names),
    providerHint: undefined,
    clientDialect,
    demand: () => demand,
    session: () => hint,
    inputTokens: () => inputTokens,
    ...(lossy !== undefined && { losses: (target) => (target.model === lossy ? ["top_k"] : []) }),
  };
}

const told = ({ targets, refused, name, policies }: Plan) =>
  JSON.stringify([targets.map(nameOf), refused, name, policies]);
const refusal = (error: GatewayError) => `${error.status} ${error.publicCode} ${error.message}`;

test(`${requests} random requests: what is explained is what is decided, and explaining changes nothing`, async () => {
  const random = randomFrom(20_261_128);
  const health = randomHealth(random);
  const lists = { "listed-1": ["xai", "groq"], "listed-2": ["openai"] };
  const { planner } = openPlanner({ providers, lists, facts, yaml, health });
  const seen = { planned: 0, refused: 0, pinned: 0, names: new Set<string>() };
  for (let index = 0; index < requests; index++) {
    if (index % 10 === 0) health.shake();
    const request = randomRequest(random);
    const explanations: string[] = [];
    for (let again = 0; again < 2; again++) {
      try {
        const decision = await planner.explain(request);
        explanations.push(decision.error ? refusal(decision.error) : told(decision.plan));
        if (decision.isPinned) seen.pinned++;
      } catch (cause) {
        explanations.push(refusal(cause as GatewayError));
      }
    }
    let decided: string;
    try {
      decided = told(await planner.plan(request));
      seen.planned++;
      seen.names.add(request.model);
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      decided = refusal(cause);
      seen.refused++;
    }
    if (explanations[0] !== decided || explanations[1] !== decided) expect(explanations).toEqual([decided, decided]);
  }
  // The figures make sure that the requests were not all alike.
  expect(seen.planned).toBeGreaterThan(7000);
  expect(seen.refused).toBeGreaterThan(500);
  expect(seen.pinned).toBeGreaterThan(1000);
  expect(health.full).toBeGreaterThan(1000);
  expect(seen.names.size).toBe(names.length - 1);
});
