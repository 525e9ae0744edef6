// Tools, tool choice, thinking and output formats of canonical requests as Gemini takes them. Expected values by hand.
import { describe, expect, test } from "bun:test";
import type { Reasoning, Tool } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import { writeRequest } from "../../../src/dialects/gemini/request.ts";
import { chat, target, written } from "./support.ts";

const weather: Tool = {
  kind: "function",
  name: "get_weather",
  description: "Weather",
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
};

describe("tools", () => {
  test("all functions stand in one element, Google's own tools beside it", () => {
    const { body, lost } = written({
      tools: [
        weather,
        { kind: "hosted", dialect: "gemini", raw: { codeExecution: {} } },
        { kind: "function", name: "now" },
        { kind: "web-search", dialect: "openai-chat", raw: { search_context_size: "high" } },
      ],
    });
    expect(body["tools"]).toEqual([
      {
        functionDeclarations: [
          {
            name: "get_weather",
            description: "Weather",
            parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
          },
          { name: "now" },
        ],
      },
      { codeExecution: {} },
      { googleSearch: {} },
    ]);
    expect(lost).toEqual(["web_search_options.search_context_size"]);
  });

  test("T14 parameters without properties are left out, in both fields", () => {
    const tools: Tool[] = [{ kind: "function", name: "now", parameters: { type: "object", properties: {} } }];
    for (const jsonSchemaFields of [true, false]) {
      expect(written({ tools }, { jsonSchemaFields }).body["tools"]).toEqual([
        { functionDeclarations: [{ name: "now" }] },
      ]);
    }
  });

  test("T15 the field for plain JSON Schema gets the schema whole", () => {
    const { body } = written({ tools: [weather] }, { jsonSchemaFields: true });
    expect(body["tools"]).toEqual([
      {
        functionDeclarations: [
          {
            name: "get_weather",
            description: "Weather",
            parametersJsonSchema: {
              type: "object",
              properties: { city: { type: "string" } },
              required: ["city"],
              additionalProperties: false,
            },
          },
        ],
      },
    ]);
  });

  test("T11 a tool of another kind is dropped and reported, and refused when it is forced", () => {
    const tools: Tool[] = [weather, { kind: "hosted", dialect: "openai-chat", raw: { type: "code_interpreter" } }];
    expect(written({ tools }).lost).toEqual(["tools.code_interpreter"]);
    expect(() => written({ tools, toolChoice: { mode: "named", name: "code_interpreter" } })).toThrow(
      expect.objectContaining({ code: "unsupported", param: "tool_choice" }),
    );
  });

  test("T48 a free-text tool is a function of one text, and is named so that its calls can be turned back", () => {
    const custom: Tool = {
      kind: "custom",
      name: "patch",
      description: "d",
      format: { type: "grammar" },
      raw: { type: "custom" },
    };
    const { body, lost, freeformTools } = writeRequest(
      chat({
        tools: [custom],
        toolChoice: { mode: "named", name: "patch", kind: "custom" },
        turns: [
          { role: "user", blocks: [{ type: "text", text: "q" }] },
          {
            role: "assistant",
            blocks: [{ type: "tool-call", id: "a", name: "patch", argumentsText: "*** x", argumentsKind: "freeform" }],
          },
        ],
      }),
      target(),
    );
    const parameters = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };
    expect(body["tools"]).toEqual([{ functionDeclarations: [{ name: "patch", description: "d", parameters }] }]);
    expect(body["toolConfig"]).toEqual({ functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["patch"] } });
    expect((body["contents"] as { parts: unknown[] }[])[1]?.parts).toEqual([
      { functionCall: { id: "a", name: "patch", args: { input: "*** x" } } },
    ]);
    expect([...(freeformTools ?? [])]).toEqual(["patch"]);
    expect(lost).toEqual(["tools.custom.format"]);
  });

  test("T18 each way of choosing has its mode, and none keeps the tools", () => {
    const config = (toolChoice: NonNullable<Parameters<typeof chat>[0]>["toolChoice"]) => {
      const { body } = written({ tools: [weather], ...(toolChoice ? { toolChoice } : {}) });
      expect(body["tools"]).toHaveLength(1);
      return (body["toolConfig"] as { functionCallingConfig?: unknown } | undefined)?.functionCallingConfig;
    };
    expect(config(undefined)).toBeUndefined();
    expect(config({ mode: "auto" })).toEqual({ mode: "AUTO" });
    expect(config({ mode: "none" })).toEqual({ mode: "NONE" });
    expect(config({ mode: "required" })).toEqual({ mode: "ANY" });
    expect(config({ mode: "named", name: "get_weather" })).toEqual({
      mode: "ANY",
      allowedFunctionNames: ["get_weather"],
    });
    expect(config({ mode: "allowed", names: ["get_weather"], required: true })).toEqual({
      mode: "ANY",
      allowedFunctionNames: ["get_weather"],
    });
    expect(config({ mode: "allowed", names: ["get_weather"], required: false })).toEqual({
      mode: "VALIDATED",
      allowedFunctionNames: ["get_weather"],
    });
  });

  test("without functions there is no tool choice", () => {
    expect(written({ toolChoice: { mode: "auto" } })).toMatchObject({ lost: [] });
    expect(written({ toolChoice: { mode: "auto" } }).body["toolConfig"]).toBeUndefined();
    expect(written({ toolChoice: { mode: "required" } }).lost).toEqual(["tool_choice"]);
  });

  test("T08 a name that is too long has one alias in tools, choice and history, and the way back", () => {
    const long = `mcp__${"server_".repeat(12)}tool`;
    const { body, toolAliases } = writeRequest(
      chat({
        tools: [{ kind: "function", name: long }, weather],
        toolChoice: { mode: "named", name: long },
        turns: [
          { role: "user", blocks: [{ type: "text", text: "q" }] },
          {
            role: "assistant",
            blocks: [{ type: "tool-call", id: "a", name: long, argumentsText: "{}", argumentsKind: "json" }],
          },
          { role: "user", blocks: [{ type: "tool-result", callId: "a", blocks: [] }] },
        ],
      }),
      target(),
    );
    const [alias] = [...(toolAliases?.keys() ?? [])];
    expect([...(toolAliases?.values() ?? [])]).toEqual([long]);
    expect(alias).toMatch(/^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$/);
    expect(body).toMatchObject({
      tools: [{ functionDeclarations: [{ name: alias }, { name: "get_weather" }] }],
      toolConfig: { functionCallingConfig: { allowedFunctionNames: [alias] } },
      contents: [
        {},
        { parts: [{ functionCall: { name: alias } }] },
        { parts: [{ functionResponse: { name: alias } }] },
      ],
    });
    expect(JSON.stringify(body)).not.toContain(long);
  });

  test("T08 names that differ in illegal characters only get different aliases", () => {
    const tools: Tool[] = ["a b", "a/b", "a_b"].map((name) => ({ kind: "function", name }));
    const { body } = written({ tools });
    const names = (body["tools"] as { functionDeclarations: { name: string }[] }[])[0]?.functionDeclarations.map(
      ({ name }) => name,
    );
    expect(new Set(names).size).toBe(3);
    expect(names?.[2]).toBe("a_b");
  });
});

