// Recorded replies of three dialects through the gateway, read by Google's own SDK and compared with each maker's SDK.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { type GenerateContentResponse, GoogleGenAI, type Part } from "@google/genai";
import OpenAI from "openai";
import { streams, wholeReplies, wireText } from "../support/corpus.ts";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { type Seen, seenInStream, seenWhole } from "../support/seen.ts";

let gateway: MockGateway;
let google: GoogleGenAI;
/** The makers' SDKs, reading straight from the recordings. */
let openai: OpenAI;
let anthropic: Anthropic;

beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["openai", "anthropic", "gemini"] });
  google = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: gateway.origin } });
  openai = new OpenAI({ apiKey: "none", maxRetries: 0, baseURL: `${gateway.mockOrigin}/v1` });
  anthropic = new Anthropic({ apiKey: "none", maxRetries: 0, baseURL: gateway.mockOrigin });
});
afterAll(() => gateway[Symbol.asyncDispose]());

const question = "The mock does not read this.";

type Meaning = {
  text: string;
  reasoning: string;
  calls: { id: string; name: string; arguments: unknown }[];
  finish: string;
  usage: { input: number; output: number; cacheRead: number } | null;
};

/** What the chunks say; the last count is the count. */
function meaningOf(chunks: readonly GenerateContentResponse[]): Meaning {
  const parts: Part[] = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const textOf = (thought: boolean) =>
    parts.map((part) => ((part.thought ?? false) === thought ? (part.text ?? "") : "")).join("");
  const reasons = chunks.flatMap((chunk) => chunk.candidates?.[0]?.finishReason ?? []);
  expect(reasons).toHaveLength(1);
  const counts = chunks.at(-1)?.usageMetadata;
  return {
    text: textOf(false),
    reasoning: textOf(true),
    calls: parts.flatMap(({ functionCall }) =>
      functionCall ? [{ id: functionCall.id!, name: functionCall.name!, arguments: functionCall.args }] : [],
    ),
    finish: reasons[0]!,
    usage: counts
      ? {
          input: counts.promptTokenCount ?? 0,
          output: (counts.candidatesTokenCount ?? 0) + (counts.thoughtsTokenCount ?? 0),
          cacheRead: counts.cachedContentTokenCount ?? 0,
        }
      : null,
  };
}

async function readStream(model: string): Promise<Meaning> {
  const chunks: GenerateContentResponse[] = [];
  for await (const chunk of await google.models.generateContentStream({ model, contents: question }))
    chunks.push(chunk);
  return meaningOf(chunks);
}

async function readWhole(model: string): Promise<Meaning> {
  return meaningOf([await google.models.generateContent({ model, contents: question })]);
}

/** translation.md B6: column CC to column GM. */
const reasonOfFinish: { readonly [finish: string]: string } = {
  stop: "STOP",
  tool_calls: "STOP",
  length: "MAX_TOKENS",
  content_filter: "SAFETY",
};

function fromChat({ text, reasoning, refusal, calls, finish, usage }: Seen): Meaning {
  return {
    text: text + (refusal ?? ""),
    reasoning,
    calls,
    finish: reasonOfFinish[finish]!,
    usage: usage && { input: usage.input, output: usage.output, cacheRead: usage.cacheRead },
  };
}

/** Recordings that their own SDK cannot put together, and one that is an error (test/relays/corpus-openai-chat.test.ts). */
const unreadable = [
  "mistral/mistral-incremental-tool-call",
  "mistral/mistral-tool-call",
  "openai-compatible/anthropic-fallback-tool-call",
];
const recordedError = "openai/reasoning-model-legacy-parameter-error";
const chatStreams = streams("openai-chat").map(({ name }) => name);
const chatWhole = wholeReplies("openai-chat").map(({ name }) => name);

