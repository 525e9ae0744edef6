// Reading the top level of a Chat Completions body: sampling, tools, reasoning, output format, and what is kept.
import { describe, expect, test } from "bun:test";
import type { ChatRequest } from "../../../src/core/chat.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { openaiChatClient } from "../../../src/dialects/openai-chat/client.ts";

function read(fields: JsonObject): ChatRequest {
  return openaiChatClient.readRequest({ model: "m", messages: [{ role: "user", content: "hi" }], ...fields });
}

const extraOf = (request: ChatRequest): JsonValue | undefined => request.extra["openai-chat"];

describe("plain fields", () => {
  test("a minimal body reads as one user turn and nothing else", () => {
    expect(read({})).toEqual({
      dialect: "openai-chat",
      model: "m",
      turns: [{ role: "user", blocks: [{ type: "text", text: "hi" }] }],
      tools: [],
      sampling: {},
      stream: false,
      wantsUsage: false,
      extra: {},
    });
  });

  test("M35 zero, false and the empty string are values", () => {
    const request = read({
      temperature: 0,
      top_p: 0,
      top_k: 0,
      seed: 0,
      presence_penalty: 0,
      frequency_penalty: 0,
      n: 0,
      max_tokens: 0,
      stop: "",
      user: "",
      parallel_tool_calls: false,
      service_tier: "",
      verbosity: "",
      prompt_cache_key: "",
    });
    expect(request.sampling).toEqual({
      temperature: 0,
      topP: 0,
      topK: 0,
      seed: 0,
      presencePenalty: 0,
      frequencyPenalty: 0,
      n: 0,
      stop: [""],
    });
    expect(request.maxOutputTokens).toBe(0);
    expect(request.userId).toBe("");
    expect(request.parallelToolCalls).toBe(false);
    expect(request.serviceTier).toBe("");
    expect(request.verbosity).toBe("");
    expect(request.promptCacheKey).toBe("");
    expect(request.extra).toEqual({});
  });

  test("M36 null and absent fields add no defaults", () => {
    expect(read({ temperature: null, top_p: null, max_tokens: null, tools: null, stop: null, user: null })).toEqual(
      read({}),
    );
  });

  test("M42 stop as a string and as a list read the same", () => {
    expect(read({ stop: "END" }).sampling).toEqual({ stop: ["END"] });
    expect(read({ stop: ["END"] }).sampling).toEqual({ stop: ["END"] });
  });

  test("max_completion_tokens wins over max_tokens, which stays visible when it differs", () => {
    const request = read({ max_tokens: 10, max_completion_tokens: 0 });
    expect(request.maxOutputTokens).toBe(0);
    expect(extraOf(request)).toEqual({ max_tokens: 10 });
    expect(extraOf(read({ max_tokens: 10, max_completion_tokens: 10 }))).toBeUndefined();
  });

  test("include_usage is the wish for usage and other stream options stay", () => {
    const request = read({ stream: true, stream_options: { include_usage: true, include_obfuscation: false } });
    expect(request.stream).toBe(true);
    expect(request.wantsUsage).toBe(true);
    expect(extraOf(request)).toEqual({ stream_options: { include_obfuscation: false } });
  });

  test("logprobs with top_logprobs, and top_logprobs alone, which stays for the provider to refuse", () => {
    expect(read({ logprobs: true, top_logprobs: 0 }).logprobs).toEqual({ top: 0 });
    expect(read({ logprobs: true }).logprobs).toEqual({});
    expect(read({ logprobs: false }).logprobs).toBeUndefined();
    expect(extraOf(read({ top_logprobs: 3 }))).toEqual({ top_logprobs: 3 });
  });

  test("user comes before safety_identifier, and neither vanishes", () => {
    expect(read({ safety_identifier: "s" }).userId).toBe("s");
    const both = read({ user: "u", safety_identifier: "s" });
    expect(both.userId).toBe("u");
    expect(extraOf(both)).toEqual({ safety_identifier: "s" });
  });

  test("modalities, metadata, tier, verbosity and cache key have canonical places", () => {
    const request = read({
      modalities: ["text", "audio"],
      metadata: { a: "b" },
      service_tier: "flex",
      verbosity: "low",
      prompt_cache_key: "k",
    });
    expect(request.modalities).toEqual(["text", "audio"]);
    expect(request.metadata).toEqual({ a: "b" });
    expect(request.serviceTier).toBe("flex");
    expect(request.verbosity).toBe("low");
    expect(request.promptCacheKey).toBe("k");
  });

  test("unknown fields are kept as they are, also one named __proto__", () => {
    const body = JSON.parse(
      '{"model":"m","messages":[],"logit_bias":{"5":-100},"store":null,"zzz":[1],"__proto__":{"a":1}}',
    );
    const extra = extraOf(openaiChatClient.readRequest(body));
    expect(JSON.stringify(extra)).toBe('{"logit_bias":{"5":-100},"store":null,"zzz":[1],"__proto__":{"a":1}}');
  });

  test("M34 the body is not changed by reading it", () => {
    const body: JsonObject = {
      model: "m",
      messages: [
        {
          role: "assistant",
          content: "",
          reasoning_details: [
            { type: "reasoning.text", text: "a", index: 0 },
            { type: "reasoning.text", text: "b", index: 0 },
          ],
          tool_calls: [],
        },
        { role: "user", content: [{ type: "text", text: "a" }], cache_control: { type: "ephemeral" } },
      ],
      reasoning: { effort: "High", zzz: 1 },
    };
    const before = JSON.stringify(body);
    openaiChatClient.readRequest(body);
    expect(JSON.stringify(body)).toBe(before);
  });
});

