// The executable between unmodified SDKs and a host that plays replies in six dialects: what each SDK is told, what leaves for
// each host, how failures arrive, and that a client that goes takes its call with it.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { ApiError, GoogleGenAI } from "@google/genai";
import { APICallError, generateText, jsonSchema, Output, streamText, type ToolSet } from "ai";
import OpenAI from "openai";
import { type Running, startGateway } from "../support/binary.ts";
import { findPlayed, finishes, hanging, modelOf, openReplayHost, type ReplayHost } from "../support/replay-host.ts";
import { type Reader, readChat, readCohere, readGemini, readMessages, readResponses } from "../support/told.ts";
import { readConverse } from "../support/told-converse.ts";
import { readVercel, vercelModels } from "../support/told-vercel.ts";
import { failing } from "../support/written-replies.ts";

let host: ReplayHost;
let gateway: Running;

beforeAll(async () => {
  host = openReplayHost();
  const environment: { [name: string]: string } = {
    SLUICE_LOG_LEVEL: "error",
    BEDROCK_REGION: "eu-west-1",
    // Streams that break off on purpose are not asked for again, and do not take their models out.
    SLUICE_CIRCUIT_BREAKER_ENABLED: "false",
    SLUICE_RETRY_MAX_RETRIES: "0",
  };
  for (const prefix of ["OPENAI", "OPENAI_COMPATIBLE", "ANTHROPIC", "GEMINI", "COHERE", "BEDROCK"]) {
    environment[`${prefix}_API_KEY`] = "unused";
    environment[`${prefix}_BASE_URL`] = host.origin;
  }
  gateway = await startGateway(environment);
}, 60_000);

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await host?.[Symbol.asyncDispose]();
});

const clients: { readonly [name: string]: Reader } = {
  "openai chat": readChat,
  "openai responses": readResponses,
  anthropic: readMessages,
  "google genai": readGemini,
  ...Object.fromEntries(Object.keys(vercelModels).map((name) => [name, readVercel(name)])),
};

/** Where each dialect is played, and the SDK that reads it there. OpenAI serves `codex-…` on Responses alone. */
const upstreams = {
  chat: { prefix: "openai-compatible/", read: readChat },
  responses: { prefix: "openai/codex-", read: readResponses },
  messages: { prefix: "anthropic/", read: readMessages },
  gemini: { prefix: "gemini/", read: readGemini },
  cohere: { prefix: "cohere/", read: readCohere },
  bedrock: { prefix: "bedrock/", read: readConverse },
} as const;
const prefixes = Object.values(upstreams).map(({ prefix }) => prefix);

/**
 * What a reply shows, in which dialect, and its name: recorded, or written by hand where no recording shows it. Without
 * `only` it is played streamed and whole.
 */
type Shown = readonly [shows: string, played: keyof typeof upstreams, name: string, only?: "streamed" | "whole"];
const shown: readonly Shown[] = [
  ["text", "chat", "openai/openai-text"],
  ["text", "responses", "azure/azure-text.1"],
  ["text", "messages", "anthropic/anthropic-message-delta-input-tokens", "streamed"],
  ["text", "messages", "recorded-anthropic/messages", "whole"],
  ["text", "gemini", "google/google-reasoning"],
  ["text", "cohere", "cohere/cohere-text"],
  ["text", "bedrock", "amazon-bedrock/amazon-bedrock-text"],
  ["a tool", "chat", "recorded-openai/chat_with_tools", "whole"],
  ["a tool", "chat", "groq/groq-tool-call"],
  ["a tool", "responses", "azure/azure-tool-call.1"],
  ["a tool", "messages", "anthropic/anthropic-json-other-tool.1"],
  ["a tool", "gemini", "written/one-call"],
  ["a tool", "cohere", "written/one-call"],
  ["a tool", "bedrock", "amazon-bedrock/amazon-bedrock-json-other-tool.1"],
  ["a tool without arguments", "messages", "anthropic/anthropic-tool-no-args"],
  ["a tool without arguments", "bedrock", "amazon-bedrock/amazon-bedrock-tool-no-args"],
  ["parallel tools", "chat", "written/two-calls"],
  ["parallel tools", "responses", "written/two-calls"],
  ["parallel tools", "messages", "written/two-calls"],
  ["parallel tools", "gemini", "written/two-calls"],
  ["parallel tools", "cohere", "cohere/cohere-tool-call"],
  ["parallel tools", "bedrock", "amazon-bedrock/amazon-bedrock-json-with-tool.1", "whole"],
  ["parallel tools", "bedrock", "written/two-calls"],
  ["thinking", "chat", "deepseek/deepseek-reasoning"],
  ["thinking", "responses", "openai/openai-reasoning-encrypted-content.1", "whole"],
  ["thinking", "messages", "anthropic/anthropic-clear-thinking.1"],
  ["thinking", "gemini", "google/google-reasoning-gemini3"],
  ["thinking", "cohere", "cohere/cohere-reasoning"],
  ["thinking", "bedrock", "amazon-bedrock/amazon-bedrock-reasoning"],
  ["structured output", "chat", "recorded-openai/chat_json_mode", "whole"],
  ["structured output", "chat", "written/json", "streamed"],
  ["structured output", "responses", "written/json"],
  ["structured output", "messages", "anthropic/anthropic-json-output-format.1"],
  ["structured output", "gemini", "written/json"],
  ["structured output", "cohere", "written/json"],
  ["structured output", "bedrock", "written/json"],
];

