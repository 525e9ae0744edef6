// Reading generateContent bodies: the recorded ones there and back, spellings, ids of calls, signatures, settings, refusals.
import { describe, expect, test } from "bun:test";
import type { ToolCallBlock, ToolResultBlock, Turn } from "../../../src/core/chat.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { readSignature, writeSignature } from "../../../src/dialects/gemini/carried-state.ts";
import { writeRequest } from "../../../src/dialects/gemini/request.ts";
import { clientRequests, readText } from "../../support/corpus.ts";
import { client, failureOf, model, read, readContents, user } from "./client-support.ts";
import { target } from "./support.ts";

const recorded = Object.fromEntries(
  clientRequests("gemini").map((recording) => [recording.name, JSON.parse(readText(recording)) as JsonObject]),
);

function roundTrip(body: JsonObject): JsonObject {
  return writeRequest(read(body), target()).body;
}

const callsOf = (turns: Turn[]) =>
  turns.flatMap(({ blocks }) => blocks.filter((block): block is ToolCallBlock => block.type === "tool-call"));
const resultsOf = (turns: Turn[]) =>
  turns.flatMap(({ blocks }) => blocks.filter((block): block is ToolResultBlock => block.type === "tool-result"));

describe("a recorded body read and written again", () => {
  test.each(["text", "thinking"])("is the same: %s", (name) => {
    expect(roundTrip(recorded[name]!)).toEqual(recorded[name]!);
  });

  test("is the same with media; that text is wanted goes without saying", () => {
    const { generationConfig: _onlyText, ...rest } = recorded["image-inline"]!;
    expect(roundTrip(recorded["image-inline"]!)).toEqual(rest);
  });

  test("is the same with tools, in both spellings of a schema's types", () => {
    expect(roundTrip(recorded["tools"]!)).toEqual(recorded["tools"]!);
  });

  test("keeps unknown fields of the body, its settings, tools and parts", () => {
    const body = recorded["passthrough-fields"]!;
    const written = roundTrip(body);
    for (const name of ["someNewTopLevelField", "modelArmorConfig", "safetySettings", "toolConfig"]) {
      expect(written[name]).toEqual(body[name]!);
    }
    expect(written["generationConfig"]).toMatchObject(body["generationConfig"] as JsonObject);
    expect(written["tools"]).toEqual([
      { functionDeclarations: [{ name: "f", someNewDeclField: 1 }] },
      { someNewToolField: "y" },
    ]);
    expect(written["contents"]).toEqual([
      user({ text: "hi", someNewPartField: { nested: [1, 2, 3] } }, { someNewPartKind: { opaque: "blob" } }),
    ]);
  });

  test("names what has no place any more", () => {
    const { lost } = writeRequest(read(recorded["passthrough-fields"]!), target());
    expect(lost).toEqual(["contents.someNewSystemField", "contents.someNewContentField"]);
  });
});

test("T57 snake_case means the same as camelCase", () => {
  const camel = {
    contents: [
      user({ inlineData: { mimeType: "image/png", data: "AAAA" } }),
      model({ functionCall: { name: "f", args: { some_key: 1 } }, thoughtSignature: "c2ln" }),
      user({ functionResponse: { name: "f", response: { other_key: 2 } } }),
    ],
    systemInstruction: { parts: [{ text: "brief" }] },
    tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: { type: "object" } }] }, { googleSearch: {} }],
    toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } },
    generationConfig: { maxOutputTokens: 5, topP: 0, thinkingConfig: { thinkingBudget: 10, includeThoughts: true } },
    safetySettings: [],
  };
  const snake = {
    contents: [
      user({ inline_data: { mime_type: "image/png", data: "AAAA" } }),
      model({ function_call: { name: "f", args: { some_key: 1 } }, thought_signature: "c2ln" }),
      user({ function_response: { name: "f", response: { other_key: 2 } } }),
    ],
    system_instruction: { parts: [{ text: "brief" }] },
    tools: [
      { function_declarations: [{ name: "f", parameters_json_schema: { type: "object" } }] },
      { google_search: {} },
    ],
    tool_config: { function_calling_config: { mode: "ANY", allowed_function_names: ["f"] } },
    generation_config: {
      max_output_tokens: 5,
      top_p: 0,
      thinking_config: { thinking_budget: 10, include_thoughts: true },
    },
    safety_settings: [],
  };
  expect(read(snake)).toEqual(read(camel));
  // Expected by hand once, so that both cannot be wrong in the same way.
  expect(read(snake)).toMatchObject({
    toolChoice: { mode: "named", name: "f" },
    maxOutputTokens: 5,
    sampling: { topP: 0 },
    reasoning: { budgetTokens: 10, mode: "on", includeText: true },
    extra: { gemini: { safetySettings: [] } },
  });
});