describe("tools", () => {
  test("T15 a function tool keeps its whole schema, and its unknown fields at their level", () => {
    const parameters = {
      type: "object",
      properties: { a: { $ref: "#/$defs/A" } },
      $defs: { A: {} },
      additionalProperties: false,
    };
    const tool = {
      type: "function",
      function: { name: "f", description: "", parameters, strict: false, example: 1 },
      cache_control: { type: "ephemeral", ttl: "1h" },
      defer_loading: true,
    };
    expect(read({ tools: [tool] }).tools).toEqual([
      {
        kind: "function",
        name: "f",
        description: "",
        parameters,
        strict: false,
        cache: { ttl: "1h" },
        extra: { "openai-chat": { defer_loading: true, function: { example: 1 } } },
      },
    ]);
  });

  test("M26 T10 flat tools and tools without a type are function tools", () => {
    expect(
      read({ tools: [{ type: "function", name: "a", parameters: {} }, { function: { name: "b" } }] }).tools,
    ).toEqual([
      { kind: "function", name: "a", parameters: {} },
      { kind: "function", name: "b" },
    ]);
  });

  test("T48 custom tools keep their format, and a flat one gets this dialect's shape", () => {
    const nested = { type: "custom", custom: { name: "patch", format: { type: "text" } } };
    const flat = { type: "custom", name: "sql", format: { type: "grammar", syntax: "lark", definition: "x" } };
    expect(read({ tools: [nested, flat] }).tools).toEqual([
      { kind: "custom", name: "patch", format: { type: "text" }, raw: nested },
      {
        kind: "custom",
        name: "sql",
        format: { type: "grammar", grammar: { syntax: "lark", definition: "x" } },
        raw: {
          type: "custom",
          custom: { name: "sql", format: { type: "grammar", grammar: { syntax: "lark", definition: "x" } } },
        },
      },
    ]);
  });

  test("T11 T52 hosted tools are kept verbatim and in the client's order; deprecated functions follow", () => {
    const request = read({
      tools: [
        { type: "code_interpreter", container: { type: "auto" } },
        { type: "function", function: { name: "f" } },
      ],
      functions: [{ name: "old", parameters: { type: "object" } }],
    });
    expect(request.tools).toEqual([
      { kind: "hosted", dialect: "openai-chat", raw: { type: "code_interpreter", container: { type: "auto" } } },
      { kind: "function", name: "f" },
      { kind: "function", name: "old", parameters: { type: "object" } },
    ]);
  });

  test("web_search_options and a web_search tool become the search tool with its location", () => {
    const options = {
      search_context_size: "low",
      user_location: {
        type: "approximate",
        approximate: { country: "DE", city: "Jena", region: "TH", timezone: "Europe/Berlin" },
      },
    };
    const place = { country: "DE", city: "Jena", region: "TH", timezone: "Europe/Berlin" };
    expect(read({ web_search_options: options }).tools).toEqual([
      {
        kind: "web-search",
        dialect: "openai-chat",
        raw: options,
        ...place,
        extra: { "openai-chat": { search_context_size: "low" } },
      },
    ]);
    const tool = { type: "web_search_preview", user_location: { type: "approximate", country: "DE" } };
    expect(read({ tools: [tool] }).tools).toEqual([
      { kind: "web-search", dialect: "openai-chat", raw: tool, country: "DE" },
    ]);
  });

  const choices: [written: JsonValue, read: ChatRequest["toolChoice"], rest?: JsonValue][] = [
    ["auto", { mode: "auto" }],
    ["none", { mode: "none" }],
    ["required", { mode: "required" }],
    ["any", { mode: "required" }],
    [
      { type: "function", function: { name: "f" } },
      { mode: "named", name: "f", kind: "function" },
    ],
    [
      { type: "function", name: "f" },
      { mode: "named", name: "f", kind: "function" },
    ],
    [
      { type: "custom", custom: { name: "c" } },
      { mode: "named", name: "c", kind: "custom" },
    ],
    [
      { type: "function", function: { name: "f" }, disable_parallel_tool_use: true },
      { mode: "named", name: "f", kind: "function" },
      { disable_parallel_tool_use: true },
    ],
    [
      {
        type: "allowed_tools",
        allowed_tools: {
          mode: "required",
          tools: [
            { type: "function", function: { name: "a" } },
            { type: "custom", custom: { name: "b" } },
          ],
        },
      },
      { mode: "allowed", names: ["a", "b"], required: true },
    ],
    [
      { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "a" }] },
      { mode: "allowed", names: ["a"], required: false },
    ],
    [
      { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [{ type: "mcp" }] } },
      undefined,
      { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [{ type: "mcp" }] } },
    ],
    [{ type: "mcp", server_label: "x" }, undefined, { type: "mcp", server_label: "x" }],
  ];
  for (const [written, expected, rest] of choices) {
    test(`tool_choice ${JSON.stringify(written)}`, () => {
      const request = read({ tool_choice: written });
      expect(request.toolChoice).toEqual(expected as NonNullable<typeof expected>);
      expect(extraOf(request)).toEqual((rest === undefined ? undefined : { tool_choice: rest }) as JsonObject);
    });
  }

  test("a word that is no tool_choice is refused with its path", () => {
    expect(() => read({ tool_choice: "sometimes" })).toThrow(GatewayError);
    expect(() => read({ tool_choice: { type: "function", function: {} } })).toThrow("tool_choice.function.name");
  });

  test("the deprecated function_call chooses where tool_choice does not, and stays where it contradicts", () => {
    expect(read({ function_call: { name: "f" } }).toolChoice).toEqual({ mode: "named", name: "f", kind: "function" });
    expect(read({ function_call: "none" }).toolChoice).toEqual({ mode: "none" });
    const both = read({ tool_choice: "required", function_call: "none" });
    expect(both.toolChoice).toEqual({ mode: "required" });
    expect(extraOf(both)).toEqual({ function_call: "none" });
    expect(extraOf(read({ tool_choice: "required", function_call: "auto" }))).toBeUndefined();
  });
});

