// Puts one event of a provider's into a stream around it: what comes before and after on that wire, in wire bytes.
import type { DialectId } from "../../src/core/chat.ts";
import { asArray, asObject, isObject, type JsonObject } from "../../src/core/json.ts";
import { eventStreamMessage } from "../support/aws-event-stream.ts";

const encoder = new TextEncoder();

const isEvent = (event: JsonObject): boolean => Object.keys(event).length > 0;

const lines = (events: readonly JsonObject[], end = ""): Uint8Array =>
  encoder.encode(
    events
      .filter(isEvent)
      .map((event) => `data: ${JSON.stringify(event)}\n\n`)
      .join("") + end,
  );
const named = (events: readonly JsonObject[]): Uint8Array =>
  encoder.encode(
    events
      .filter(isEvent)
      .map((event) => `event: ${event["type"]}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(""),
  );

const chatHead = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "m" };

function chatStream(chunk: JsonObject): Uint8Array {
  const lead = {
    ...chatHead,
    choices: [{ index: 0, delta: { role: "assistant", content: "Hi" }, finish_reason: null }],
  };
  const last = { ...chatHead, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
  // The first chunk says what the reply is: its id, its model, its time.
  return lines([chunk, lead, last], "data: [DONE]\n\n");
}

/** The block that a delta belongs to, as it is opened. */
const blockOfDelta: { readonly [type: string]: JsonObject } = {
  text_delta: { type: "text", text: "" },
  citations_delta: { type: "text", text: "Hi" },
  thinking_delta: { type: "thinking", thinking: "", signature: "" },
  signature_delta: { type: "thinking", thinking: "", signature: "" },
  input_json_delta: { type: "tool_use", id: "toolu_1", name: "get_weather", input: {} },
  compaction_delta: { type: "compaction", content: null },
};

function messagesStream(event: JsonObject): Uint8Array {
  const start = {
    type: "message_start",
    message: { id: "msg_1", type: "message", role: "assistant", model: "m", content: [], usage: { input_tokens: 3 } },
  };
  const hi = { type: "content_block_start", index: 0, content_block: { type: "text", text: "Hi" } };
  const stop = { type: "content_block_stop", index: 0 };
  const delta = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } };
  const last = { type: "message_stop" };
  switch (event["type"]) {
    case "message_start":
      return named([event, hi, stop, delta, last]);
    case "message_delta":
      return named([start, hi, stop, event, last]);
    case "content_block_start":
      return named([start, event, stop, delta, last]);
    case "content_block_delta": {
      const content_block = blockOfDelta[String(asObject(event["delta"])?.["type"])] ?? {};
      return named([start, { type: "content_block_start", index: 0, content_block }, event, stop, delta, last]);
    }
    default:
      return named([start, hi, stop, delta, event, last]);
  }
}

const responseHead = { id: "resp_1", object: "response", created_at: 1, model: "m", output: [] };
const added = (item: JsonObject) => ({ type: "response.output_item.added", output_index: 0, item });

/** What is announced before an event of each kind; the final response tells nothing again. */
const announced: readonly (readonly [RegExp, JsonObject])[] = [
  [/^response\.(output_text|refusal)\./, { type: "message", id: "msg_1", role: "assistant", content: [] }],
  [/^response\.reasoning/, { type: "reasoning", id: "rs_1", summary: [] }],
  [/^response\.function_call/, { type: "function_call", id: "fc_1", call_id: "call_1", name: "get_weather" }],
  [/^response\.custom_tool_call/, { type: "custom_tool_call", id: "ctc_1", call_id: "call_1", name: "get_weather" }],
];

function responsesStream(event: JsonObject): Uint8Array {
  const type = String(event["type"]);
  const created = { type: "response.created", response: { ...responseHead, status: "in_progress" } };
  const last = { type: "response.completed", response: { ...responseHead, status: "completed" } };
  if (type === "error" || /^response\.(completed|failed|incomplete)$/.test(type)) return named([created, event]);
  const item = announced.find(([pattern]) => pattern.test(type))?.[1];
  const before = item ? [added(item)] : [];
  // A mark of the text stands in its text.
  if (type === "response.output_text.annotation.added") {
    const place = { output_index: 0, content_index: 0, item_id: "msg_1" };
    before.push({ type: "response.output_text.delta", ...place, delta: "Hi" } as never);
  }
  return named([created, ...before, event, last]);
}

function geminiStream(chunk: JsonObject): Uint8Array {
  const first = (asArray(chunk["candidates"]) ?? []).filter(isObject)[0];
  const lead = { candidates: [{ index: 0, content: { role: "model", parts: [{ text: "Hi" }] } }] };
  const last = { candidates: [{ index: 0, content: { role: "model", parts: [{ text: "" }] }, finishReason: "STOP" }] };
  // The first chunk says what the reply is: its id, its model, its time.
  const isHead = ["responseId", "modelVersion", "createTime"].some((field) => chunk[field] !== undefined);
  return lines([...(isHead ? [chunk, lead] : [lead, chunk]), ...(first?.["finishReason"] === undefined ? [last] : [])]);
}

function cohereStream(event: JsonObject): Uint8Array {
  const content = (type: string, text: string) => ({
    type,
    index: 0,
    delta: { message: { content: { type: "text", text } } },
  });
  const start = { type: "message-start", id: "c1", delta: { message: { role: "assistant" } } };
  const call = { id: "call_1", type: "function", function: { name: "get_weather", arguments: "" } };
  const callStart = { type: "tool-call-start", index: 0, delta: { message: { tool_calls: call } } };
  const callEnd = { type: "tool-call-end", index: 0 };
  const last = { type: "message-end", delta: { finish_reason: "COMPLETE", usage: {} } };
  const hi = [content("content-start", ""), content("content-delta", "Hi")];
  switch (event["type"]) {
    case "message-start":
      return named([event, ...hi, last]);
    case "message-end":
      return named([start, ...hi, event]);
    case "tool-call-start":
      return named([start, event, callEnd, last]);
    case "tool-call-delta":
      return named([start, callStart, event, callEnd, last]);
    default:
      return named([start, ...hi, event, last]);
  }
}

function converseStream(given: JsonObject): Uint8Array {
  const [type = ""] = Object.keys(given);
  const start = asObject(given["contentBlockStart"])?.["start"];
  const delta = asObject(asObject(given["contentBlockDelta"])?.["delta"]);
  const at = { contentBlockIndex: 0 };
  const call = { toolUse: { toolUseId: "call_1", name: "get_weather" } };
  const events: JsonObject[] = [];
  if (type !== "messageStart") events.push({ messageStart: { role: "assistant" } });
  if (delta?.["toolUse"]) events.push({ contentBlockStart: { ...at, start: call } });
  else if (start === undefined) events.push({ contentBlockDelta: { ...at, delta: { text: "Hi" } } });
  events.push(given, { contentBlockStop: at });
  if (type !== "messageStop") events.push({ messageStop: { stopReason: "end_turn" } });
  if (type !== "metadata") events.push({ metadata: { usage: { inputTokens: 3, outputTokens: 2, totalTokens: 5 } } });
  return Buffer.concat(
    events.map((event) => {
      const [name = ""] = Object.keys(event);
      const headers = { ":message-type": "event", ":event-type": name, ":content-type": "application/json" };
      return eventStreamMessage(headers, JSON.stringify(event[name]));
    }),
  );
}

/** With the event, or without any where there is none. */
export const streamOf: { readonly [dialect in DialectId]?: (event: JsonObject) => Uint8Array } = {
  "openai-chat": chatStream,
  "openai-responses": responsesStream,
  "anthropic-messages": messagesStream,
  gemini: geminiStream,
  "bedrock-converse": converseStream,
  "cohere-chat": cohereStream,
};
