// What each official SDK makes of a reply, in one shape, so that what a client was told can be compared with what was recorded.
import Anthropic from "@anthropic-ai/sdk";
import { type Content, GoogleGenAI } from "@google/genai";
import { CohereClientV2 } from "cohere-ai";
import OpenAI from "openai";

export type Finish = "end" | "calls" | "length" | "filtered";
export type Told = {
  text: string;
  reasoning: string;
  calls: { name: string; arguments: unknown }[];
  finish: Finish;
  /** Counts with the caches and the reasoning; null where nobody counted. */
  input: number | null;
  output: number | null;
};

export type Ask = { origin: string; model: string; stream: boolean };
export type Reader = (ask: Ask) => Promise<Told>;

const question = "The host does not read this.";
const options = { apiKey: "unused", maxRetries: 0 };
/** Arguments of a call; hosts leave them empty where there are none. */
export const parsed = (text: string): unknown => (text.trim() === "" ? {} : JSON.parse(text));

const chatFinishes: { readonly [reason: string]: Finish } = {
  stop: "end",
  tool_calls: "calls",
  length: "length",
  content_filter: "filtered",
};

type Loose = { [field: string]: unknown };
const thought = (holder: unknown): string => {
  const { reasoning_content: content, reasoning } = (holder ?? {}) as Loose;
  return typeof content === "string" ? content : typeof reasoning === "string" ? reasoning : "";
};

export const readChat: Reader = async ({ origin, model, stream }) => {
  const client = new OpenAI({ ...options, baseURL: `${origin}/v1` });
  const asked = { model, messages: [{ role: "user" as const, content: question }] };
  let completion: OpenAI.ChatCompletion;
  let reasoning = "";
  if (stream) {
    const running = client.chat.completions.stream({ ...asked, stream_options: { include_usage: true } });
    for await (const chunk of running) reasoning += thought(chunk.choices[0]?.delta);
    completion = await running.finalChatCompletion();
  } else {
    completion = await client.chat.completions.create(asked);
    reasoning = thought(completion.choices[0]?.message);
  }
  const choice = completion.choices[0]!;
  return {
    text: choice.message.content ?? choice.message.refusal ?? "",
    reasoning,
    calls: (choice.message.tool_calls ?? []).map((call) =>
      call.type === "custom"
        ? { name: call.custom.name, arguments: call.custom.input }
        : { name: call.function.name, arguments: parsed(call.function.arguments) },
    ),
    finish: chatFinishes[choice.finish_reason] ?? "end",
    input: completion.usage?.prompt_tokens ?? null,
    output: completion.usage?.completion_tokens ?? null,
  };
};

export const readResponses: Reader = async ({ origin, model, stream }) => {
  const client = new OpenAI({ ...options, baseURL: `${origin}/v1` });
  const asked = { model, input: question };
  const response = stream ? await client.responses.stream(asked).finalResponse() : await client.responses.create(asked);
  if (response.status === "failed") throw new Error(response.error?.message);
  const calls = response.output.flatMap((item) => {
    if (item.type === "function_call") return [{ name: item.name, arguments: parsed(item.arguments) }];
    return item.type === "custom_tool_call" ? [{ name: item.name, arguments: item.input }] : [];
  });
  const cut = response.incomplete_details?.reason;
  const parts = response.output.flatMap((item) => (item.type === "message" ? item.content : []));
  const thoughts = response.output.flatMap((item) =>
    item.type === "reasoning" ? [...item.summary, ...(item.content ?? [])] : [],
  );
  return {
    text: parts.map((part) => (part.type === "output_text" ? part.text : part.refusal)).join(""),
    reasoning: thoughts.map(({ text }) => text).join(""),
    calls,
    finish: cut ? (cut === "content_filter" ? "filtered" : "length") : calls.length > 0 ? "calls" : "end",
    input: response.usage?.input_tokens ?? null,
    output: response.usage?.output_tokens ?? null,
  };
};

const messageFinishes: { readonly [reason: string]: Finish } = {
  tool_use: "calls",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  refusal: "filtered",
};

export const readMessages: Reader = async ({ origin, model, stream }) => {
  const client = new Anthropic({ ...options, baseURL: origin });
  const asked = { model, max_tokens: 1000, messages: [{ role: "user" as const, content: question }] };
  const message = stream ? await client.messages.stream(asked).finalMessage() : await client.messages.create(asked);
  const { usage, content } = message;
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    reasoning: content.map((block) => (block.type === "thinking" ? block.thinking : "")).join(""),
    calls: content.flatMap((block) =>
      block.type === "tool_use" ? [{ name: block.name, arguments: block.input }] : [],
    ),
    finish: messageFinishes[message.stop_reason ?? ""] ?? "end",
    input: usage.input_tokens + (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0),
    output: usage.output_tokens,
  };
};

