// Everything of canonical requests but their messages, as fields of Chat Completions bodies.
import { describe, expect, test } from "bun:test";
import type { ChatRequest, ToolCallBlock } from "../../../src/core/chat.ts";
import { GatewayError } from "../../../src/core/errors.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import { effortOfBudget, nearestEffort } from "../../../src/dialects/openai-chat/request-reasoning.ts";
import { writeRequest } from "../../../src/dialects/openai-chat/write-request.ts";
import { assistant, call, image, request, result, text, user, write } from "./upstream-request-support.ts";
import { withFlags } from "./upstream-support.ts";

describe("how much reasoning", () => {
  const effort = (reasoning: ChatRequest["reasoning"], flags: TargetFlags = {}) => {
    const { body, lost } = write({ ...(reasoning ? { reasoning } : {}) }, flags);
    return [body["reasoning_effort"], lost];
  };

  test("a budget becomes an effort by its size, and adaptive means high", () => {
    expect([0, 1024, 2048, 8192, 24576, -1].map(effortOfBudget)).toEqual([
      "none",
      "low",
      "medium",
      "high",
      "xhigh",
      "medium",
    ]);
    expect(effort({ mode: "on", budgetTokens: 10_000 })).toEqual(["high", []]);
    expect(effort({ mode: "adaptive" })).toEqual(["high", []]);
  });

  test("R37 R38 the nearest understood word is sent, the lower of two, and that is no loss", () => {
    expect(effort({ effort: "max" }, { efforts: ["low", "medium", "high"] })).toEqual(["high", []]);
    expect(effort({ effort: "medium" }, { efforts: ["low", "high"] })).toEqual(["low", []]);
    expect(effort({ effort: "minimal" }, { efforts: ["none", "high", "max"] })).toEqual(["high", []]);
    expect(nearestEffort("low", [])).toBeUndefined();
  });

  test("R37 a model that does not reason gets no effort, which is reported", () => {
    expect(effort({ effort: "high" }, { efforts: [] })).toEqual([undefined, ["output_config.effort"]]);
    expect(effort({ budgetTokens: 4000 }, { efforts: [] })).toEqual([undefined, ["thinking"]]);
    expect(effort({ mode: "off" }, { efforts: [] })).toEqual([undefined, []]);
  });

  test("R42 switching off is said where it can be said, and reported where nobody knows", () => {
    expect(effort({ mode: "off" }, { efforts: ["none", "low"] })).toEqual(["none", []]);
    expect(effort({ mode: "off" }, { efforts: ["low", "high"] })).toEqual(["low", []]);
    expect(effort({ mode: "off" })).toEqual([undefined, ["thinking"]]);
  });

  test("a client that said nothing gets nothing", () => {
    expect(effort(undefined)).toEqual([undefined, []]);
  });
});