describe("thinking", () => {
  const thinking = (reasoning: Reasoning, flags: TargetFlags, maxOutputTokens?: number) => {
    const { body, lost } = written({ reasoning, ...(maxOutputTokens !== undefined ? { maxOutputTokens } : {}) }, flags);
    return { config: (body["generationConfig"] as { thinkingConfig?: unknown } | undefined)?.thinkingConfig, lost };
  };
  const pro: TargetFlags = { thinking: "budget", thinkingBudgetMin: 128, thinkingBudgetMax: 32768 };
  const flash: TargetFlags = { thinking: "budget", thinkingBudgetMin: 0, thinkingBudgetMax: 24576 };
  const three: TargetFlags = { thinking: "level", efforts: ["low", "high"] };

  test("R36 a level goes to models of levels and a budget to models of budgets", () => {
    expect(thinking({ effort: "low" }, three)).toEqual({
      config: { thinkingLevel: "low", includeThoughts: true },
      lost: [],
    });
    expect(thinking({ effort: "low" }, flash, 10_000)).toEqual({
      config: { thinkingBudget: 1000, includeThoughts: true },
      lost: [],
    });
    expect(thinking({ budgetTokens: 10_000 }, three).config).toEqual({ thinkingLevel: "high", includeThoughts: true });
    expect(thinking({ budgetTokens: 1_500 }, three).config).toEqual({ thinkingLevel: "low", includeThoughts: true });
  });

  test("a level that the model lacks is the next one up, and reported", () => {
    expect(thinking({ effort: "medium" }, three)).toEqual({
      config: { thinkingLevel: "high", includeThoughts: true },
      lost: ["reasoning_effort"],
    });
    expect(thinking({ effort: "xhigh" }, three).config).toEqual({ thinkingLevel: "high", includeThoughts: true });
  });

  test("shares of the output become a budget within the model's range", () => {
    expect(thinking({ effort: "medium" }, flash, 20_000).config).toMatchObject({ thinkingBudget: 6000 });
    expect(thinking({ effort: "high" }, flash).config).toMatchObject({ thinkingBudget: 24576 });
    expect(thinking({ effort: "max" }, pro).config).toMatchObject({ thinkingBudget: 32768 });
    expect(thinking({ effort: "minimal" }, pro, 1000).config).toMatchObject({ thinkingBudget: 128 });
  });

  test("off is off where it can be, and reported where it cannot", () => {
    expect(thinking({ effort: "none" }, flash)).toEqual({ config: { thinkingBudget: 0 }, lost: [] });
    expect(thinking({ mode: "off" }, pro)).toEqual({ config: { thinkingBudget: 128 }, lost: ["reasoning_effort"] });
    expect(thinking({ mode: "off" }, three)).toEqual({ config: { thinkingLevel: "low" }, lost: ["reasoning_effort"] });
  });

  test("R34 a budget that fills the output limit leaves room for an answer", () => {
    expect(thinking({ budgetTokens: 8000 }, flash, 8000)).toEqual({
      config: { thinkingBudget: 7999, includeThoughts: true },
      lost: ["reasoning_effort"],
    });
    expect(thinking({ budgetTokens: -1 }, flash, 8000).config).toMatchObject({ thinkingBudget: -1 });
    expect(thinking({ budgetTokens: 99_999 }, pro)).toMatchObject({
      config: { thinkingBudget: 32768 },
      lost: ["reasoning_effort"],
    });
  });

  test("R37 a model that does not reason gets no thinking settings", () => {
    expect(thinking({ effort: "high" }, { thinking: "none" })).toEqual({
      config: undefined,
      lost: ["reasoning_effort"],
    });
    expect(thinking({ effort: "high" }, { efforts: [] })).toEqual({ config: undefined, lost: ["reasoning_effort"] });
    expect(thinking({ effort: "none" }, { thinking: "none" })).toEqual({ config: undefined, lost: [] });
  });

  test("R38 levels go out in lower case as they are named, and hidden thoughts are not asked for", () => {
    const { config } = thinking({ effort: "high", includeText: false }, { thinking: "level" });
    expect(config).toEqual({ thinkingLevel: "high" });
  });
});