describe("calls and responses", () => {
  const weather = (city: string) => ({ functionCall: { name: "weather", args: { city } } });
  const answer = (degrees: number) => ({ functionResponse: { name: "weather", response: { degrees } } });

  test("T53 without ids are matched by name and order", () => {
    const turns = readContents(
      user({ text: "?" }),
      model(weather("Oslo"), { functionCall: { name: "time", args: {} } }, weather("Rome")),
      user({ functionResponse: { name: "time", response: { now: "noon" } } }, answer(1), answer(2)),
    );
    const [oslo, time, rome] = callsOf(turns).map(({ id }) => id);
    expect(new Set([oslo, time, rome]).size).toBe(3);
    expect(resultsOf(turns).map(({ callId }) => callId)).toEqual([time!, oslo!, rome!]);
  });

  test("T06 keep the client's ids, and get others where a turn reuses one", () => {
    const call = { functionCall: { id: "call_0", name: "f", args: {} } };
    const response = { functionResponse: { id: "call_0", name: "f", response: {} } };
    const turns = readContents(user({ text: "?" }), model(call), user(response), model(call), user(response));
    const [first, second] = callsOf(turns).map(({ id }) => id);
    expect(first).toBe("call_0");
    expect(second).not.toBe("call_0");
    expect(resultsOf(turns).map(({ callId }) => callId)).toEqual([first!, second!]);
  });

  test("get ids that no call of the client's has, always the same ones", () => {
    const contents = [user({ text: "?" }), model({ functionCall: { id: "call_1", name: "f" } }, weather("Oslo"))];
    const ids = callsOf(readContents(...contents)).map(({ id }) => id);
    expect(new Set(ids).size).toBe(2);
    expect(callsOf(readContents(...contents)).map(({ id }) => id)).toEqual(ids);
  });

  test("of an earlier step that were never answered take no later response", () => {
    const turns = readContents(
      model(weather("Oslo")),
      user({ text: "never mind" }),
      model(weather("Rome")),
      user(answer(9)),
    );
    expect(resultsOf(turns)[0]?.callId).toBe(callsOf(turns)[1]!.id);
  });

  test("T58 an error is told by the key alone, not by one among others", () => {
    const respond = (response: JsonObject) =>
      resultsOf(readContents(model(weather("Oslo")), user({ functionResponse: { name: "weather", response } })))[0];
    expect(respond({ error: "no such city" })).toMatchObject({ isError: true, blocks: [{ text: "no such city" }] });
    expect(respond({ output: "12 degrees" })).toMatchObject({ blocks: [{ text: "12 degrees" }] });
    const data = { error: null, degrees: 12 };
    expect(respond(data)?.isError).toBeUndefined();
    expect(respond(data)?.blocks).toEqual([{ type: "text", text: JSON.stringify(data) }]);
  });

  test("keep what only this dialect says of a response", () => {
    const functionResponse = { id: "1", name: "f", response: { a: 1 }, scheduling: "SILENT" };
    const contents = [user({ text: "?" }), model({ functionCall: { id: "1", name: "f", args: {} } })];
    const body = { contents: [...contents, user({ functionResponse })] };
    expect(roundTrip(body)["contents"]).toEqual(body.contents);
  });

  test("hold media beside the response", () => {
    const parts = [{ inlineData: { mimeType: "image/png", data: "AAAA" } }];
    const turns = readContents(
      model(weather("Oslo")),
      user({ functionResponse: { name: "weather", response: { output: "a map" }, parts } }),
    );
    expect(resultsOf(turns)[0]?.blocks).toEqual([
      { type: "text", text: "a map" },
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" } },
    ]);
  });
});

