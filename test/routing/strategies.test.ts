// The order in which targets are tried: by turns, by weight, by price, by speed, by load.
import { describe, expect, test } from "bun:test";
import type { KnownFacts } from "../../src/core/known-facts.ts";
import type { HealthTarget, TargetHealth } from "../../src/routing/health.ts";
import { SmoothSequences, smoothSequence } from "../../src/routing/smooth.ts";
import { type Row, type StrategyId, strategies } from "../../src/routing/strategies.ts";
import { openNamed } from "../providers/support.ts";
import { firstOf, openPlanner, planned, soundHealth } from "./support.ts";

const providers = openNamed({ openai: {}, groq: {}, anthropic: {} });
const three = "[openai/a, groq/b, anthropic/c]";
const open = (strategy: string, more: { facts?: { [id: string]: KnownFacts }; health?: TargetHealth } = {}) =>
  openPlanner({ providers, yaml: `agents: { x: { strategy: ${strategy}, models: ${three} } }`, ...more }).planner;
const repeated = async (strategy: string, times: number) => {
  const planner = open(strategy);
  const orders: string[] = [];
  for (let index = 0; index < times; index++) orders.push(await planned(planner, { model: "x" }));
  return orders;
};

describe("turns", () => {
  test("round robin begins one further each time, and goes on in the same direction", async () => {
    expect(await repeated("round-robin", 4)).toEqual([
      "openai/a, groq/b, anthropic/c",
      "groq/b, anthropic/c, openai/a",
      "anthropic/c, openai/a, groq/b",
      "openai/a, groq/b, anthropic/c",
    ]);
  });

  test("2:1 gives 6,667 and 3,333 of 10,000 requests, and never three of one in a row", async () => {
    const yaml = "virtual_models: { x: { targets: [{ model: openai/a, weight: 2 }, groq/b] } }";
    const { planner } = openPlanner({ providers, yaml });
    expect(await firstOf(planner, 10_000, { model: "x" })).toEqual({ "openai/a": 6667, "groq/b": 3333 });
    expect([...smoothSequence([2, 1])]).toEqual([0, 1, 0]);
  });

  // The example of nginx's own commit (27d8e0e): 5:1:1 is a a b a c a a.
  test("weights are spread as nginx spreads them", () => {
    expect([...smoothSequence([5, 1, 1])]).toEqual([0, 0, 1, 0, 2, 0, 0]);
    expect([...smoothSequence([10, 2, 2])]).toEqual([0, 0, 1, 0, 2, 0, 0]);
  });

  test("a long period is shortened, and the shares stay nearly what they were", () => {
    const sequence = smoothSequence([999, 997, 991, ...Array.from({ length: 20 }, () => 1000)]);
    expect(sequence.length).toBeLessThanOrEqual(10_100);
    const first = sequence.filter((index) => index === 0).length / sequence.length;
    expect(Math.abs(first - 999 / 22_987)).toBeLessThan(0.001);
  });

  test("every weight has its place in the order", () => {
    const sequences = new SmoothSequences();
    for (let count = 0; count < 50; count++) {
      expect(sequences.order([3, 1, 2, 7], count).toSorted((one, other) => one - other)).toEqual([0, 1, 2, 3]);
    }
  });

  test("inner names take their own turns, and only when it is theirs", async () => {
    const yaml = `virtual_models:
  pair: { targets: [openai/a, openai/b] }
  x: { targets: [pair, groq/c] }
`;
    const { planner } = openPlanner({ providers, yaml });
    expect(await firstOf(planner, 8, { model: "x" })).toEqual({ "openai/a": 2, "openai/b": 2, "groq/c": 4 });
  });

  test("a target that is down comes last, and the others share its turns evenly", async () => {
    const health: TargetHealth = {
      ...soundHealth,
      availability: ({ model }) => ({ usable: model !== "a", state: model === "a" ? "open" : "closed" }),
    };
    const planner = open("round-robin", { health });
    expect(await planned(planner, { model: "x" })).toBe("groq/b, anthropic/c, openai/a");
    expect(await firstOf(planner, 10, { model: "x" })).toEqual({ "groq/b": 5, "anthropic/c": 5 });
  });
});

test("fallback is the order as written", async () => {
  expect(new Set(await repeated("fallback", 3))).toEqual(new Set(["openai/a, groq/b, anthropic/c"]));
});

const price = (inputPerMTok: number, outputPerMTok: number) => ({
  prices: { inputPerMTok, outputPerMTok, source: "test", version: "1" },
});

