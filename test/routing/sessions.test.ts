// Sessions keep their target and their credential; credentials of a provider take turns.
import { describe, expect, test } from "bun:test";
import type { SessionHint } from "../../src/core/demand.ts";
import type { TargetHealth } from "../../src/routing/health.ts";
import type { Target } from "../../src/routing/plan.ts";
import { readSession } from "../../src/routing/session.ts";
import { openMemorySessions } from "../../src/storage/memory/sessions.ts";
import { openNamed } from "../providers/support.ts";
import { asked, firstOf, nameOf, openPlanner, type PlannerOptions, planned } from "./support.ts";

const providers = openNamed({ openai: { api_keys: ["k-2", "k-3"] }, groq: {}, anthropic: {} });
const yaml =
  "agents: { x: { models: [openai/a, groq/b, anthropic/c] }, y: { models: [openai/a, groq/b], session_affinity: false } }";
const open = (more: Partial<PlannerOptions> = {}) => openPlanner({ providers, yaml, ...more });
const session = (id: string, explicit = true) => ({ session: (): SessionHint => ({ id, explicit }) });

const first = async (planner: ReturnType<typeof open>["planner"], request: object, model = "x") => {
  const { targets } = await planner.plan(asked({ model, ...request }));
  return nameOf(targets[0] as Target);
};

describe("a session", () => {
  test("keeps its target and its credential, others take their turns meanwhile", async () => {
    const { planner } = open();
    const mine = await first(planner, session("s"));
    expect(mine).toBe("openai/a#1");
    expect(await firstOf(planner, 3, { model: "x" })).toEqual({ "groq/b": 1, "anthropic/c": 1, "openai/a#2": 1 });
    for (let index = 0; index < 5; index++) expect(await first(planner, session("s"))).toBe(mine);
  });

  test("does not use up turns", async () => {
    const { planner } = open();
    await first(planner, session("s"));
    await first(planner, session("s"));
    expect(await first(planner, {})).toBe("groq/b");
  });

  test("belongs to its name and its tenant", async () => {
    const { planner } = open();
    await first(planner, session("s"));
    expect(await first(planner, { ...session("s"), tenant: () => "other" })).toBe("groq/b");
    expect(await first(planner, { ...session("s"), tenant: () => "other" })).toBe("groq/b");
  });

  test("moves on when its target is down, and stays where it went", async () => {
    let down = "";
    const health: TargetHealth = {
      countsTokens: false,
      availability: ({ model }) => ({ usable: model !== down, state: model === down ? "open" : "closed" }),
      firstOutputMs: () => undefined,
      inFlight: () => 0,
      errorRate: () => 0,
    };
    const { planner } = open({ health });
    expect(await first(planner, session("s"))).toBe("openai/a#1");
    down = "a";
    const next = await first(planner, session("s"));
    expect(next).not.toStartWith("openai/");
    down = "";
    expect(await first(planner, session("s"))).toBe(next);
  });

  test("goes with the target that has answered in the end", async () => {
    const { planner } = open();
    const plan = await planner.plan(asked({ model: "x", ...session("s") }));
    plan.session?.keep(plan.targets.at(-1) as Target);
    expect(await first(planner, session("s"))).toBe(nameOf(plan.targets.at(-1) as Target));
  });

  test("is forgotten after a time of silence", async () => {
    let nowMs = 0;
    const { planner } = open({ nowMs: () => nowMs, yaml: `${yaml}\nsessions: { ttl: 1m }\n` });
    const answered = async () => {
      const plan = await planner.plan(asked({ model: "x", ...session("s") }));
      plan.session?.keep(plan.targets[0] as Target);
      return nameOf(plan.targets[0] as Target);
    };
    expect(await answered()).toBe("openai/a#1");
    nowMs = 59_000;
    expect(await answered()).toBe("openai/a#1");
    nowMs = 118_000;
    expect(await answered()).toBe("openai/a#1");
    nowMs = 179_000;
    expect(await answered()).toBe("groq/b");
  });

  test("is not kept where the name or the settings say so", async () => {
    const { planner } = open();
    expect([await first(planner, session("s"), "y"), await first(planner, session("s"), "y")]).toEqual([
      "openai/a#1",
      "groq/b",
    ]);
    const off = open({ yaml: `${yaml}\nsessions: { enabled: false }\n` }).planner;
    expect([await first(off, session("s")), await first(off, session("s"))]).toEqual(["openai/a#1", "groq/b"]);
  });

  test("may be kept elsewhere: a store that answers later decides as well", async () => {
    const kept = new Map<string, string>();
    const counts = new Map<string, number>();
    const { planner } = open({
      stores: {
        sessions: {
          scope: "fleet",
          peek: async (key) => kept.get(key),
          keep: async (key, target) => void kept.set(key, target),
          close: () => {},
        },
        rotation: {
          scope: "fleet",
          peek: async (key) => counts.get(key) ?? 0,
          advance: async (key) => void counts.set(key, (counts.get(key) ?? 0) + 1),
          close: () => {},
        },
      },
    });
    expect(await first(planner, session("s"))).toBe("openai/a#1");
    expect(await first(planner, {})).toBe("groq/b");
    expect(await first(planner, session("s"))).toBe("openai/a#1");
    expect(await firstOf(planner, 2, { model: "x" })).toEqual({ "anthropic/c": 1, "openai/a#2": 1 });
  });
});

