// The same short reply on three providers' wires, and the reading of what a Chat client got of it.
import { expect } from "bun:test";

/** How one provider says things. Texts are frames of its stream, complete with their blank line. */
export type Wire = {
  /** Prefix of its variables. */
  prefix: string;
  /** What the client asks for. */
  model: string;
  whole: unknown;
  /** Frames that hold no output yet. */
  opening: readonly string[];
  /** One frame with the text. */
  output: string;
  /** Frames that end the reply. The last one is the terminal marker. */
  ending: readonly string[];
  /** An error inside the stream; says that the host is overloaded. */
  errorFrame: string;
  /** A body of an error with these words. */
  errorBody: (status: number, message: string) => unknown;
  ping: string;
};

const named = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
const framed = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const chatChunk = (delta: object, finish: string | null = null) =>
  framed({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1700000000,
    model: "model-1",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
const chatUsage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

export const openaiWire: Wire = {
  prefix: "OPENAI",
  model: "openai/model-1",
  whole: {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1700000000,
    model: "model-1",
    choices: [{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }],
    usage: chatUsage,
  },
  opening: [chatChunk({ role: "assistant", content: "" })],
  output: chatChunk({ content: "Hello" }),
  ending: [chatChunk({}, "stop"), "data: [DONE]\n\n"],
  errorFrame: framed({ error: { message: "slow down", type: "overloaded_error", code: null } }),
  errorBody: (_status, message) => ({ error: { message, type: "some_error", param: null, code: null } }),
  ping: ": ping\n\n",
};

const claudeUsage = { input_tokens: 3, output_tokens: 2 };

export const anthropicWire: Wire = {
  prefix: "ANTHROPIC",
  model: "anthropic/model-1",
  whole: {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "model-1",
    content: [{ type: "text", text: "Hello" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: claudeUsage,
  },
  opening: [
    named("message_start", {
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "model-1",
        content: [],
        stop_reason: null,
        usage: { input_tokens: 3, output_tokens: 1 },
      },
    }),
    named("content_block_start", { index: 0, content_block: { type: "text", text: "" } }),
  ],
  output: named("content_block_delta", { index: 0, delta: { type: "text_delta", text: "Hello" } }),
  ending: [
    named("content_block_stop", { index: 0 }),
    named("message_delta", { delta: { stop_reason: "end_turn", stop_sequence: null }, usage: claudeUsage }),
    named("message_stop", {}),
  ],
  errorFrame: named("error", { error: { type: "overloaded_error", message: "slow down" } }),
  errorBody: (_status, message) => ({ type: "error", error: { type: "some_error", message } }),
  ping: named("ping", {}),
};

const geminiPart = (parts: object[], finish?: string) =>
  framed({
    responseId: "r1",
    modelVersion: "model-1",
    candidates: [{ index: 0, content: { role: "model", parts }, ...(finish && { finishReason: finish }) }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  });

export const geminiWire: Wire = {
  prefix: "GEMINI",
  model: "gemini/model-1",
  whole: {
    responseId: "r1",
    modelVersion: "model-1",
    candidates: [{ index: 0, content: { role: "model", parts: [{ text: "Hello" }] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 2, totalTokenCount: 5 },
  },
  opening: [],
  output: geminiPart([{ text: "Hello" }]),
  ending: [geminiPart([], "STOP")],
  errorFrame: framed({ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }),
  errorBody: (status, message) => ({ error: { code: status, message, status: "SOME_ERROR" } }),
  ping: ": ping\n\n",
};

export const wires: readonly Wire[] = [openaiWire, anthropicWire, geminiWire];

/** The provider's complete stream. */
export const completeFrames = (wire: Wire): string[] => [...wire.opening, wire.output, ...wire.ending];

export const question = (wire: Wire, stream: boolean) => ({
  model: wire.model,
  stream,
  max_tokens: 100,
  messages: [{ role: "user", content: "Say hello" }],
});

/** What a client got: text, and how it ended. `status` is the HTTP status. */
export type Outcome = { status: number; text: string; error?: { code: string | null; kind: string } };

/** Reads an answer to its end and checks that it ends in exactly one way. */
export async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response;
  const isStream = (response.headers.get("content-type") ?? "").startsWith("text/event-stream");
  if (isStream) return { status, ...readStream(await response.text()) };
  const body = (await response.json()) as { error?: object; error_kind?: string; choices?: WholeChoice[] };
  if (status === 200) {
    const choice = body.choices?.[0];
    expect([body.error, choice?.finish_reason]).toEqual([undefined, "stop"]);
    return { status, text: choice?.message.content ?? "" };
  }
  return { status, text: "", error: readEnvelope(body.error, body.error_kind) };
}

type WholeChoice = { message: { content: string }; finish_reason: string };
type Chunk = { error?: object; choices?: { delta?: { content?: string | null }; finish_reason?: string | null }[] };

function readEnvelope(error: unknown, kind: unknown): { code: string | null; kind: string } {
  const envelope = error as { message: string; type: string; param: string | null; code: string | null };
  expect(envelope).toEqual({
    message: expect.any(String),
    type: expect.stringMatching(
      /^(invalid_request_error|authentication_error|not_found_error|rate_limit_error|provider_error)$/,
    ),
    param: envelope.param === null ? null : expect.any(String),
    code: envelope.code === null ? null : expect.any(String),
  });
  expect(envelope.message).not.toBe("");
  return { code: envelope.code, kind: String(kind) };
}

/** One terminal marker at the end, behind either a finish or one error, never both. */
export function readStream(wireText: string): { text: string; error?: { code: string | null; kind: string } } {
  expect(wireText.endsWith("\n\n")).toBe(true);
  const frames = wireText.split("\n\n").filter((frame) => frame.startsWith("data: "));
  const payloads = frames.map((frame) => frame.slice("data: ".length));
  expect([payloads.at(-1), payloads.filter((payload) => payload === "[DONE]").length]).toEqual(["[DONE]", 1]);
  const chunks = payloads.slice(0, -1).map((payload) => JSON.parse(payload) as Chunk);
  const text = chunks.map((chunk) => chunk.choices?.[0]?.delta?.content ?? "").join("");
  const errors = chunks.filter((chunk) => chunk.error);
  const finishes = chunks.filter((chunk) => chunk.choices?.[0]?.finish_reason);
  expect(errors.length + finishes.length).toBe(1);
  const failed = errors[0]?.error as { error_kind?: string } | undefined;
  if (!failed) return { text };
  expect(chunks.at(-1)?.error).toBe(failed as object);
  const { error_kind: kind, ...envelope } = failed;
  return { text, error: readEnvelope(envelope, kind) };
}
