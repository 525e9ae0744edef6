// Tools and the tool choice of a request to Anthropic.
import { describe, expect, test } from "bun:test";
import type { ChatRequest, Tool, ToolChoice } from "../../../src/core/chat.ts";
import type { TargetFlags } from "../../../src/core/facts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { ask, assistant, call, contentOf, refusal, request, result, tool, user, write } from "./support.ts";

describe("tools", () => {
  const tools = (list: Tool[], more: Partial<ChatRequest> = {}, flags: TargetFlags = {}) =>
    ask({ tools: list, ...more }, flags);
  const schemaOf = (parameters?: JsonObject) => {
    const written = tools([tool("f", parameters)]);
    return { schema: (written.body["tools"] as JsonObject[])[0]?.["input_schema"], lost: written.lost };
  };

  test("T10 T14 a function has no type, and parameters even when the client gave none", () => {
    expect(tools([tool("f"), tool("g", {}, { description: "d" })]).body["tools"]).toEqual([
      { name: "f", input_schema: { type: "object", properties: {} } },
      { name: "g", description: "d", input_schema: { type: "object", properties: {} } },
    ]);
  });

  test("T15 a schema passes whole", () => {
    const schema = {
      type: "object",
      $schema: "https://json-schema.org/draft/2020-12/schema",
      properties: { a: { oneOf: [{ type: "string" }, { $ref: "#/$defs/B" }] } },
      $defs: { B: { type: "object", additionalProperties: { type: "number" } } },
      additionalProperties: false,
    };
    expect(schemaOf(schema)).toEqual({ schema, lost: [] });
  });

  test("combinators at the root are merged, and a choice that is given up is reported", () => {
    const branch = (name: string) => ({ properties: { [name]: { type: "string" } }, required: ["kind", name] });
    expect(schemaOf({ anyOf: [branch("a"), branch("b")], properties: { kind: { type: "string" } } })).toEqual({
      schema: {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "string" }, kind: { type: "string" } },
        required: ["kind"],
      },
      lost: ["tools.function.parameters"],
    });
    const referred = schemaOf({ $ref: "#/$defs/A", $defs: { A: branch("a") } });
    expect(referred.schema).toMatchObject({
      type: "object",
      properties: { a: { type: "string" } },
      required: ["kind", "a"],
    });
    expect(referred.lost).toEqual([]);
  });

  test("a root that refers to itself ends", () => {
    expect(schemaOf({ $ref: "#" }).schema).toMatchObject({ type: "object" });
  });

  test("T25 strict stands on the tool, with a schema that the decoder takes; a model without it reports", () => {
    const strict = tool("f", { type: "object", properties: { n: { type: "integer", minimum: 1 } } }, { strict: true });
    expect(tools([strict]).body["tools"]).toEqual([
      {
        name: "f",
        input_schema: {
          type: "object",
          properties: { n: { type: "integer", description: "{minimum: 1}" } },
          additionalProperties: false,
        },
        strict: true,
      },
    ]);
    const without = tools([strict], {}, { jsonSchema: false });
    expect(without.text).not.toContain("strict");
    expect(without.lost).toEqual(["tools.function.strict"]);
  });

  test("T08 T09 a name that the API refuses has one alias in tools, history and choice, and the way back is told", () => {
    const long = "n".repeat(140);
    const written = write(
      request(
        [
          user("x"),
          assistant(call("a", "{}", "mcp.server:do it"), call("b", "{}", long)),
          user(result("a", "r"), result("b", "r")),
        ],
        {
          tools: [tool("mcp.server:do it"), tool(long), tool("fine-name_64")],
          toolChoice: { mode: "named", name: "mcp.server:do it" },
        },
      ),
    );
    const names = (written.body["tools"] as JsonObject[]).map(({ name }) => String(name));
    for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,128}$/);
    expect(names[2]).toBe("fine-name_64");
    const used = contentOf(written.body, 1).map(({ name }) => String(name));
    expect(used).toEqual(names.slice(0, 2));
    expect(written.body["tool_choice"]).toEqual({ type: "tool", name: names[0] as string });
    expect([...(written.toolAliases ?? [])]).toEqual([
      [used[0] as string, "mcp.server:do it"],
      [used[1] as string, long],
    ]);
    expect(written.lost).toEqual([]);
  });

  test("T13 a tool without a name is the client's mistake", () => {
    expect(refusal(() => tools([tool("f"), tool("")]))).toMatchObject({
      code: "invalid_request",
      param: "tools[1].function.name",
    });
  });

  const choices: [choice: ToolChoice, wire: JsonObject, trap: string][] = [
    [{ mode: "none" }, { type: "none" }, "T18"],
    [{ mode: "auto" }, { type: "auto" }, "auto"],
    [{ mode: "required" }, { type: "any" }, "T19"],
    [{ mode: "named", name: "f" }, { type: "tool", name: "f" }, "named"],
  ];
  for (const [toolChoice, wire, trap] of choices) {
    test(`${trap} tool choice ${toolChoice.mode} is ${JSON.stringify(wire)} and the tools stay`, () => {
      const { body } = tools([tool("f")], { toolChoice });
      expect(body["tool_choice"]).toEqual(wire);
      expect(body["tools"]).toHaveLength(1);
    });
  }

  test("an allowed subset leaves the other tools out, but for those in the history", () => {
    const chat = (turns: ChatRequest["turns"]) =>
      write(
        request(turns, {
          tools: [tool("a"), tool("b"), tool("c")],
          toolChoice: { mode: "allowed", names: ["b"], required: true },
        }),
      );
    const fresh = chat([user("x")]);
    expect((fresh.body["tools"] as JsonObject[]).map(({ name }) => name)).toEqual(["b"]);
    expect(fresh.body["tool_choice"]).toEqual({ type: "any" });
    expect(fresh.lost).toEqual([]);
    const grown = chat([user("x"), assistant(call("1", "{}", "c")), user(result("1", "r"))]);
    expect((grown.body["tools"] as JsonObject[]).map(({ name }) => name)).toEqual(["b", "c"]);
    expect(grown.lost).toEqual(["tool_choice"]);
  });

  test("no parallel calls is a word of the choice, which is auto when there was none", () => {
    const off = { parallelToolCalls: false };
    expect(tools([tool("f")], off).body["tool_choice"]).toEqual({ type: "auto", disable_parallel_tool_use: true });
    expect(tools([tool("f")], { ...off, toolChoice: { mode: "required" } }).body["tool_choice"]).toEqual({
      type: "any",
      disable_parallel_tool_use: true,
    });
    expect(tools([tool("f")], { ...off, toolChoice: { mode: "none" } }).body["tool_choice"]).toEqual({ type: "none" });
    expect(tools([tool("f")], { parallelToolCalls: true }).body).not.toHaveProperty("tool_choice");
  });

  test("T12 without tools there is no choice either; a forced one is reported", () => {
    const written = tools([], { toolChoice: { mode: "required" }, parallelToolCalls: false });
    expect(Object.keys(written.body)).toEqual(["model", "max_tokens", "messages"]);
    expect(written.lost).toEqual(["tool_choice"]);
  });

  test("T11 a hosted tool of another provider is reported, and refused only when it is forced", () => {
    const hosted: Tool = { kind: "hosted", dialect: "openai-chat", raw: { type: "file_search" } };
    expect(tools([tool("f"), hosted]).lost).toEqual(["tools.file_search"]);
    expect(refusal(() => tools([hosted], { toolChoice: { mode: "named", name: "file_search" } }))).toMatchObject({
      param: "tools[0]",
    });
    const own: Tool = { kind: "hosted", dialect: "anthropic-messages", raw: { type: "bash_20250124", name: "bash" } };
    expect(tools([own]).body["tools"]).toEqual([{ type: "bash_20250124", name: "bash" }]);
  });

  test("web search is the server's tool with the place field by field", () => {
    const search: Tool = {
      kind: "web-search",
      dialect: "openai-chat",
      raw: { search_context_size: "low" },
      extra: { "openai-chat": { search_context_size: "low" } },
      country: "DE",
      city: "Bonn",
    };
    const written = tools([search]);
    expect(written.body["tools"]).toEqual([
      {
        type: "web_search_20250305",
        name: "web_search",
        user_location: { type: "approximate", city: "Bonn", country: "DE" },
      },
    ]);
    expect(written.lost).toEqual(["web_search_options.search_context_size"]);
  });

  test("T48 a free-text tool is a function of one string, named for the way back; its grammar is reported", () => {
    const raw = { type: "custom", custom: { name: "patch" } };
    const written = tools([{ kind: "custom", name: "patch", description: "d", format: { type: "grammar" }, raw }]);
    expect(written.body["tools"]).toEqual([
      {
        name: "patch",
        description: "d",
        input_schema: { type: "object", properties: { input: { type: "string" } }, required: ["input"] },
      },
    ]);
    expect([...(written.freeformTools ?? [])]).toEqual(["patch"]);
    expect(written.lost).toEqual(["tools.custom.format"]);
  });
});
