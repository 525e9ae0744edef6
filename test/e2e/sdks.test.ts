// The executable between unmodified SDKs and hosts that play recordings in five dialects: what each SDK is told, what leaves for
// each host, how failures arrive, and that a client that goes takes its call with it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import { APICallError, generateText, jsonSchema, Output, streamText, type ToolSet } from "ai";
import OpenAI from "openai";
import { buildIfMissing, gatewayReady, type Running, removeScratch, scratch, start } from "../support/binary.ts";
import { hanging, modelOf, openReplayHost, type ReplayHost } from "../support/replay-host.ts";
import { type Reader, readChat, readCohere, readGemini, readMessages, readResponses } from "../support/told.ts";
import { readVercel, vercelModels } from "../support/told-vercel.ts";

let directory: string;
let host: ReplayHost;
let gateway: Running;

beforeAll(async () => {
  buildIfMissing();
  directory = scratch();
  host = openReplayHost();
  const environment: { [name: string]: string } = { SLUICE_LOG_LEVEL: "error" };
  for (const prefix of ["OPENAI", "OPENAI_COMPATIBLE", "ANTHROPIC", "GEMINI", "COHERE"]) {
    environment[`${prefix}_API_KEY`] = "unused";
    environment[`${prefix}_BASE_URL`] = host.origin;
  }
  gateway = await start({ arguments: ["--port", "0"], directory, environment, ready: gatewayReady });
}, 60_000);

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await host?.[Symbol.asyncDispose]();
  removeScratch(directory);
});

const clients: { readonly [name: string]: Reader } = {
  "openai chat": readChat,
  "openai responses": readResponses,
  anthropic: readMessages,
  "google genai": readGemini,
  ...Object.fromEntries(Object.keys(vercelModels).map((name) => [name, readVercel(name)])),
};

/** What a recording shows, where it is played, and the SDK that reads it there. `forms`: s for the stream, w for the whole. */
const shown = [
  { shows: "text", prefix: "openai-compatible/", name: "openai/openai-text", read: readChat, forms: "sw" },
  { shows: "text", prefix: "openai/codex-", name: "azure/azure-text.1", read: readResponses, forms: "sw" },
  {
    shows: "text",
    prefix: "anthropic/",
    name: "anthropic/anthropic-message-delta-input-tokens",
    read: readMessages,
    forms: "s",
  },
  { shows: "text", prefix: "anthropic/", name: "recorded-anthropic/messages", read: readMessages, forms: "w" },
  { shows: "text", prefix: "cohere/", name: "cohere/cohere-text", read: readCohere, forms: "sw" },
  {
    shows: "a tool",
    prefix: "openai-compatible/",
    name: "recorded-openai/chat_with_tools",
    read: readChat,
    forms: "w",
  },
  { shows: "a tool", prefix: "openai-compatible/", name: "groq/groq-tool-call", read: readChat, forms: "sw" },
  { shows: "a tool", prefix: "openai/codex-", name: "azure/azure-tool-call.1", read: readResponses, forms: "sw" },
  {
    shows: "a tool",
    prefix: "anthropic/",
    name: "anthropic/anthropic-json-other-tool.1",
    read: readMessages,
    forms: "sw",
  },
  {
    shows: "a tool without arguments",
    prefix: "anthropic/",
    name: "anthropic/anthropic-tool-no-args",
    read: readMessages,
    forms: "sw",
  },
  { shows: "parallel tools", prefix: "cohere/", name: "cohere/cohere-tool-call", read: readCohere, forms: "sw" },
  { shows: "thinking", prefix: "openai-compatible/", name: "deepseek/deepseek-reasoning", read: readChat, forms: "sw" },
  {
    shows: "thinking",
    prefix: "openai/codex-",
    name: "openai/openai-reasoning-encrypted-content.1",
    read: readResponses,
    forms: "w",
  },
  {
    shows: "thinking",
    prefix: "anthropic/",
    name: "anthropic/anthropic-clear-thinking.1",
    read: readMessages,
    forms: "sw",
  },
  { shows: "thinking", prefix: "gemini/", name: "google/google-reasoning", read: readGemini, forms: "sw" },
  { shows: "thinking", prefix: "gemini/", name: "google/google-reasoning-gemini3", read: readGemini, forms: "sw" },
  { shows: "thinking", prefix: "cohere/", name: "cohere/cohere-reasoning", read: readCohere, forms: "sw" },
  {
    shows: "structured output",
    prefix: "openai-compatible/",
    name: "recorded-openai/chat_json_mode",
    read: readChat,
    forms: "w",
  },
  {
    shows: "structured output",
    prefix: "anthropic/",
    name: "anthropic/anthropic-json-output-format.1",
    read: readMessages,
    forms: "sw",
  },
] as const;

