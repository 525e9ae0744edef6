// The four client dialects as a test sees them: how each asks, and in which one way its answer ended.
import { expect } from "bun:test";

/** A full answer, or one typed error: before anything (a status) or at the end of a stream that has begun. */
export type Ending =
  | { kind: "answer"; text: string }
  | { kind: "error"; status: number; text: string; retryAfter: string | null };

export type Client = {
  name: string;
  dialect: string;
  path: (model: string, stream: boolean) => string;
  body: (model: string, stream: boolean) => unknown;
  /** Text of a whole reply; checks that it is complete. */
  whole: (body: never) => string;
  /** The type of an error body; undefined where it is none of this dialect's. */
  errorType: (body: never) => string | undefined;
  /** Text of the frames so far, whether they ended as an answer, and whether with an error. */
  stream: (frames: readonly { event: string; data: string }[]) => { text: string; answers: number; errors: number };
};

const user = "Say hello";
type Json = { [key: string]: never };

const chat: Client = {
  name: "chat",
  dialect: "openai-chat",
  path: () => "/v1/chat/completions",
  body: (model, stream) => ({ model, stream, messages: [{ role: "user", content: user }] }),
  whole: (body: { choices: { message: { content: string }; finish_reason: string }[] }) => {
    expect(body.choices[0]?.finish_reason).toBe("stop");
    return body.choices[0]?.message.content ?? "";
  },
  errorType: (body: { error?: { type?: string; message?: string } }) => body.error?.message && body.error.type,
  stream: (frames) => {
    const chunks = frames.filter(({ data }) => data !== "[DONE]").map(({ data }) => JSON.parse(data) as ChatChunk);
    expect(frames.filter(({ data }) => data === "[DONE]").length).toBe(1);
    return {
      text: chunks.map((chunk) => chunk.choices?.[0]?.delta?.content ?? "").join(""),
      answers: chunks.filter((chunk) => chunk.choices?.[0]?.finish_reason).length,
      errors: chunks.filter((chunk) => chunk.error?.type).length,
    };
  },
};
type ChatChunk = {
  error?: { type?: string };
  choices?: { delta?: { content?: string }; finish_reason?: string | null }[];
};

const responses: Client = {
  name: "responses",
  dialect: "openai-responses",
  path: () => "/v1/responses",
  body: (model, stream) => ({ model, stream, input: user }),
  whole: (body: { status: string; output: { type: string; content?: { text: string }[] }[] }) => {
    expect(body.status).toBe("completed");
    return body.output.flatMap(({ content }) => content?.map(({ text }) => text) ?? []).join("");
  },
  errorType: chat.errorType,
  stream: (frames) => {
    const events = frames.filter(({ data }) => data.startsWith("{")).map(({ data }) => JSON.parse(data) as Json);
    return {
      text: events.map((event) => (event["type"] === "response.output_text.delta" ? event["delta"] : "")).join(""),
      answers: events.filter((event) => event["type"] === "response.completed").length,
      errors: events.filter((event) => event["type"] === "response.failed").length,
    };
  },
};

const messages: Client = {
  name: "messages",
  dialect: "anthropic-messages",
  path: () => "/v1/messages",
  body: (model, stream) => ({ model, stream, max_tokens: 100, messages: [{ role: "user", content: user }] }),
  whole: (body: { stop_reason: string; content: { text: string }[] }) => {
    expect(body.stop_reason).toBe("end_turn");
    return body.content.map(({ text }) => text).join("");
  },
  errorType: (body: { type?: string; error?: { type?: string } }) =>
    body.type === "error" ? body.error?.type : undefined,
  stream: (frames) => ({
    text: frames
      .filter(({ event }) => event === "content_block_delta")
      .map(({ data }) => (JSON.parse(data) as { delta: { text?: string } }).delta.text ?? "")
      .join(""),
    answers: frames.filter(({ event }) => event === "message_stop").length,
    errors: frames.filter(({ event }) => event === "error").length,
  }),
};

type GeminiChunk = {
  error?: { status?: string };
  candidates?: { content?: { parts?: { text?: string }[] }; finishReason?: string }[];
};
const geminiText = (chunk: GeminiChunk) =>
  chunk.candidates?.[0]?.content?.parts?.map(({ text }) => text ?? "").join("") ?? "";

const gemini: Client = {
  name: "gemini",
  dialect: "gemini",
  path: (model, stream) => `/v1beta/models/${model}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  body: () => ({ contents: [{ role: "user", parts: [{ text: user }] }] }),
  whole: (body: GeminiChunk) => {
    expect(body.candidates?.[0]?.finishReason).toBe("STOP");
    return geminiText(body);
  },
  errorType: (body: GeminiChunk) => body.error?.status,
  stream: (frames) => {
    const chunks = frames.map(({ data }) => JSON.parse(data) as GeminiChunk);
    return {
      text: chunks.map(geminiText).join(""),
      answers: chunks.filter((chunk) => chunk.candidates?.[0]?.finishReason).length,
      errors: chunks.filter((chunk) => chunk.error?.status).length,
    };
  },
};

export const clients: readonly Client[] = [chat, responses, messages, gemini];

function framesOf(text: string): { event: string; data: string }[] {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n\n")
    .flatMap((frame) => {
      const lines = frame.split("\n");
      const data = lines.filter((line) => line.startsWith("data:")).map((line) => line.slice(5).trim());
      const event =
        lines
          .find((line) => line.startsWith("event:"))
          ?.slice(6)
          .trim() ?? "";
      return data.length === 0 ? [] : [{ event, data: data.join("\n") }];
    });
}

export type Question = {
  client: Client;
  /** Of the gateway. */
  url: string;
  model: string;
  stream: boolean;
  /** The answer has a status: of a stream with output, that output has been read. */
  onStatus?: () => void;
};

/** Asks, reads to the end, and checks that it ended in exactly one way. */
export async function ask({ client, url, model, stream, onStatus }: Question): Promise<Told> {
  const response = await fetch(url + client.path(model, stream), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(client.body(model, stream)),
  });
  onStatus?.();
  const { status, headers } = response;
  const told = {
    attempts: headers.get("x-sluice-attempts")?.split(" ")[0],
    provider: headers.get("x-sluice-provider"),
    isNative: headers.get("x-sluice-translation") === "native",
  };
  const retryAfter = headers.get("retry-after");
  const text = await response.text();
  if (status !== 200) {
    expect(client.errorType(JSON.parse(text) as never)).toEqual(expect.stringMatching(/\w/));
    return { kind: "error", status, text: "", retryAfter, ...told };
  }
  if (!stream) return { kind: "answer", text: client.whole(JSON.parse(text) as never), ...told };
  const seen = client.stream(framesOf(text));
  expect([client.name, Math.min(1, seen.answers) + seen.errors]).toEqual([client.name, 1]);
  return seen.errors === 1
    ? { kind: "error", status: 200, text: seen.text, retryAfter, ...told }
    : { kind: "answer", text: seen.text, ...told };
}

type Told = Ending & { attempts: string | undefined; provider: string | null; isNative: boolean };