describe("turns", () => {
  test("M31 a history that begins with the model is read as it stands", () => {
    expect(readContents(model({ text: "Hello." }), user({ text: "Hi" })).map(({ role }) => role)).toEqual([
      "assistant",
      "user",
    ]);
  });

  test("M31 written to Gemini it begins with the user", () => {
    const written = roundTrip({ contents: [model({ text: "Hello." })] });
    expect((written["contents"] as JsonObject[]).map(({ role }) => role)).toEqual(["user", "model"]);
  });

  test("that a stream cut into chunks are one step with one text, without its empty end", () => {
    const chunks = ["One ", "word ", "more."].map((text) => model({ text }));
    expect(readContents(user({ text: "?" }), ...chunks, model({ text: "" }))[1]?.blocks).toEqual([
      { type: "text", text: "One word more." },
    ]);
  });

  test("bytes in the alphabet for URLs are put into the standard one", () => {
    const [turn] = readContents(user({ inlineData: { mimeType: "image/png", data: "-_-_" } }));
    expect(turn?.blocks).toMatchObject([{ source: { data: "+/+/" } }]);
  });

  test("a file is what its type says, and keeps its address", () => {
    const file = (mimeType: string) => ({ fileData: { mimeType, fileUri: "gs://b/x" } });
    const [turn] = readContents(user(file("video/mp4"), file("application/pdf")));
    expect(turn?.blocks).toEqual([
      { type: "video", source: { kind: "url", url: "gs://b/x", mediaType: "video/mp4" } },
      { type: "file", source: { kind: "url", url: "gs://b/x", mediaType: "application/pdf" } },
    ]);
  });
});

describe("signatures", () => {
  const claude = { origin: "anthropic", kind: "signature", value: "EuYB+/==" } as const;

  test("R25 of Gemini's own stay on their parts and are not joined", () => {
    const parts = [
      { text: "First.", thought: true, thoughtSignature: "b25l" },
      { text: "Second." },
      { text: "", thoughtSignature: "dHdv" },
      { functionCall: { id: "1", name: "f", args: {} }, thoughtSignature: "dGhyZWU=" },
    ];
    const body = { contents: [user({ text: "?" }), model(...parts)] };
    expect(roundTrip(body)["contents"]).toEqual(body.contents);
  });

  test("R24 of another maker survive both alphabets of base64 and become its state again", () => {
    const carried = writeSignature(claude);
    expect(carried).toMatch(/^[A-Za-z0-9+/]+=*$/);
    expect(readSignature(carried)).toEqual(claude);
    expect(readSignature(Buffer.from(carried, "base64").toString("base64url"))).toEqual(claude);
  });

  test("R24 behind a thought in pieces sign all of it", () => {
    const pieces = [
      { text: "Let me ", thought: true },
      { text: "think.", thought: true },
      { text: "", thought: true, thoughtSignature: writeSignature(claude) },
    ];
    const expected = [{ type: "reasoning" as const, text: "Let me think.", state: claude }];
    expect(readContents(user({ text: "?" }), model(...pieces))[1]?.blocks).toEqual(expected);
    expect(readContents(user({ text: "?" }), ...pieces.map((piece) => model(piece)))[1]?.blocks).toEqual(expected);
  });

  test("for redacted reasoning stay a block of their own", () => {
    const redacted = { origin: "anthropic", kind: "redacted", value: "x" } as const;
    const [turn] = readContents(
      model({ text: "a", thought: true }, { text: "", thought: true, thoughtSignature: writeSignature(redacted) }),
    );
    expect(turn?.blocks).toEqual([
      { type: "reasoning", text: "a" },
      { type: "reasoning", text: "", state: redacted },
    ]);
  });

  test("R27 of another maker never reach Gemini: the call gets the sentinel, the thought stays behind", () => {
    const body = {
      contents: [
        user({ text: "?" }),
        model(
          { text: "Thinking.", thought: true, thoughtSignature: writeSignature(claude) },
          { functionCall: { id: "1", name: "f", args: {} } },
        ),
      ],
    };
    expect(client.isForeign?.(body)).toBe(true);
    const { body: written, lost } = writeRequest(read(body), target({ thoughtSignatures: "required" }));
    expect((written["contents"] as JsonObject[])[1]).toEqual(
      model({
        functionCall: { id: "1", name: "f", args: {} },
        thoughtSignature: "skip_thought_signature_validator",
      }),
    );
    expect(lost).toEqual(["contents.parts.thought"]);
  });

  test("R27 that say there is none say nothing: a provider that cannot be told of them loses nothing", () => {
    const call = {
      functionCall: { id: "1", name: "f", args: {} },
      thoughtSignature: "skip_thought_signature_validator",
    };
    expect(readContents(user({ text: "?" }), model(call))[1]?.blocks).toEqual([
      { type: "tool-call", id: "1", name: "f", argumentsText: "{}", argumentsKind: "json" },
    ]);
    expect(client.isForeign?.({ contents: [model(call)] })).toBe(false);
  });

  test("of Gemini's own let the body pass as it is", () => {
    expect(client.isForeign?.(recorded["thinking"]!)).toBe(false);
  });
});