describe("output", () => {
  const schema = {
    type: "object",
    properties: { a: { type: ["string", "null"] } },
    required: ["a"],
    additionalProperties: false,
  };
  const config = (fields: Parameters<typeof written>[0], flags?: TargetFlags) =>
    written(fields, flags).body["generationConfig"];

  test("JSON mode and schemas have their fields", () => {
    expect(config({ output: { kind: "json" } })).toEqual({ responseMimeType: "application/json" });
    expect(config({ output: { kind: "schema", schema } }, { jsonSchemaFields: true })).toEqual({
      responseMimeType: "application/json",
      responseJsonSchema: schema,
    });
    expect(config({ output: { kind: "schema", schema } })).toEqual({
      responseMimeType: "application/json",
      responseSchema: { type: "object", properties: { a: { type: "string", nullable: true } }, required: ["a"] },
    });
  });

  test("X17 where tools and JSON exclude one another the tools stay and the format is asked for in words", () => {
    const { body, lost } = written({ tools: [weather], output: { kind: "schema", schema } }, { jsonWithTools: false });
    expect(body["generationConfig"]).toBeUndefined();
    expect(body["tools"]).toHaveLength(1);
    const words = JSON.stringify(body["systemInstruction"]);
    expect(words).toContain("JSON Schema");
    expect(words).toContain("additionalProperties");
    expect(lost).toEqual(["response_format"]);
    expect(config({ output: { kind: "json" } }, { jsonWithTools: false })).toEqual({
      responseMimeType: "application/json",
    });
  });
});
