// The named adjustments of messages, former reasoning, and tools.
import { describe, expect, test } from "bun:test";
import type { JsonObject, JsonValue } from "../../../src/core/json.ts";
import { adjust, message } from "./adjust-support.ts";

describe("reasoning of former turns", () => {
  test("R16 reasoning-history-strip takes all of it away and reports each field once", () => {
    const body = {
      messages: [
        { role: "assistant", content: "a", reasoning_content: "r" },
        { role: "assistant", content: "b", reasoning_content: "r", reasoning_details: [] },
      ],
    };
    expect(adjust("reasoning-history-strip", body)).toEqual({
      body: {
        messages: [
          { role: "assistant", content: "a" },
          { role: "assistant", content: "b" },
        ],
      },
      lost: ["reasoning_content", "reasoning_details"],
    });
  });

  test("R16 the text moves to the name that the host reads", () => {
    expect(adjust("reasoning-history-rename", message({ reasoning_content: "r" }))).toEqual({
      body: message({ reasoning: "r" }),
      lost: [],
    });
    expect(adjust("reasoning-history-content", message({ reasoning: "r" }))).toEqual({
      body: message({ reasoning_content: "r" }),
      lost: [],
    });
    expect(adjust("reasoning-history-rename", message({ reasoning: "r", reasoning_details: [{}] })).lost).toEqual([
      "reasoning_details",
    ]);
  });
});

describe("tools", () => {
  test("T12 T21 an empty list goes, with what hangs on it", () => {
    expect(adjust("empty-tools", { tools: [], tool_choice: "auto", parallel_tool_calls: true })).toEqual({
      body: {},
      lost: [],
    });
    expect(adjust("parallel-needs-tools", { parallel_tool_calls: true }).body).toEqual({});
  });

  test("T26 strict-mode fields go, at every depth, but not properties that are called so", () => {
    const parameters = {
      type: "object",
      additionalProperties: false,
      properties: {
        strict: { type: "string" },
        additionalProperties: { type: "object", additionalProperties: { type: "object", additionalProperties: false } },
      },
      anyOf: [{ additionalProperties: false }],
    };
    const { body, lost } = adjust("strip-strict-fields", {
      tools: [{ type: "function", function: { name: "f", strict: true, parameters } }],
    });
    expect(body).toEqual({
      tools: [
        {
          type: "function",
          function: {
            name: "f",
            parameters: {
              type: "object",
              properties: { strict: { type: "string" }, additionalProperties: { type: "object" } },
              anyOf: [{}],
            },
          },
        },
      ],
    });
    expect(lost).toEqual(["tools.strict", "tools.additionalProperties"]);
  });

  test("$schema goes from tool schemas", () => {
    const body = {
      tools: [{ type: "function", function: { name: "f", parameters: { $schema: "x", type: "object" } } }],
    };
    expect(adjust("strip-schema-key", body).body).toEqual({
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
    });
  });

  test("Mistral says any for required", () => {
    expect(adjust("tool-choice-any", { tool_choice: "required" }).body).toEqual({ tool_choice: "any" });
  });

  test("a choice that a host cannot force is left to the model and reported", () => {
    expect(adjust("tool-choice-auto", { tool_choice: { type: "function", function: { name: "f" } } })).toEqual({
      body: { tool_choice: "auto" },
      lost: ["tool_choice"],
    });
    expect(adjust("tool-choice-auto", { tool_choice: "none" }).body).toEqual({ tool_choice: "none" });
  });

  test("allowed tools become the list itself", () => {
    const tool = (name: string) => ({ type: "function", function: { name } });
    const tool_choice = { type: "allowed_tools", allowed_tools: { mode: "required", tools: [tool("b")] } };
    expect(adjust("allowed-tools-filter", { tools: [tool("a"), tool("b"), tool("c")], tool_choice }).body).toEqual({
      tools: [tool("b")],
      tool_choice: "required",
    });
  });

  const history = (ids: readonly string[]): JsonObject => ({
    messages: [
      {
        role: "assistant",
        content: null,
        tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "f", arguments: "{}" } })),
      },
      ...ids.map((id) => ({ role: "tool", tool_call_id: id, content: "x" })),
    ],
  });

  function idsOf(body: JsonValue): { calls: string[]; results: string[] } {
    const messages = (body as { messages: { tool_calls?: { id: string }[]; tool_call_id?: string }[] }).messages;
    return {
      calls: messages.flatMap((entry) => entry.tool_calls?.map(({ id }) => id) ?? []),
      results: messages.flatMap((entry) => entry.tool_call_id ?? []),
    };
  }

  test("T01 T02 T05 tool-ids-9 maps calls and results alike, and no two ids to one", () => {
    const ids = ["functions.f:0", "functions.f:1", "a:b", "a.b", "toolu_01", "abcdefghi", "ABCDEFGH1", ""];
    const { calls, results } = idsOf(adjust("tool-ids-9", history(ids)).body);
    expect(results).toEqual(calls);
    expect(new Set(calls).size).toBe(ids.length);
    for (const id of calls) expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
    expect(calls.slice(5, 7)).toEqual(["abcdefghi", "ABCDEFGH1"]);
  });

  test("U23 the same id is mapped to the same one from call to call", () => {
    const first = idsOf(adjust("tool-ids-9", history(["call_1"])).body).calls;
    expect(idsOf(adjust("tool-ids-9", history(["call_0", "call_1"])).body).calls[1]).toBe(first[0] as string);
  });
});