describe("reasoning controls", () => {
  const controls: [fields: JsonObject, reasoning: ChatRequest["reasoning"], rest?: JsonObject][] = [
    [{ reasoning_effort: "none" }, { effort: "none" }],
    [{ reasoning_effort: "xhigh" }, { effort: "xhigh" }],
    [
      { reasoning: { effort: "low", max_tokens: 0, exclude: true } },
      { effort: "low", budgetTokens: 0, includeText: false },
    ],
    [{ reasoning: { enabled: false } }, { mode: "off" }],
    [{ thinking: { type: "enabled", budget_tokens: 2048 } }, { mode: "on", budgetTokens: 2048 }],
    [{ thinking: { type: "adaptive", display: "omitted" } }, { mode: "adaptive", includeText: false }],
    [{ thinking: { type: "disabled" } }, { mode: "off" }],
    [{ thinking: { type: "enabled", clear_thinking: false } }, { mode: "on" }, { thinking: { clear_thinking: false } }],
    [
      { enable_thinking: true, thinking_budget: 100 },
      { mode: "on", budgetTokens: 100 },
    ],
    [{ enable_thinking: false }, { mode: "off" }],
    [{ include_reasoning: false }, { includeText: false }],
    [{ reasoning_effort: "default" }, undefined, { reasoning_effort: "default" }],
    [{ reasoning_effort: null, reasoning: null, thinking: null }, undefined],
  ];
  for (const [fields, reasoning, rest] of controls) {
    test(`${JSON.stringify(fields)}`, () => {
      const request = read(fields);
      expect(request.reasoning).toEqual(reasoning as NonNullable<typeof reasoning>);
      expect(extraOf(request)).toEqual(rest as JsonObject);
    });
  }

  test("R38 an effort is read in any casing", () => {
    expect(read({ reasoning_effort: "High" }).reasoning).toEqual({ effort: "high" });
    expect(read({ reasoning: { effort: "XHIGH" } }).reasoning).toEqual({ effort: "xhigh" });
  });

  test("R20 of two spellings that disagree the first counts and the other stays visible", () => {
    const request = read({ reasoning_effort: "low", reasoning: { effort: "high", exclude: false } });
    expect(request.reasoning).toEqual({ effort: "low", includeText: true });
    expect(extraOf(request)).toEqual({ reasoning: { effort: "high" } });
    expect(extraOf(read({ reasoning_effort: "low", reasoning: { effort: "Low" } }))).toBeUndefined();
  });
});