const filters: ReadonlySet<string> = new Set(["SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII"]);

export const readGemini: Reader = async ({ origin, model, stream }) => {
  const client = new GoogleGenAI({ apiKey: "unused", httpOptions: { baseUrl: origin, apiVersion: "v1beta" } });
  const asked = { model, contents: question };
  const parts: NonNullable<Content["parts"]> = [];
  let reason = "";
  let counted: { input: number; output: number } | undefined;
  const replies = stream
    ? await client.models.generateContentStream(asked)
    : [await client.models.generateContent(asked)];
  for await (const reply of replies) {
    const [candidate] = reply.candidates ?? [];
    parts.push(...(candidate?.content?.parts ?? []));
    reason = candidate?.finishReason ?? reason;
    const { promptTokenCount, candidatesTokenCount = 0, thoughtsTokenCount = 0 } = reply.usageMetadata ?? {};
    if (promptTokenCount !== undefined) {
      counted = { input: promptTokenCount, output: candidatesTokenCount + thoughtsTokenCount };
    }
  }
  if (reason === "") throw new Error("the stream ended without a finish");
  const calls = parts.flatMap(({ functionCall }) =>
    functionCall ? [{ name: functionCall.name ?? "", arguments: functionCall.args ?? {} }] : [],
  );
  const join = (isThought: boolean) =>
    parts.map(({ text, thought: mark }) => ((mark === true) === isThought ? (text ?? "") : "")).join("");
  return {
    text: join(false),
    reasoning: join(true),
    calls,
    finish: reason === "MAX_TOKENS" ? "length" : filters.has(reason) ? "filtered" : calls.length > 0 ? "calls" : "end",
    input: counted?.input ?? null,
    output: counted?.output ?? null,
  };
};

const cohereFinishes: { readonly [reason: string]: Finish } = { TOOL_CALL: "calls", MAX_TOKENS: "length" };

/** Cohere's SDK streams events and puts nothing together. */
export const readCohere: Reader = async ({ origin, model, stream }) => {
  const client = new CohereClientV2({ token: "unused", environment: origin });
  const asked = { model, messages: [{ role: "user" as const, content: question }] };
  const told = { text: "", reasoning: "", calls: [] as { name: string; arguments: string }[], reason: "" };
  let counted: { inputTokens?: number; outputTokens?: number } | undefined;
  if (stream) {
    for await (const event of await client.chatStream(asked)) {
      if (event.type === "content-delta") {
        told.text += event.delta?.message?.content?.text ?? "";
        told.reasoning += (event.delta?.message?.content as { thinking?: string } | undefined)?.thinking ?? "";
      } else if (event.type === "tool-plan-delta") told.reasoning += event.delta?.message?.toolPlan ?? "";
      else if (event.type === "tool-call-start") {
        const call = event.delta?.message?.toolCalls?.function;
        told.calls.push({ name: call?.name ?? "", arguments: call?.arguments ?? "" });
      } else if (event.type === "tool-call-delta") {
        told.calls.at(-1)!.arguments += event.delta?.message?.toolCalls?.function?.arguments ?? "";
      } else if (event.type === "message-end") {
        told.reason = event.delta?.finishReason ?? "";
        counted = event.delta?.usage?.tokens;
      }
    }
  } else {
    const { message, finishReason, usage } = await client.chat(asked, { maxRetries: 0 });
    for (const part of message.content ?? []) {
      if (part.type === "text") told.text += part.text;
      else told.reasoning += (part as { thinking?: string }).thinking ?? "";
    }
    told.reasoning += message.toolPlan ?? "";
    for (const { function: call } of message.toolCalls ?? []) {
      told.calls.push({ name: call?.name ?? "", arguments: call?.arguments ?? "" });
    }
    told.reason = finishReason;
    counted = usage?.tokens;
  }
  return {
    text: told.text,
    reasoning: told.reasoning,
    calls: told.calls.map((call) => ({ name: call.name, arguments: parsed(call.arguments) })),
    finish: cohereFinishes[told.reason] ?? "end",
    input: counted?.inputTokens ?? null,
    output: counted?.outputTokens ?? null,
  };
};