describe("the other fields", () => {
  test("M35 zeros are values, and M36 defaults are never added", () => {
    const { body } = write({
      sampling: { temperature: 0, topP: 0, seed: 0, presencePenalty: 0, n: 1 },
      maxOutputTokens: 0,
    });
    expect(body).toMatchObject({ temperature: 0, top_p: 0, seed: 0, presence_penalty: 0, n: 1, max_tokens: 0 });
    expect(Object.keys(write().body)).toEqual(["model", "messages"]);
  });

  test("M38 the token limit has the name that the model knows, and is not above the model's own", () => {
    expect(write({ maxOutputTokens: 9 }, { maxTokensField: "max_completion_tokens" }).body).toMatchObject({
      max_completion_tokens: 9,
    });
    expect(write({ maxOutputTokens: 64_000 }, { maxOutputTokens: 8192 }).body["max_tokens"]).toBe(8192);
  });

  test("M43 stop strings are sent, the fifth and later ones are reported under the client's name", () => {
    const stop = ["a", "b", "c", "d", "e"];
    const { body, lost } = write({ sampling: { stop } });
    expect([body["stop"], lost]).toEqual([["a", "b", "c", "d"], ["stop_sequences"]]);
    expect(write({ dialect: "openai-chat", sampling: { stop } }).body["stop"]).toEqual(stop);
  });

  test("top_k of another dialect has no field here", () => {
    expect(write({ sampling: { topK: 5 } })).toMatchObject({ lost: ["top_k"] });
    expect(write({ dialect: "gemini", sampling: { topK: 5 } }).lost).toEqual(["topK"]);
    expect(write({ dialect: "openai-chat", sampling: { topK: 5 } }).body["top_k"]).toBe(5);
  });

  test("sampling that a model refuses is dropped, and only what was no default is reported", () => {
    const { body, lost } = write({ sampling: { temperature: 0.2, topP: 1 } }, { sampling: false });
    expect([body["temperature"], body["top_p"], lost]).toEqual([undefined, undefined, ["temperature"]]);
  });

  test("U15 a stream always asks for usage, a whole reply never", () => {
    expect(write({ stream: true }).body).toMatchObject({ stream: true, stream_options: { include_usage: true } });
    expect(write().body["stream_options"]).toBeUndefined();
  });

  test("M44 a user id over 64 characters is hashed, the same one to the same hash", () => {
    const long = "u".repeat(100);
    const written = write({ userId: long }).body["user"] as string;
    expect(written).toHaveLength(64);
    expect(write({ userId: long }).body["user"]).toBe(written);
    expect(write({ userId: "short" }).body["user"]).toBe("short");
  });

  test("X19 X20 a schema is nested as this dialect wants it, with a name, and strict as given", () => {
    const schema = { type: "object", properties: {} };
    expect(write({ output: { kind: "schema", schema } }).body["response_format"]).toEqual({
      type: "json_schema",
      json_schema: { name: "response", schema },
    });
    const strict = write({ output: { kind: "schema", schema, strict: false, name: "n" } }).body["response_format"];
    expect(strict).toEqual({ type: "json_schema", json_schema: { name: "n", schema, strict: false } });
  });

  test("X17 a schema that the host does not know goes into the prompt, and that is reported", () => {
    const output = { kind: "schema", schema: { type: "object" } } as const;
    const weak = write({ output }, { jsonSchema: false });
    expect(weak.body["response_format"]).toEqual({ type: "json_object" });
    expect(JSON.stringify(weak.body["messages"])).toContain("JSON Schema");
    expect(weak.lost).toEqual(["output_config.format"]);
    const tools = [{ kind: "function", name: "f" }] as const;
    const clash = write({ output, tools: [...tools] }, { jsonWithTools: false });
    expect(clash.body["response_format"]).toBeUndefined();
    expect(clash.lost).toEqual(["output_config.format"]);
  });
});

