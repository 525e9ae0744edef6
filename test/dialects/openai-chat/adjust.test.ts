// The named adjustments of single fields and of reasoning, and what all adjustments have in common.
import { describe, expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import { adjustments } from "../../../src/dialects/openai-chat/adjust.ts";
import { adjust, message } from "./adjust-support.ts";
import { withFlags } from "./upstream-support.ts";

describe("every adjustment", () => {
  for (const [name, adjustment] of Object.entries(adjustments)) {
    test(`${name} leaves a plain body as it is`, () => {
      const needsNothing = { model: "m", messages: [{ role: "user", content: "hi" }] };
      const edits = adjustment(needsNothing, withFlags({}));
      // Only switches that a host needs on every request are set on a plain one.
      const switches = ["reasoning-split", "reasoning-parsed", "thinking-needs-stream"];
      expect(edits.length).toBe(switches.includes(name) ? 1 : 0);
    });

    test(`${name} bears fields of null`, () => {
      const nulls = Object.fromEntries(
        [
          "temperature",
          "stop",
          "tools",
          "tool_choice",
          "reasoning",
          "reasoning_effort",
          "thinking",
          "metadata",
          "response_format",
          "logprobs",
        ].map((field) => [field, null]),
      );
      expect(adjust(name, { model: "m", messages: [{ role: "assistant", content: null }], ...nulls }).lost).toEqual([]);
    });
  }
});

describe("dropped fields", () => {
  const dropped: readonly (readonly [string, JsonObject, string[]])[] = [
    ["drop-logprobs", { logprobs: true, top_logprobs: 2 }, ["logprobs", "top_logprobs"]],
    ["drop-logprobs", { logprobs: false }, []],
    ["drop-logit-bias", { logit_bias: { "1": 1 } }, ["logit_bias"]],
    ["drop-logit-bias", { logit_bias: {} }, []],
    ["drop-n", { n: 2 }, ["n"]],
    ["drop-n", { n: 1 }, []],
    ["drop-seed", { seed: 0 }, ["seed"]],
    ["drop-stop", { stop: ["a"] }, ["stop"]],
    ["drop-penalties", { presence_penalty: 0, frequency_penalty: 1 }, ["frequency_penalty"]],
    ["drop-tool-choice", { tool_choice: "auto" }, []],
    ["drop-tool-choice", { tool_choice: "required" }, ["tool_choice"]],
    ["drop-stream-options", { stream_options: { include_usage: true } }, []],
    ["drop-service-tier", { service_tier: "flex" }, ["service_tier"]],
    ["drop-response-format", { response_format: { type: "text" } }, []],
    ["groq-unsupported", { logprobs: true, logit_bias: {}, n: 3 }, ["logprobs", "n"]],
    ["mistral-unsupported", { user: "u", stream_options: {} }, ["user"]],
    ["ollama-unsupported", { tool_choice: "none", n: 1 }, ["tool_choice"]],
    ["xai-reasoning-unsupported", { stop: "a", presence_penalty: 1 }, ["stop", "presence_penalty"]],
  ];
  for (const [name, fields, lost] of dropped) {
    test(`${name} takes ${JSON.stringify(fields)} away and reports ${lost.join(", ") || "nothing"}`, () => {
      expect(adjust(name, { model: "m", ...fields })).toEqual({ body: { model: "m" }, lost });
    });
  }

  test("no-sampling drops what reasoning models refuse, and reports what was no default", () => {
    const body = {
      temperature: 1,
      top_p: 0.5,
      presence_penalty: 0,
      frequency_penalty: 0.1,
      logit_bias: {},
      logprobs: false,
    };
    expect(adjust("no-sampling", { ...body, seed: 1 })).toEqual({
      body: { seed: 1 },
      lost: ["top_p", "frequency_penalty"],
    });
  });
});

describe("fields under another name or with another value", () => {
  test("M38 the token limit has one name", () => {
    expect(adjust("max-completion-tokens", { max_tokens: 0 }).body).toEqual({ max_completion_tokens: 0 });
    expect(adjust("max-completion-tokens", { max_tokens: 5, max_completion_tokens: 7 }).body).toEqual({
      max_completion_tokens: 7,
    });
    expect(adjust("max-tokens", { max_completion_tokens: 5 }).body).toEqual({ max_tokens: 5 });
  });

  test("Mistral's seed is random_seed", () => {
    expect(adjust("random-seed", { seed: 0 })).toEqual({ body: { random_seed: 0 }, lost: [] });
  });

  test("the fifth stop string is dropped and reported", () => {
    expect(adjust("stop-four", { stop: ["a", "b", "c", "d", "e", "f"] })).toEqual({
      body: { stop: ["a", "b", "c", "d"] },
      lost: ["stop"],
    });
    expect(adjust("stop-four", { stop: "abcdef" }).body).toEqual({ stop: "abcdef" });
  });

  test("M41 metadata goes where nothing is stored", () => {
    expect(adjust("metadata-needs-store", { metadata: { a: "b" } })).toEqual({ body: {}, lost: ["metadata"] });
    expect(adjust("metadata-needs-store", { metadata: { a: "b" }, store: true }).body).toEqual({
      metadata: { a: "b" },
      store: true,
    });
  });

  test("stream_options stand only in streams", () => {
    expect(adjust("stream-options-needs-stream", { stream_options: {} }).body).toEqual({});
    expect(adjust("stream-options-needs-stream", { stream: true, stream_options: {} }).body).toEqual({
      stream: true,
      stream_options: {},
    });
  });

  test("small switches of single hosts", () => {
    expect(adjust("temperature-above-zero", { temperature: 0 }).body).toEqual({ temperature: 0.01 });
    expect(adjust("reasoning-split", {}).body).toEqual({ reasoning_split: true });
    expect(adjust("tool-stream", { stream: true, tools: [{ type: "function" }] }).body).toMatchObject({
      tool_stream: true,
    });
  });

  test("a schema goes into the prompt where only JSON mode exists", () => {
    const response_format = { type: "json_schema", json_schema: { name: "n", schema: { type: "object" } } };
    const told = (messages: JsonObject[]) => adjust("json-schema-as-object", { response_format, messages });
    const system = told([
      { role: "system", content: "Be brief." },
      { role: "user", content: "q" },
    ]);
    expect(system.body).toMatchObject({
      response_format: { type: "json_object" },
      messages: [{ content: expect.stringMatching(/^Be brief\.\n\n.*JSON/s) }, { content: "q" }],
    });
    expect(system.lost).toEqual(["response_format.json_schema"]);
    const parts = told([{ role: "user", content: [{ type: "text", text: "q" }] }]);
    expect(JSON.stringify(parts.body)).toContain('{\\"type\\":\\"object\\"}');
    expect(adjust("json-schema-as-object", { response_format: { type: "json_object" } }).lost).toEqual([]);
  });
});

describe("how much reasoning is wanted", () => {
  const efforts = ["low", "medium", "high"] as const;

  test("R38 reasoning-effort takes every spelling and casing to one field", () => {
    for (const body of [
      { reasoning_effort: "High" },
      { reasoning: { effort: "HIGH" } },
      { thinking: { type: "enabled", budget_tokens: 9000 } },
    ]) {
      expect(adjust("reasoning-effort", body, { efforts })).toEqual({ body: { reasoning_effort: "high" }, lost: [] });
    }
  });

  test("reasoning-effort takes the nearest word, the lower of two", () => {
    expect(adjust("reasoning-effort", { reasoning_effort: "xhigh" }, { efforts }).body).toEqual({
      reasoning_effort: "high",
    });
    expect(adjust("reasoning-effort", { reasoning_effort: "medium" }, { efforts: ["low", "high"] }).body).toEqual({
      reasoning_effort: "low",
    });
    expect(adjust("reasoning-effort", { reasoning: { enabled: false } }, { efforts }).body).toEqual({
      reasoning_effort: "low",
    });
  });

  test("R37 reasoning-effort drops the field for a model that does not reason", () => {
    expect(adjust("reasoning-effort", { reasoning_effort: "high" }, { efforts: [] })).toEqual({
      body: {},
      lost: ["reasoning_effort"],
    });
    expect(adjust("reasoning-effort", { reasoning: { effort: "high" } }, { efforts: [] })).toEqual({
      body: {},
      lost: ["reasoning_effort"],
    });
    expect(adjust("reasoning-effort", { reasoning_effort: "none" }, { efforts: [] })).toEqual({ body: {}, lost: [] });
  });

  test("reasoning-effort leaves a word that is none of ours to the host, and reports what it cannot hold", () => {
    expect(adjust("reasoning-effort", { reasoning_effort: "ultra" }, { efforts }).body).toEqual({
      reasoning_effort: "ultra",
    });
    expect(adjust("reasoning-effort", { reasoning: { effort: "low", exclude: true } })).toEqual({
      body: { reasoning_effort: "low" },
      lost: ["reasoning.exclude"],
    });
  });

  test("reasoning-object writes OpenRouter's object", () => {
    expect(adjust("reasoning-object", { reasoning_effort: "High" }).body).toEqual({ reasoning: { effort: "high" } });
    expect(adjust("reasoning-object", { thinking: { type: "enabled", budget_tokens: 2000 } }).body).toEqual({
      reasoning: { max_tokens: 2000 },
    });
    expect(adjust("reasoning-object", { enable_thinking: false }).body).toEqual({ reasoning: { enabled: false } });
    const own = { reasoning: { effort: "low", exclude: true } };
    expect(adjust("reasoning-object", own).body).toEqual(own);
  });

  test("off wins over a degree, a plain on is the middle, and of two degrees one is reported", () => {
    expect(adjust("reasoning-object", { reasoning: { effort: "high", enabled: false } })).toEqual({
      body: { reasoning: { enabled: false } },
      lost: [],
    });
    expect(adjust("reasoning-effort", { enable_thinking: true }, { efforts }).body).toEqual({
      reasoning_effort: "medium",
    });
    const both = { reasoning: { effort: "high", max_tokens: 99 } };
    expect(adjust("reasoning-object", both)).toEqual({
      body: { reasoning: { effort: "high" } },
      lost: ["reasoning.max_tokens"],
    });
    expect(adjust("reasoning-effort", both)).toEqual({
      body: { reasoning_effort: "high" },
      lost: ["reasoning.max_tokens"],
    });
  });

  test("deepseek-thinking knows two words and a switch", () => {
    const to = (body: JsonObject) => adjust("deepseek-thinking", body).body;
    expect(to({ reasoning_effort: "low" })).toEqual({ reasoning_effort: "high", thinking: { type: "enabled" } });
    expect(to({ reasoning: { effort: "xhigh" } })).toEqual({ reasoning_effort: "max", thinking: { type: "enabled" } });
    expect(to({ reasoning_effort: "none" })).toEqual({ thinking: { type: "disabled" } });
    expect(to({ thinking: { type: "enabled", budget_tokens: 99 } })).toEqual({
      thinking: { type: "enabled" },
      reasoning_effort: "high",
    });
    expect(to({ temperature: 1 })).toEqual({ temperature: 1 });
  });

  test("R15 deepseek-thinking pads the reasoning of tool turns, and no other", () => {
    const call = { tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }] };
    expect(adjust("deepseek-thinking", message(call)).body).toEqual(
      message({ ...call, reasoning_content: "" }) as never,
    );
    const kept = message({ ...call, reasoning_content: "r" });
    expect(adjust("deepseek-thinking", kept).body).toEqual(kept);
    expect(adjust("deepseek-thinking", message({ content: "x" })).body).toEqual(message({ content: "x" }) as never);
  });

  test("R42 thinking-switch and enable-thinking say on and off, and report the degree", () => {
    expect(adjust("thinking-switch", { reasoning_effort: "low" })).toEqual({
      body: { thinking: { type: "enabled" } },
      lost: ["reasoning_effort"],
    });
    expect(adjust("thinking-switch", { reasoning_effort: "none" })).toEqual({
      body: { thinking: { type: "disabled" } },
      lost: [],
    });
    expect(adjust("enable-thinking", { thinking: { type: "enabled", budget_tokens: 500 } })).toEqual({
      body: { enable_thinking: true, thinking_budget: 500 },
      lost: [],
    });
    expect(adjust("enable-thinking", { reasoning: { enabled: false } })).toEqual({
      body: { enable_thinking: false },
      lost: [],
    });
  });

  test("R20 one of two controls is sent", () => {
    expect(adjust("one-thinking-control", { thinking: { type: "enabled" }, reasoning_effort: "low" }).body).toEqual({
      reasoning_effort: "low",
    });
    expect(adjust("one-thinking-control", { thinking: { type: "disabled" }, reasoning_effort: "low" }).body).toEqual({
      thinking: { type: "disabled" },
    });
  });

  test("T23 a forced tool wins over thinking", () => {
    const forced = { tool_choice: "required", reasoning_effort: "high", thinking: { type: "enabled" } };
    expect(adjust("forced-tool-without-thinking", forced)).toEqual({
      body: { tool_choice: "required", thinking: { type: "disabled" } },
      lost: ["thinking"],
    });
    expect(adjust("forced-tool-without-thinking", { tool_choice: "auto" }).body).toEqual({ tool_choice: "auto" });
    const named = { tool_choice: { type: "function", function: { name: "f" } }, enable_thinking: true };
    expect(adjust("forced-tool-without-enable-thinking", named)).toEqual({
      body: { ...named, enable_thinking: false },
      lost: ["enable_thinking"],
    });
    expect(adjust(["deepseek-thinking", "forced-tool-without-thinking"], forced).body).toEqual({
      tool_choice: "required",
      thinking: { type: "disabled" },
    });
  });
});