const cases = shown.flatMap((each) =>
  [...each.forms].map((form) => ({ ...each, stream: form === "s", form: form === "s" ? "streamed" : "whole" })),
);

describe.each(Object.keys(clients))("%s is told", (client) => {
  test.each(cases)("$shows as $prefix says it: $name, $form", async ({ prefix, name, read, stream }) => {
    const model = modelOf(name);
    const source = await read({ origin: host.origin, model, stream });
    const told = await (clients[client] as Reader)({ origin: gateway.origin, model: prefix + model, stream });
    const finish = source.calls.length > 0 ? "calls" : source.finish;
    // Vercel's provider of Chat Completions reads no reasoning.
    const reasoning = client === "vercel openai chat" ? "" : source.reasoning;
    expect(told).toEqual({ ...source, finish, reasoning });
  });
});

const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const schema = {
  type: "object" as const,
  properties: { colour: { type: "string" } },
  required: ["colour"],
  additionalProperties: false,
};
const words = "Which colour is this?";

type Sender = (origin: string, model: string) => Promise<unknown>;
const openai = (origin: string) => new OpenAI({ baseURL: `${origin}/v1`, apiKey: "unused", maxRetries: 0 });
const anthropic = (origin: string) => new Anthropic({ baseURL: origin, apiKey: "unused", maxRetries: 0 });
const google = (origin: string) => new GoogleGenAI({ apiKey: "unused", httpOptions: { baseUrl: origin } });

/** An image, a tool and a wanted form of the answer, as each SDK says them. */
const senders: { readonly [client: string]: Sender } = {
  "openai chat": (origin, model) =>
    openai(origin).chat.completions.create({
      model,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: words },
            { type: "image_url", image_url: { url: `data:image/png;base64,${png}` } },
          ],
        },
      ],
      tools: [{ type: "function", function: { name: "look_closer", parameters: schema } }],
      response_format: { type: "json_schema", json_schema: { name: "answer", schema, strict: true } },
    }),
  "openai responses": (origin, model) =>
    openai(origin).responses.create({
      model,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: words },
            { type: "input_image", image_url: `data:image/png;base64,${png}`, detail: "auto" },
          ],
        },
      ],
      tools: [{ type: "function", name: "look_closer", parameters: schema, strict: true }],
      text: { format: { type: "json_schema", name: "answer", schema, strict: true } },
    }),
  anthropic: (origin, model) =>
    anthropic(origin).messages.create({
      model,
      max_tokens: 1000,
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: words },
            { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
          ],
        },
      ],
      tools: [{ name: "look_closer", input_schema: schema }],
      output_config: { format: { type: "json_schema", schema } },
    }),
  "google genai": (origin, model) =>
    google(origin).models.generateContent({
      model,
      contents: [{ role: "user", parts: [{ text: words }, { inlineData: { mimeType: "image/png", data: png } }] }],
      config: {
        tools: [{ functionDeclarations: [{ name: "look_closer", parametersJsonSchema: schema }] }],
        responseMimeType: "application/json",
        responseJsonSchema: schema,
      },
    }),
  ...Object.fromEntries(
    Object.entries(vercelModels).map(([name, open]): [string, Sender] => [
      name,
      (origin, model) =>
        generateText({
          model: open(origin, model),
          maxRetries: 0,
          messages: [
            {
              role: "user",
              content: [
                { type: "text", text: words },
                { type: "image", image: Buffer.from(png, "base64"), mediaType: "image/png" },
              ],
            },
          ],
          tools: { look_closer: { inputSchema: jsonSchema(schema) } } as unknown as ToolSet,
          output: Output.object({ schema: jsonSchema(schema) }),
        }),
    ]),
  ),
};

/** Whole replies that any request may get; Cohere takes no tools beside a schema. */
const targets = [
  "openai-compatible/recorded-openai~chat_with_tools",
  "openai/codex-azure~azure-tool-call.1",
  "anthropic/recorded-anthropic~messages_with_tools",
  "gemini/google~google-reasoning",
];