describe("messages and parts", () => {
  test("cache-control-strip finds the marks everywhere and reports them once", () => {
    const mark = { cache_control: { type: "ephemeral" } };
    const marked = {
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "a", ...mark },
            { type: "text", text: "b", prompt_cache_breakpoint: { mode: "explicit" } },
          ],
        },
        { role: "tool", tool_call_id: "t", content: "x", ...mark },
      ],
      tools: [{ type: "function", function: { name: "f", ...mark }, ...mark }],
    };
    expect(adjust("cache-control-strip", marked)).toEqual({
      body: {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "a" },
              { type: "text", text: "b" },
            ],
          },
          { role: "tool", tool_call_id: "t", content: "x" },
        ],
        tools: [{ type: "function", function: { name: "f" } }],
      },
      lost: expect.arrayContaining(["cache_control", "prompt_cache_breakpoint"]),
    });
  });

  test("M21 image-media-type folds the type into the URL", () => {
    const image = (image_url: JsonObject) => ({
      messages: [{ role: "user", content: [{ type: "image_url", image_url }] }],
    });
    const to = (image_url: JsonObject) => adjust("image-media-type", image(image_url)).body;
    expect(to({ url: "AAAA", media_type: "image/jpg" })).toEqual(image({ url: "data:image/jpeg;base64,AAAA" }));
    expect(to({ url: "data:image/png;base64,AAAA", media_type: "image/webp" })).toEqual(
      image({ url: "data:image/webp;base64,AAAA" }),
    );
    expect(to({ url: "https://e.x/a.png", media_type: "image/png" })).toEqual(image({ url: "https://e.x/a.png" }));
    expect(to({ url: "https://e.x/a.png", detail: "low" })).toEqual(image({ url: "https://e.x/a.png", detail: "low" }));
  });

  test("roles, null content and text parts in the form that a host takes", () => {
    expect(adjust("system-role", { messages: [{ role: "developer", content: "a" }] }).body).toEqual({
      messages: [{ role: "system", content: "a" }],
    });
    expect(adjust("developer-role", { messages: [{ role: "system", content: "a" }] }).body).toEqual({
      messages: [{ role: "developer", content: "a" }],
    });
    expect(adjust("null-content-empty", message({})).body).toEqual(message({ content: "" }) as never);
    const parts = {
      messages: [
        {
          role: "system",
          content: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
      ],
    };
    expect(adjust("text-parts-flat", parts).body).toEqual({ messages: [{ role: "system", content: "a\nb" }] });
  });
});