describe("a Chat Completions provider behind Gemini's dialect", () => {
  test.each(chatStreams.filter((name) => !unreadable.includes(name)))(
    "the stream %s means what it means there",
    async (name) => {
      expect(await readStream(`openai/${name}`)).toEqual(fromChat((await seenInStream(openai, name)).seen));
    },
  );

  test.each(chatWhole.filter((name) => name !== recordedError))("the whole reply %s means the same", async (name) => {
    expect(await readWhole(`openai/${name}`)).toEqual(fromChat((await seenWhole(openai, name)).seen));
  });
});

/** translation.md B6: column AM to column GM. */
const reasonOfStop: { readonly [reason: string]: string } = {
  end_turn: "STOP",
  stop_sequence: "STOP",
  tool_use: "STOP",
  max_tokens: "MAX_TOKENS",
  model_context_window_exceeded: "MAX_TOKENS",
  refusal: "SAFETY",
  pause_turn: "OTHER",
};

function fromMessage({ content, stop_reason: reason, usage }: Anthropic.Message): Meaning {
  const cacheRead = usage.cache_read_input_tokens ?? 0;
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    calls: content.flatMap((block) =>
      block.type === "tool_use" ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
    ),
    finish: reasonOfStop[reason ?? ""]!,
    usage: {
      input: usage.input_tokens + cacheRead + (usage.cache_creation_input_tokens ?? 0),
      output: usage.output_tokens,
      cacheRead,
    },
  };
}

const ask = { max_tokens: 100, messages: [{ role: "user" as const, content: question }] };
/** Its SDK puts together the streams that end as they should and hold one message. */
const messageStreams = streams("anthropic-messages").filter((recording) => {
  const wire = wireText(recording);
  return (
    wire.endsWith("\n\n") &&
    wire.split("event: message_start").length === 2 &&
    wire.split("event: message_stop").length === 2
  );
});

describe("a Messages provider behind Gemini's dialect", () => {
  test.each(messageStreams.map(({ name }) => name))("the stream %s means what it means there", async (name) => {
    const message = await anthropic.messages.stream({ model: name, ...ask }).finalMessage();
    expect(await readStream(`anthropic/${name}`)).toEqual(fromMessage(message));
  });

  test.each(wholeReplies("anthropic-messages").map(({ name }) => name))(
    "the whole reply %s means the same",
    async (name) => {
      const message = await anthropic.messages.create({ model: name, ...ask });
      expect(await readWhole(`anthropic/${name}`)).toEqual(fromMessage(message));
    },
  );
});

const ownBody = JSON.stringify({ contents: [{ role: "user", parts: [{ text: question }] }] });
const post = (path: string, body = ownBody) => fetch(gateway.origin + path, { method: "POST", body });

describe("a Gemini provider behind Gemini's dialect", () => {
  test.each(streams("gemini").map(({ name }) => name))(
    "the stream %s keeps its bytes, and the array its chunks",
    async (name) => {
      const wire = wireText(streams("gemini").find((found) => found.name === name)!);
      const path = `/v1beta/models/gemini/${name}:streamGenerateContent`;
      const response = await post(`${path}?alt=sse`);
      expect(await response.text()).toBe(wire);
      expect(response.headers.get("x-sluice-translation")).toBe("native");
      const chunks = wire.split("\r\n\r\n").filter((frame) => frame !== "");
      const array = await post(path);
      expect(array.headers.get("content-type")).toStartWith("application/json");
      expect(await array.json()).toEqual(chunks.map((frame) => JSON.parse(frame.replace(/^data: /, ""))));
    },
  );

  test.each(wholeReplies("gemini"))("the whole reply $name is left as it is", async ({ name, path }) => {
    const response = await post(`/v1beta/models/gemini/${name}:generateContent`);
    expect(await response.json()).toEqual(await Bun.file(path).json());
  });

  test("the request passes as it came, without a model in its body", async () => {
    await post("/v1beta/models/gemini/google/google-reasoning:generateContent");
    const { path, body } = await gateway.lastSent();
    expect(body).toEqual(JSON.parse(ownBody));
    expect(decodeURIComponent(path)).toEndWith("/models/google/google-reasoning:generateContent");
  });
});