describe.each(Object.keys(senders))("%s sends", (client) => {
  test.each(targets)("an image, a tool and a schema to %s", async (model) => {
    const before = host.bodies.length;
    // What was recorded is no answer of the wanted form: some SDKs say so, after they have read it.
    const outcome: unknown = await (senders[client] as Sender)(gateway.origin, model).catch((cause: unknown) => cause);
    if (outcome instanceof Error) expect(outcome.name).toMatch(/^AI_No(Object|Output)Generated/);
    const sent = host.bodies.slice(before).join();
    for (const part of [words, png, "look_closer", "colour"]) expect(sent).toContain(part);
  });
});

/** The status that an SDK tells of a failure, by its own error class. */
function statusOf(cause: unknown): number | undefined {
  if (cause instanceof OpenAI.APIError || cause instanceof Anthropic.APIError) return cause.status as number;
  if (cause instanceof ApiError) return cause.status;
  return APICallError.isInstance(cause) ? cause.statusCode : undefined;
}

describe.each(Object.keys(clients))("%s is told of a failure", (client) => {
  const fail = async (model: string, stream: boolean) => {
    const reading = (clients[client] as Reader)({ origin: gateway.origin, model, stream });
    return statusOf(await reading.then(() => undefined).catch((cause: unknown) => cause));
  };

  test.each(["openai-compatible/", "openai/codex-", "anthropic/", "gemini/", "cohere/"])(
    "that %s answers with, by its status, before a stream as well",
    async (prefix) => {
      expect([await fail(`${prefix}nobody`, false), await fail(`${prefix}nobody`, true)]).toEqual([404, 404]);
    },
  );

  test("of its own, when no provider has the model", async () => {
    expect(await fail("no-such-model", false)).toBe(404);
  });

  test.each([
    ["openai-compatible/", "openai/openai-text"],
    ["openai/codex-", "azure/azure-text.1"],
    ["anthropic/", "anthropic/anthropic-json-other-tool.1"],
    ["cohere/", "cohere/cohere-text"],
  ])("in the middle of a stream of %s", async (prefix, name) => {
    const model = prefix + modelOf(name, 4);
    const reading = (clients[client] as Reader)({ origin: gateway.origin, model, stream: true });
    const outcome: unknown = await reading.catch((cause: unknown) => cause);
    expect(outcome instanceof Error || statusOf(outcome) !== undefined || "error" in (outcome as object)).toBe(true);
  });
});

/** Begins a stream and gives it up; resolves when the SDK has said so. */
const leavers: { readonly [client: string]: (model: string, signal: AbortSignal) => Promise<unknown> } = {
  "openai chat": (model, signal) =>
    openai(gateway.origin)
      .chat.completions.stream({ model, messages: [{ role: "user", content: words }] }, { signal })
      .finalChatCompletion(),
  "openai responses": (model, signal) =>
    openai(gateway.origin).responses.stream({ model, input: words }, { signal }).finalResponse(),
  anthropic: (model, signal) =>
    anthropic(gateway.origin)
      .messages.stream({ model, max_tokens: 9, messages: [{ role: "user", content: words }] }, { signal })
      .finalMessage(),
  "google genai": async (model, signal) =>
    Array.fromAsync(
      await google(gateway.origin).models.generateContentStream({
        model,
        contents: words,
        config: { abortSignal: signal },
      }),
    ),
  ...Object.fromEntries(
    Object.entries(vercelModels).map(([name, open]) => [
      name,
      async (model: string, abortSignal: AbortSignal) => {
        const { text } = streamText({ model: open(gateway.origin, model), prompt: words, maxRetries: 0, abortSignal });
        return await text;
      },
    ]),
  ),
};

describe.each(Object.keys(leavers))("%s that gives up", (client) => {
  test.each(["openai-compatible/", "openai/codex-", "anthropic/", "gemini/"])(
    "takes its call of %s with it",
    async (prefix) => {
      const controller = new AbortController();
      const before = host.bodies.length;
      const leaving = leavers[client]!(prefix + hanging, controller.signal).catch((cause: unknown) => cause);
      while (host.bodies.length === before) await Bun.sleep(1);
      controller.abort();
      expect(await leaving).toBeInstanceOf(Error);
      await host.left();
    },
  );
});