describe("tools", () => {
  const tool = {
    kind: "function",
    name: "f",
    description: "d",
    parameters: { type: "object", $defs: { a: {} } },
  } as const;

  test("T15 T52 schemas are kept whole and tools in their order", () => {
    const { body } = write({ tools: [{ ...tool }, { kind: "function", name: "g", strict: true }] });
    expect(body["tools"]).toEqual([
      { type: "function", function: { name: "f", description: "d", parameters: { type: "object", $defs: { a: {} } } } },
      { type: "function", function: { name: "g", parameters: { type: "object", properties: {} }, strict: true } },
    ]);
  });

  test("T12 T21 without tools neither a choice nor the parallel switch is sent", () => {
    expect(Object.keys(write({ toolChoice: { mode: "auto" }, parallelToolCalls: false }).body)).toEqual([
      "model",
      "messages",
    ]);
  });

  test("T18 T19 every choice has this dialect's form", () => {
    const choice = (toolChoice: ChatRequest["toolChoice"]) =>
      write({ tools: [{ ...tool }], toolChoice: toolChoice as never }).body["tool_choice"];
    expect(choice({ mode: "none" })).toBe("none");
    expect(choice({ mode: "required" })).toBe("required");
    expect(choice({ mode: "named", name: "f" })).toEqual({ type: "function", function: { name: "f" } });
    expect(choice({ mode: "allowed", names: ["f"], required: true })).toEqual({
      type: "allowed_tools",
      allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] },
    });
  });

  test("T11 a hosted tool of another dialect is dropped and reported, unless it is forced", () => {
    const hosted = {
      kind: "hosted",
      dialect: "anthropic-messages",
      raw: { type: "web_fetch_20250910", name: "web_fetch" },
    } as const;
    const written = write({ tools: [hosted, { ...tool }] });
    expect([(written.body["tools"] as unknown[]).length, written.lost]).toEqual([1, ["web_fetch_20250910"]]);
    expect(() => write({ tools: [hosted, { ...tool }], toolChoice: { mode: "named", name: "web_fetch" } })).toThrow(
      GatewayError,
    );
    expect(() => write({ tools: [hosted], toolChoice: { mode: "required" } })).toThrow(GatewayError);
  });

  test("custom tools are nested, their grammar too", () => {
    const raw = { type: "custom", name: "patch" };
    const format = { type: "grammar", syntax: "lark", definition: "start: x" };
    const source = request({ dialect: "openai-responses", tools: [{ kind: "custom", name: "patch", format, raw }] });
    const written = writeRequest(source, withFlags({ customTools: true }));
    expect(written.body["tools"]).toEqual([
      {
        type: "custom",
        custom: { name: "patch", format: { type: "grammar", grammar: { syntax: "lark", definition: "start: x" } } },
      },
    ]);
    expect(written.freeformTools).toBeUndefined();
  });

  test("T48 hosts that do not know free-text tools get functions of one string, in tools, choice and history", () => {
    const raw = { type: "custom", name: "apply_patch" };
    const format = { type: "grammar", syntax: "lark", definition: "start: x" };
    const written = write({
      dialect: "openai-responses",
      tools: [{ kind: "custom", name: "apply_patch", description: "d", format, raw }],
      toolChoice: { mode: "named", name: "apply_patch", kind: "custom" },
      turns: [
        assistant({
          type: "tool-call",
          id: "c1",
          name: "apply_patch",
          argumentsText: "*** Begin",
          argumentsKind: "freeform",
        }),
        user(result("c1", text("done"))),
      ],
    });
    const parameters = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };
    expect(written.body).toMatchObject({
      tools: [{ type: "function", function: { name: "apply_patch", description: "d", parameters } }],
      tool_choice: { type: "function", function: { name: "apply_patch" } },
      messages: [
        {
          role: "assistant",
          tool_calls: [
            { id: "c1", type: "function", function: { name: "apply_patch", arguments: '{"input":"*** Begin"}' } },
          ],
        },
        { role: "tool", tool_call_id: "c1", content: "done" },
      ],
    });
    expect(written.freeformTools).toEqual(new Set(["apply_patch"]));
    expect(written.lost).toEqual(["tools.format"]);
  });

  test("T08 T09 names that are too long get an alias, the same in tools, choice and history", () => {
    const name = `mcp__${"long_".repeat(20)}search`;
    const written = write({
      dialect: "anthropic-messages",
      tools: [{ ...tool, name }],
      toolChoice: { mode: "named", name },
      turns: [assistant({ ...call("a"), name } as ToolCallBlock), user(result("a", text("b")))],
    });
    const [[wire, original] = ["", ""]] = [...(written.toolAliases ?? [])];
    expect(original).toBe(name);
    expect(wire).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(written.body).toMatchObject({
      tools: [{ function: { name: wire } }],
      tool_choice: { function: { name: wire } },
      messages: [{ tool_calls: [{ function: { name: wire } }] }, { role: "tool" }],
    });
  });

  test("M34 writing twice gives the same body and leaves the request as it was", () => {
    const source = request({ tools: [{ ...tool }], turns: [assistant(call("a")), user(result("a", image))] });
    const before = structuredClone(source);
    const first = writeRequest(source, withFlags({}));
    expect(writeRequest(source, withFlags({}))).toEqual(first);
    expect(source).toEqual(before);
  });
});
