// Health and limits as the settings ask for them: a provider's own settings replace the common ones field by field.
import { expect, test } from "bun:test";
import { openResilience } from "../../src/app/resilience.ts";
import { loadConfig } from "../../src/config/load.ts";
import { Pass } from "../../src/routing/health.ts";
import { targetKey } from "../../src/routing/session.ts";

const targetAt = (name: string, model = "m") => ({
  key: targetKey(name, "1", model),
  provider: { name, baseUrl: "https://host.example/v1" },
  credential: { id: "1" },
  model,
});

function open(settings: readonly string[]) {
  const { config, problems } = loadConfig({
    arguments: settings.flatMap((setting) => ["--set", setting]),
    environment: {},
    workingDirectory: "/nowhere",
    systemDirectory: "/nowhere",
  });
  expect(problems).toEqual([]);
  const state = { nowMs: 500 };
  return { ...openResilience(config, () => state.nowMs).parts, state };
}

test("a provider's threshold replaces the common one", () => {
  const { health } = open([
    "resilience.circuit_breaker.failure_threshold=3",
    "providers.two.type=openai",
    "providers.two.resilience.circuit_breaker.failure_threshold=1",
  ]);
  const fail = (name: string) => {
    const pass = health.enter(targetAt(name), false);
    if (pass instanceof Pass) pass.fail({ code: "upstream_failed", status: 500, message: "" });
    return health.availability(targetAt(name)).state;
  };
  expect([fail("one"), fail("one"), fail("one")]).toEqual(["closed", "closed", "open"]);
  expect(fail("two")).toBe("open");
});

test("a breaker that is switched off stays closed", () => {
  const { health } = open(["resilience.circuit_breaker.enabled=false"]);
  for (let index = 0; index < 20; index++) {
    const pass = health.enter(targetAt("one"), false);
    if (pass instanceof Pass) pass.fail({ code: "upstream_failed", status: 500, message: "" });
  }
  expect(health.availability(targetAt("one"))).toEqual({ usable: true, state: "closed" });
});

test("limits of a provider and of a host both make a target unusable, with the reason and the time", () => {
  const { health, limits, state } = open([
    "providers.two.type=openai",
    "providers.two.limits.requests_per_minute=2",
    "providers.two.model_limits.big.tokens_per_minute=100",
  ]);
  expect(limits.take(targetAt("one"), 10)).toBeUndefined();
  void limits.take(targetAt("two"), 10);
  state.nowMs = 1500;
  void limits.take(targetAt("two"), 10);
  expect(health.availability(targetAt("two"))).toEqual({
    usable: false,
    state: "closed",
    reason: "two has had its 2 requests of this minute",
    retryAtMs: 60_000,
    code: "rate_limited",
    stated: true,
  });
  state.nowMs = 60_000;
  expect(health.availability(targetAt("two")).usable).toBe(true);
  expect(health.availability(targetAt("two", "big"), 100).usable).toBe(true);
  void limits.take(targetAt("two", "big"), 100);
  expect(health.availability(targetAt("two", "big"), 1).reason).toBe("two/big has had its 100 tokens of this minute");
});