describe("output format", () => {
  test("text, JSON mode and a schema", () => {
    expect(read({ response_format: { type: "text" } }).output).toEqual({ kind: "text" });
    expect(read({ response_format: { type: "json_object" } }).output).toEqual({ kind: "json" });
    const schema = { type: "object", $defs: { a: {} } };
    const json_schema = { name: "n", description: "d", schema, strict: false };
    expect(read({ response_format: { type: "json_schema", json_schema } }).output).toEqual({
      kind: "schema",
      name: "n",
      description: "d",
      schema,
      strict: false,
    });
  });

  test("a schema's absent strict stays absent", () => {
    expect(
      read({ response_format: { type: "json_schema", json_schema: { name: "n", schema: {}, strict: null } } }).output,
    ).toEqual({
      kind: "schema",
      name: "n",
      schema: {},
    });
  });

  test("unknown types and subfields stay under response_format", () => {
    const grammar = { type: "grammar", grammar: "root ::= x" };
    expect(read({ response_format: grammar }).output).toBeUndefined();
    expect(extraOf(read({ response_format: grammar }))).toEqual({ response_format: grammar });
    const odd = { type: "json_schema", json_schema: { name: "n", schema: {}, zzz: 1 }, yyy: 2 };
    expect(extraOf(read({ response_format: odd }))).toEqual({ response_format: { yyy: 2, json_schema: { zzz: 1 } } });
  });
});
