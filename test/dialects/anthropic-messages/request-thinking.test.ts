// Thinking in a request to Anthropic: how much, and what it excludes.
import { describe, expect, test } from "bun:test";
import type { Block, ChatRequest, Effort, Reasoning } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import { ask, assistant, call, request, result, tool, user, write } from "./support.ts";

describe("thinking", () => {
  const think = (reasoning: Reasoning, flags: TargetFlags, more: Partial<ChatRequest> = {}) =>
    ask({ reasoning, maxOutputTokens: 10_000, ...more }, flags);

  const budgets: [effort: Effort, tokens: number][] = [
    ["minimal", 1024],
    ["low", 1024],
    ["medium", 3000],
    ["high", 6000],
    ["xhigh", 9000],
    ["max", 9000],
  ];
  for (const [effort, budget_tokens] of budgets) {
    test(`effort ${effort} of 10000 is a budget of ${budget_tokens}`, () => {
      expect(think({ effort }, { thinking: "budget" }).body["thinking"]).toEqual({ type: "enabled", budget_tokens });
    });
  }

  test("R34 a budget leaves room within max_tokens, which is raised up to the model's limit and reported", () => {
    const roomy = think({ budgetTokens: 16_000 }, { thinking: "budget" });
    expect(roomy.body).toMatchObject({ max_tokens: 26_000, thinking: { budget_tokens: 16_000 } });
    expect(roomy.lost).toEqual(["max_tokens"]);
    const tight = think({ budgetTokens: 16_000 }, { thinking: "budget", maxOutputTokens: 12_000 });
    expect(tight.body).toMatchObject({ max_tokens: 12_000, thinking: { budget_tokens: 11_999 } });
    expect(think({ budgetTokens: 200 }, { thinking: "budget" }).body["thinking"]).toEqual({
      type: "enabled",
      budget_tokens: 1024,
    });
    expect(think({ effort: "high" }, { thinking: "budget", maxOutputTokens: 1000 })).toMatchObject({
      lost: ["max_tokens", "reasoning_effort"],
    });
  });

  test("R35 a model that thinks adaptively gets an effort, also from a budget", () => {
    const efforts: Effort[] = ["low", "medium", "high", "max"];
    const flags: TargetFlags = { thinking: "adaptive", efforts };
    const effortOf = (reasoning: Reasoning, more: TargetFlags = {}) => think(reasoning, { ...flags, ...more }).body;
    expect(effortOf({ effort: "medium" })).toMatchObject({
      thinking: { type: "adaptive" },
      output_config: { effort: "medium" },
    });
    expect(effortOf({ effort: "minimal" })["output_config"]).toEqual({ effort: "low" });
    expect(effortOf({ effort: "xhigh" })["output_config"]).toEqual({ effort: "max" });
    expect(effortOf({ effort: "xhigh" }, { efforts: [...efforts, "xhigh"] })["output_config"]).toEqual({
      effort: "xhigh",
    });
    expect(effortOf({ effort: "max" }, { efforts: ["low", "high"] })["output_config"]).toEqual({ effort: "high" });
    expect(effortOf({ budgetTokens: 1024 })["output_config"]).toEqual({ effort: "low" });
    expect(effortOf({ budgetTokens: 4000 })["output_config"]).toEqual({ effort: "medium" });
    expect(effortOf({ budgetTokens: 10_000 })["output_config"]).toEqual({ effort: "high" });
    expect(effortOf({ budgetTokens: 50_000 })["output_config"]).toEqual({ effort: "max" });
    expect(effortOf({ mode: "adaptive" })).not.toHaveProperty("output_config");
  });

  test("R42 a client's off is said aloud where the model thinks by default", () => {
    for (const reasoning of [{ mode: "off" }, { effort: "none" }, { budgetTokens: 0 }] as Reasoning[]) {
      expect(think(reasoning, { thinking: "adaptive" }).body["thinking"]).toEqual({ type: "disabled" });
      expect(think(reasoning, { thinking: "budget" }).body).not.toHaveProperty("thinking");
    }
  });

  test("R37 a model that does not think gets no effort, and that is reported", () => {
    for (const flags of [{ thinking: "none" }, { efforts: [] }] as TargetFlags[]) {
      const written = think({ effort: "high" }, flags);
      expect(written.body).not.toHaveProperty("thinking");
      expect(written.lost).toEqual(["reasoning_effort"]);
      expect(think({ effort: "none" }, flags).lost).toEqual([]);
    }
  });

  test("T22 a forced tool wins over thinking", () => {
    const forced: Partial<ChatRequest> = { tools: [tool("f")], toolChoice: { mode: "required" } };
    const manual = think({ effort: "high" }, { thinking: "budget" }, forced);
    expect(manual.body).not.toHaveProperty("thinking");
    expect(manual.body["tool_choice"]).toEqual({ type: "any" });
    expect(manual.lost).toEqual(["reasoning_effort"]);
    expect(think({ effort: "high" }, { thinking: "adaptive" }, forced).body["thinking"]).toEqual({ type: "disabled" });
    expect(think({ effort: "high" }, { thinking: "budget" }, { ...forced, toolChoice: { mode: "auto" } }).lost).toEqual(
      [],
    );
  });

  test("R01 manual thinking is off for a call whose last tool turn lost its thinking; adaptive needs none there", () => {
    const chat = (block?: Block) =>
      request([user("x"), assistant(...(block ? [block] : []), call("a")), user(result("a", "r"))], {
        reasoning: { effort: "high" },
      });
    const broken = write(chat(), { thinking: "budget" });
    expect(broken.body).not.toHaveProperty("thinking");
    expect(broken.lost).toEqual(["reasoning_effort"]);
    const genuine: Block = {
      type: "reasoning",
      text: "t",
      state: { origin: "anthropic", kind: "signature", value: "s" },
    };
    expect(write(chat(genuine), { thinking: "budget" }).body["thinking"]).toMatchObject({ type: "enabled" });
    expect(write(chat(), { thinking: "adaptive" }).body["thinking"]).toEqual({ type: "adaptive" });
  });

  test("thinking and a prefill exclude one another", () => {
    const written = write(request([user("x"), assistant("So")], { reasoning: { effort: "high" } }), {
      thinking: "budget",
    });
    expect(written.body).not.toHaveProperty("thinking");
    expect(written.lost).toEqual(["reasoning_effort"]);
  });

  test("the wish to see the thinking is passed on", () => {
    const shown = (includeText: boolean) =>
      think({ mode: "on", includeText }, { thinking: "adaptive" }).body["thinking"];
    expect(shown(true)).toEqual({ type: "adaptive", display: "summarized" });
    expect(shown(false)).toEqual({ type: "adaptive", display: "omitted" });
  });

  test("thinking drops sampling, and reports it unless it was the default", () => {
    const written = think(
      { effort: "high" },
      { thinking: "budget" },
      { sampling: { temperature: 0.2, topP: 1, topK: 5 } },
    );
    expect(written.body).not.toHaveProperty("temperature");
    expect(written.lost).toEqual(["temperature", "top_k"]);
    expect(think({ effort: "high" }, { thinking: "budget" }, { sampling: { temperature: 1 } }).lost).toEqual([]);
  });
});