describe("several credentials", () => {
  test("of a plain selector take turns, and a session keeps its own", async () => {
    const { planner } = open();
    expect(await firstOf(planner, 9, { model: "openai/m" })).toEqual({
      "openai/m#1": 3,
      "openai/m#2": 3,
      "openai/m#3": 3,
    });
    const mine = await first(planner, session("s"), "openai/m");
    await first(planner, {}, "openai/m");
    expect(await first(planner, session("s"), "openai/m")).toBe(mine);
  });

  test("that rest come last", async () => {
    const health: TargetHealth = {
      countsTokens: false,
      availability: ({ credential }) => ({ usable: credential.id !== "1", state: "closed" }),
      firstOutputMs: () => undefined,
      inFlight: () => 0,
      errorRate: () => 0,
    };
    expect(await planned(open({ health }).planner, { model: "openai/m" })).toBe("openai/m#2, openai/m#3, openai/m#1");
  });
});

describe("a session's id", () => {
  const settings = { enabled: true, autoDetect: true, headers: ["x-mine"], ttlMs: 1 };
  const read = (headers: { [name: string]: string }, body = {}) =>
    readSession(settings, new Headers(headers), () => body);

  test("is read from headers, the operator's first, then from the body, then from the opening", () => {
    expect(read({ "x-session-id": "b", "x-mine": "a" })).toEqual({ id: "a", explicit: true });
    for (const name of [
      "X-Session-Id",
      "X-Claude-Code-Session-Id",
      "Session-Id",
      "session_id",
      "X-Litellm-Session-Id",
      "Helicone-Session-Id",
      "Agent-Session-Id",
    ]) {
      expect(read({ [name]: "h" }, { id: "body" })).toEqual({ id: "h", explicit: true });
    }
    const parent = { "X-GoModel-Interaction-Parent": "p", "x-mine": "a", "x-session-id": "b" };
    expect(read(parent, { id: "body" })).toEqual({ id: "p", explicit: true });
    expect(read({}, { id: "body" })).toEqual({ id: "body", explicit: true });
    expect(read({}, { opening: "o" })).toEqual({ id: "o", explicit: false });
    expect(read({})).toBeUndefined();
    expect(readSession({ ...settings, autoDetect: false }, new Headers(), () => ({ opening: "o" }))).toBeUndefined();
  });
});

describe("memory", () => {
  test("is bounded in entries and in bytes; whoever was silent longest goes first", () => {
    const nowMs = () => 0;
    const few = openMemorySessions({ entriesMax: 2, bytesMax: 1e9, nowMs });
    for (const key of ["a", "b", "a", "c"]) few.keep(key, "t", 1000);
    expect([few.peek("a"), few.peek("b"), few.peek("c")]).toEqual(["t", undefined, "t"]);
    const small = openMemorySessions({ entriesMax: 1000, bytesMax: 1000, nowMs });
    for (let index = 0; index < 100; index++) small.keep(`key ${index}`, "target", 1000);
    expect(small.size()).toBeLessThan(8);
    expect(small.peek("key 99")).toBe("target");
  });
});