const cases = shown.flatMap(([shows, played, name, only]) =>
  (only ? [only] : (["streamed", "whole"] as const)).map((form) => ({ shows, played, name, form })),
);

describe.each(Object.keys(clients))("%s is told", (client) => {
  test.each(cases)("$shows as $played says it: $name, $form", async ({ played, name, form }) => {
    const [model, stream] = [modelOf(name), form === "streamed"];
    const { prefix, read } = upstreams[played];
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

/** Whole replies that any request may get. */
const targets = [
  "openai-compatible/recorded-openai~chat_with_tools",
  "openai/codex-azure~azure-tool-call.1",
  "anthropic/recorded-anthropic~messages_with_tools",
  "gemini/google~google-reasoning",
  "cohere/cohere~cohere-text",
  "bedrock/amazon-bedrock~amazon-bedrock-text",
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

/** SDKs throw errors, and Vercel's what stood in the stream. */
const wordsOf = (cause: unknown): string => (cause instanceof Error ? cause.message : JSON.stringify(cause));

const brokenOff = [
  ["chat", "recorded-groq/chat_completion_stream"],
  ["responses", "azure/azure-text.1"],
  ["messages", "anthropic/anthropic-json-other-tool.1"],
  ["gemini", "google/google-reasoning"],
  ["cohere", "cohere/cohere-text"],
  ["bedrock", "amazon-bedrock/amazon-bedrock-tool-no-args"],
] as const;

describe.each(Object.keys(clients))("%s is told of a failure", (client) => {
  const fail = async (model: string, stream: boolean) => {
    const reading = (clients[client] as Reader)({ origin: gateway.origin, model, stream });
    return statusOf(await reading.then(() => undefined).catch((cause: unknown) => cause));
  };

  test.each(prefixes)("that %s answers with, by its status, before a stream as well", async (prefix) => {
    expect([await fail(`${prefix}nobody`, false), await fail(`${prefix}nobody`, true)]).toEqual([404, 404]);
  });

  test("of its own, when no provider has the model", async () => {
    expect(await fail("no-such-model", false)).toBe(404);
  });

  test.each(prefixes)("that %s tells in the middle of a stream, in its words", async (prefix) => {
    const model = prefix + modelOf(failing);
    const reading = (clients[client] as Reader)({ origin: gateway.origin, model, stream: true });
    expect(await reading.then(() => "a message", wordsOf)).toContain("Slow down.");
  });

  test.each(brokenOff)("in a stream of %s, after any of its events", async (played, name) => {
    const { events } = findPlayed(played, modelOf(name), true)!;
    const finish = events.findIndex((event) => finishes[played].test(event));
    expect(finish).toBeGreaterThan(0);
    for (let cut = 0; cut <= finish; cut++) {
      const model = upstreams[played].prefix + modelOf(name, cut);
      const reading = (clients[client] as Reader)({ origin: gateway.origin, model, stream: true });
      const words = await reading.then(() => "a message", wordsOf);
      expect(words).toMatch(/ended .*before .* complete/);
    }
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
  test.each(prefixes)("takes its call of %s with it", async (prefix) => {
    const controller = new AbortController();
    const before = host.bodies.length;
    const leaving = leavers[client]!(prefix + hanging, controller.signal).catch((cause: unknown) => cause);
    while (host.bodies.length === before) await Bun.sleep(1);
    controller.abort();
    expect(await leaving).toBeInstanceOf(Error);
    await host.left();
  });
});