describe("settings", () => {
  const config = (generationConfig: JsonObject) => read({ contents: [], generationConfig });

  test("a schema of Google's becomes JSON Schema, and the client's own object stays as it was", () => {
    const responseSchema: JsonObject = {
      type: "OBJECT",
      properties: {
        name: { type: "STRING", nullable: true, format: "enum", enum: ["a", "b"] },
        list: { type: "ARRAY", minItems: "2", items: { type: "INTEGER" } },
      },
      propertyOrdering: ["name", "list"],
    };
    const before = structuredClone(responseSchema);
    expect(config({ responseMimeType: "application/json", responseSchema }).output).toEqual({
      kind: "schema",
      schema: {
        type: "object",
        properties: {
          name: { type: ["string", "null"], enum: ["a", "b", null] },
          list: { type: "array", minItems: 2, items: { type: "integer" } },
        },
      },
    });
    expect(responseSchema).toEqual(before);
  });

  test.each([
    [{ thinkingBudget: 0 }, { mode: "off", includeText: false }],
    [{ thinkingBudget: -1 }, { budgetTokens: -1, mode: "adaptive", includeText: false }],
    [
      { thinkingLevel: "HIGH", includeThoughts: true },
      { effort: "high", includeText: true },
    ],
  ])("thinkingConfig %j is read", (thinkingConfig, reasoning) => {
    expect(config({ thinkingConfig }).reasoning).toEqual(reasoning as never);
  });

  test.each([
    [{ mode: "AUTO" }, { mode: "auto" }],
    [{ mode: "ANY" }, { mode: "required" }],
    [
      { mode: "ANY", allowedFunctionNames: ["f", "g"] },
      { mode: "allowed", names: ["f", "g"], required: true },
    ],
    [
      { mode: "VALIDATED", allowedFunctionNames: ["f"] },
      { mode: "allowed", names: ["f"], required: false },
    ],
    [{ mode: "NONE" }, { mode: "none" }],
  ])("the choice %j is read", (functionCallingConfig, choice) => {
    expect(read({ contents: [], toolConfig: { functionCallingConfig } }).toolChoice).toEqual(choice as never);
  });

  test("log probabilities, modalities, tier and an enumeration are read or kept", () => {
    const request = read({
      contents: [],
      serviceTier: "standard",
      generationConfig: {
        responseLogprobs: true,
        logprobs: 3,
        responseModalities: ["TEXT", "IMAGE"],
        responseMimeType: "text/x.enum",
        responseSchema: { type: "STRING", enum: ["a"] },
      },
    });
    expect(request).toMatchObject({ logprobs: { top: 3 }, modalities: ["text", "image"], serviceTier: "default" });
    expect(request.extra.gemini).toEqual({
      generationConfig: { responseMimeType: "text/x.enum", responseSchema: { type: "STRING", enum: ["a"] } },
    });
  });
});

test.each([
  [{}, "contents"],
  [{ contents: "hi" }, "contents"],
  [{ contents: [{ role: "assistant", parts: [] }] }, "contents[0].role"],
  [{ contents: [user({ text: 1 })] }, "contents[0].parts[0].text"],
  [{ contents: [user({ functionResponse: { response: {} } })] }, "contents[0].parts[0].functionResponse.name"],
  [{ contents: [user({ inline_data: { mime_type: 1 } })] }, "contents[0].parts[0].inline_data.mime_type"],
  [{ contents: [], generationConfig: { topK: "40" } }, "generationConfig.topK"],
  [
    { contents: [], tools: [{ functionDeclarations: [{ description: "x" }] }] },
    "tools[0].functionDeclarations[0].name",
  ],
])("the body %j is refused, naming %s", (body, param) => {
  const failure = failureOf(() => client.checkRequest(body as JsonObject));
  expect(failure).toMatchObject({ status: 400, param });
  expect(failureOf(() => read(body as JsonObject)).param).toBe(param);
});
