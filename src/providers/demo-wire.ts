// The demo's replies on the wire of OpenAI Chat Completions: whole, and as a stream of frames (translation.md A1.3, A1.4, C2.1).
import type { JsonObject, JsonValue } from "../core/json.ts";
import { countWords, type DemoReply, type DemoRequest, textOf, wordsOf } from "./demo-replies.ts";
import type { BodyStep } from "./paced-body.ts";

export type Envelope = { request: DemoRequest; reply: DemoReply; createdSeconds: number };

const systemFingerprint = "fp_demo";

/** Cuts a reply to the request's word limit. Tool calls stay whole: half a JSON text is of no use to anybody. */
export function limited(
  reply: DemoReply,
  wordsMax: number,
): { reply: DemoReply; finish: "stop" | "length" | "tool_calls" } {
  if (reply.call) return { reply, finish: "tool_calls" };
  const reasoning = wordsOf(reply.reasoning);
  const text = wordsOf(reply.text);
  if (reasoning.length + text.length <= wordsMax) return { reply, finish: "stop" };
  const thought = reasoning.slice(0, wordsMax);
  const said = text.slice(0, wordsMax - thought.length);
  return { reply: { ...reply, reasoning: thought.join(""), text: said.join("") }, finish: "length" };
}

function usageOf(request: DemoRequest, reply: DemoReply): JsonObject {
  const prompt = request.messages.reduce((sum, message) => sum + countWords(textOf(message["content"])), 0);
  const reasoning = countWords(reply.reasoning);
  const completion = reasoning + countWords(reply.text) + countWords(reply.call?.argumentsText ?? "");
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

function toolCall(envelope: Envelope, call: { name: string; argumentsText: string }): JsonObject {
  return {
    id: `call_${envelope.request.hash}`,
    type: "function",
    function: { name: call.name, arguments: call.argumentsText },
  };
}

export function wholeReply(envelope: Envelope): JsonObject {
  const { request, createdSeconds } = envelope;
  const { reply, finish } = limited(envelope.reply, request.wordsMax);
  const message: JsonObject = { role: "assistant", content: reply.call ? null : reply.text, refusal: null };
  if (reply.reasoning !== "") message["reasoning_content"] = reply.reasoning;
  if (reply.call) message["tool_calls"] = [toolCall(envelope, reply.call)];
  return {
    id: `chatcmpl-${request.hash}`,
    object: "chat.completion",
    created: createdSeconds,
    model: request.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
    usage: usageOf(request, reply),
    system_fingerprint: systemFingerprint,
  };
}

/** One frame; with usage asked for, every frame but the usage frame carries `usage: null`, as the original does. */
function frame(envelope: Envelope, choices: JsonValue[], usage: JsonValue = null): string {
  const { request, createdSeconds } = envelope;
  const chunk: JsonObject = {
    id: `chatcmpl-${request.hash}`,
    object: "chat.completion.chunk",
    created: createdSeconds,
    model: request.model,
    system_fingerprint: systemFingerprint,
    choices,
  };
  if (request.includeUsage) chunk["usage"] = usage;
  return `data: ${JSON.stringify(chunk)}\n\n`;
}

function deltaFrame(envelope: Envelope, delta: JsonObject, finish: string | null = null): string {
  return frame(envelope, [{ index: 0, delta, logprobs: null, finish_reason: finish }]);
}

function* callFrames(envelope: Envelope, call: { name: string; argumentsText: string }): Generator<BodyStep> {
  const opening = { index: 0, ...toolCall(envelope, { name: call.name, argumentsText: "" }) };
  yield { write: deltaFrame(envelope, { tool_calls: [opening] }) };
  for (const piece of call.argumentsText.match(/.{1,24}/gsu) ?? []) {
    yield { write: deltaFrame(envelope, { tool_calls: [{ index: 0, function: { arguments: piece } }] }) };
  }
}

export function* streamSteps(envelope: Envelope): Generator<BodyStep> {
  const { request } = envelope;
  const { reply, finish } = limited(envelope.reply, request.wordsMax);
  const waitMs = reply.wordPauseMs;
  yield { write: deltaFrame(envelope, { role: "assistant", content: reply.call ? null : "", refusal: null }) };
  for (const word of wordsOf(reply.reasoning))
    yield { waitMs, write: deltaFrame(envelope, { reasoning_content: word }) };
  for (const word of wordsOf(reply.text)) yield { waitMs, write: deltaFrame(envelope, { content: word }) };
  if (reply.call) yield* callFrames(envelope, reply.call);
  yield { write: deltaFrame(envelope, {}, finish) };
  if (request.includeUsage) yield { write: frame(envelope, [], usageOf(request, reply)) };
  yield { write: "data: [DONE]\n\n" };
}