describe("cost", () => {
  const facts = { "openai/a": price(1, 10), "groq/b": price(5, 5) };
  const plan = (planner: ReturnType<typeof open>, input: number, output: number | undefined) =>
    planned(planner, {
      model: "x",
      inputTokens: () => input,
      demand: () => ({
        tools: false,
        image: false,
        audio: false,
        video: false,
        file: false,
        reasoning: false,
        outputTokens: output,
      }),
    });

  test("is that of this request's shape; what has no price comes last", async () => {
    const planner = open("cost", { facts });
    // 1,000 in, 1,000 out: 11 against 10 thousandths of a dollar. 100,000 in: 110 against 505.
    expect(await plan(planner, 1000, undefined)).toBe("groq/b, openai/a, anthropic/c");
    expect(await plan(planner, 100_000, undefined)).toBe("openai/a, groq/b, anthropic/c");
    expect(await plan(planner, 1000, 10)).toBe("openai/a, groq/b, anthropic/c");
  });

  test("follows the steps of a price list", async () => {
    const stepped = {
      "openai/a": { prices: { ...price(1, 1).prices, tiers: [{ aboveInputTokens: 200_000, inputPerMTok: 9 }] } },
      "groq/b": price(2, 1),
    };
    const planner = open("cost", { facts: stepped });
    expect(await plan(planner, 200_000, undefined)).toStartWith("openai/a, ");
    expect(await plan(planner, 200_001, undefined)).toStartWith("groq/b, ");
  });
});

function row(known: Partial<Row>): Row {
  return { weight: 1, costUsd: undefined, latencyMs: undefined, inFlight: 0, errorRate: 0, native: false, ...known };
}

const balance = { latency: 1, cost: 1, errors: 1, load: 0 };
const rank = (strategy: StrategyId, rows: Row[], count = 0, weights = balance) =>
  strategies[strategy].rank(rows, { count, balance: weights, sequences: new SmoothSequences() });

describe("latency", () => {
  test("takes the fastest, and asks first whom nobody knows yet", () => {
    expect(rank("latency", [row({ latencyMs: 900 }), row({ latencyMs: 100 })]).order).toEqual([1, 0]);
    expect(rank("latency", [row({ latencyMs: 100 }), row({}), row({})]).order).toEqual([1, 2, 0]);
    expect(rank("latency", [row({ latencyMs: 100 }), row({}), row({})], 2).order).toEqual([2, 1, 0]);
  });

  test("lets targets that are within a few percent take turns, and no others", () => {
    const near = Array.from(
      { length: 200 },
      (_, count) => rank("latency", [row({ latencyMs: 100 }), row({ latencyMs: 102 })], count).order[0],
    );
    expect(new Set(near)).toEqual(new Set([0, 1]));
    const far = Array.from(
      { length: 200 },
      (_, count) => rank("latency", [row({ latencyMs: 100 }), row({ latencyMs: 120 })], count).order[0],
    );
    expect(new Set(far)).toEqual(new Set([0]));
  });
});

describe("least busy", () => {
  test("takes whoever has least under way; ties by dialect, then in turns", () => {
    expect(rank("least-busy", [row({ inFlight: 3 }), row({ inFlight: 1 }), row({ inFlight: 2 })]).order).toEqual([
      1, 2, 0,
    ]);
    expect(rank("least-busy", [row({}), row({ native: true })]).order).toEqual([1, 0]);
    expect([0, 1, 2].map((count) => rank("least-busy", [row({}), row({}), row({})], count).order[0])).toEqual([
      0, 1, 2,
    ]);
  });
});

describe("balanced", () => {
  const fast = row({ latencyMs: 100, costUsd: 0.1 });
  const cheap = row({ latencyMs: 500, costUsd: 0.01 });

  test("weighs speed, price, failures and load", () => {
    expect(rank("balanced", [fast, cheap], 0, { ...balance, latency: 3 }).order).toEqual([0, 1]);
    expect(rank("balanced", [fast, cheap], 0, { ...balance, cost: 3 }).order).toEqual([1, 0]);
    expect(rank("balanced", [{ ...fast, errorRate: 0.9 }, cheap]).order).toEqual([1, 0]);
    const busy = [row({ inFlight: 9 }), row({ inFlight: 1 })];
    expect(rank("balanced", busy, 0, { latency: 0, cost: 0, errors: 0, load: 1 }).scores).toEqual([0, 1]);
  });

  test("counts half what is not known", () => {
    const { scores } = rank("balanced", [row({ costUsd: 1 }), row({ costUsd: 3 }), row({})], 0, {
      latency: 0,
      cost: 1,
      errors: 0,
      load: 0,
    });
    expect(scores).toEqual([1, 0, 0.5]);
  });
});

test("what is learned of a target decides through the planner", async () => {
  const known: { [model: string]: number } = { a: 300, b: 100, c: 200 };
  const health: TargetHealth = { ...soundHealth, firstOutputMs: ({ model }: HealthTarget) => known[model] };
  expect(await planned(open("latency", { health }), { model: "x" })).toBe("groq/b, anthropic/c, openai/a");
});
