// Reads replies as clients of the four dialects do, whole or as a stream, into one shape.
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { readEvents } from "../relays/messages-events.ts";

export type Read = {
  text: string;
  reasoning: string;
  calls: { name: string; arguments: JsonValue; id: string }[];
  finish: string;
  inputTokens: number | undefined;
  outputTokens: number | undefined;
};

const object = (value: unknown): JsonObject => asObject(value as JsonValue) ?? {};
const list = (value: unknown): JsonObject[] => (asArray(value as JsonValue) ?? []).map(object);
const text = (value: unknown): string => asString(value as JsonValue) ?? "";
const parsed = (value: string): JsonValue => (value === "" ? {} : (JSON.parse(value) as JsonValue));

/** Payloads of the `data:` lines. */
function payloads(wire: string): JsonObject[] {
  const lines = wire.split(/\r?\n/).filter((line) => line.startsWith("data: ") && line !== "data: [DONE]");
  return lines.map((line) => JSON.parse(line.slice("data: ".length)) as JsonObject);
}

function readChat(body: JsonObject): Read {
  const choice = object(list(body["choices"])[0]);
  const message = object(choice["message"]);
  const usage = object(body["usage"]);
  return {
    text: text(message["content"]),
    reasoning: text(message["reasoning_content"]) || text(message["reasoning"]),
    calls: list(message["tool_calls"]).map((call) => ({
      id: text(call["id"]),
      name: text(object(call["function"])["name"]),
      arguments: parsed(text(object(call["function"])["arguments"])),
    })),
    finish: text(choice["finish_reason"]),
    inputTokens: asNumber(usage["prompt_tokens"]),
    outputTokens: asNumber(usage["completion_tokens"]),
  };
}

function readChatStream(wire: string): Read {
  if (!wire.trimEnd().endsWith("data: [DONE]")) throw new Error(`the stream has no end: ${wire.slice(-200)}`);
  const message: JsonObject = { content: "", reasoning_content: "" };
  const calls: JsonObject[] = [];
  let finish = "";
  let usage: JsonObject = {};
  for (const chunk of payloads(wire)) {
    if (chunk["error"]) throw new Error(`an error in the stream: ${JSON.stringify(chunk)}`);
    if (asObject(chunk["usage"])) usage = object(chunk["usage"]);
    const choice = object(list(chunk["choices"])[0]);
    const delta = object(choice["delta"]);
    finish = text(choice["finish_reason"]) || finish;
    message["content"] += text(delta["content"]);
    message["reasoning_content"] += text(delta["reasoning_content"]) || text(delta["reasoning"]);
    for (const piece of list(delta["tool_calls"])) {
      const index = asNumber(piece["index"]) ?? 0;
      const made = object(piece["function"]);
      calls[index] ??= { id: "", function: { name: "", arguments: "" } };
      const call = object(calls[index]);
      const into = object(call["function"]);
      call["id"] ||= text(piece["id"]);
      into["name"] ||= text(made["name"]);
      into["arguments"] = text(into["arguments"]) + text(made["arguments"]);
    }
  }
  return readChat({ choices: [{ message: { ...message, tool_calls: calls }, finish_reason: finish }], usage });
}

function readMessage(body: JsonObject): Read {
  const blocks = list(body["content"]);
  const usage = object(body["usage"]);
  const counted = ["input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"];
  const input = counted.map((name) => asNumber(usage[name]) ?? 0);
  const of = (type: string) => blocks.filter((block) => block["type"] === type);
  return {
    text: of("text")
      .map((block) => text(block["text"]))
      .join(""),
    reasoning: of("thinking")
      .map((block) => text(block["thinking"]))
      .join(""),
    calls: of("tool_use").map((block) => ({
      id: text(block["id"]),
      name: text(block["name"]),
      arguments: block["input"] ?? null,
    })),
    finish: text(body["stop_reason"]),
    inputTokens: input.reduce((sum, count) => sum + count, 0),
    outputTokens: asNumber(usage["output_tokens"]),
  };
}

function readMessageStream(wire: string): Read {
  const content: JsonObject[] = [];
  const message: JsonObject = { content };
  let usage: JsonObject = {};
  let ended = false;
  for (const event of readEvents(wire)) {
    if (event.type === "error") throw new Error(`an error in the stream: ${JSON.stringify(event)}`);
    if (event.type === "message_start") usage = { ...object(object(event["message"])["usage"]) };
    if (event.type === "content_block_start") content.push({ ...object(event["content_block"]), json: "" });
    const block = object(content.at(-1));
    const delta = object(event["delta"]);
    if (event.type === "content_block_delta") {
      block["json"] = text(block["json"]) + text(delta["partial_json"]);
      for (const field of ["text", "thinking"]) {
        if (delta[field] !== undefined) block[field] = text(block[field]) + text(delta[field]);
      }
    }
    if (event.type === "content_block_stop" && text(block["json"]) !== "") block["input"] = parsed(text(block["json"]));
    if (event.type === "message_delta") {
      message["stop_reason"] = text(delta["stop_reason"]);
      const later = Object.entries(object(event["usage"])).filter(([, count]) => count !== null);
      usage = { ...usage, ...Object.fromEntries(later) };
    }
    ended ||= event.type === "message_stop";
  }
  if (!ended) throw new Error(`the stream has no end: ${wire.slice(-200)}`);
  return readMessage({ ...message, usage });
}

function readResponse(body: JsonObject): Read {
  const items = list(body["output"]);
  const usage = object(body["usage"]);
  const parts = items.flatMap((item) => (item["type"] === "message" ? list(item["content"]) : []));
  const summaries = items.flatMap((item) =>
    item["type"] === "reasoning" ? [...list(item["summary"]), ...list(item["content"])] : [],
  );
  return {
    text: parts.map((part) => text(part["text"])).join(""),
    reasoning: summaries.map((part) => text(part["text"])).join(""),
    calls: items
      .filter((item) => item["type"] === "function_call")
      .map((item) => ({
        id: text(item["call_id"]),
        name: text(item["name"]),
        arguments: parsed(text(item["arguments"])),
      })),
    finish: text(body["status"]),
    inputTokens: asNumber(usage["input_tokens"]),
    outputTokens: asNumber(usage["output_tokens"]),
  };
}

function readResponseStream(wire: string): Read {
  const last = payloads(wire).findLast((event) => asObject(event["response"]));
  if (!/^response\.(completed|incomplete)$/.test(text(last?.["type"]))) {
    throw new Error(`the stream has no end: ${wire.slice(-200)}`);
  }
  return readResponse(object(last?.["response"]));
}

function readCandidates(bodies: readonly JsonObject[]): Read {
  const candidates = bodies.flatMap((body) => list(body["candidates"]).slice(0, 1));
  const parts = candidates.flatMap((candidate) => list(object(candidate["content"])["parts"]));
  const usage = object(bodies.findLast((body) => asObject(body["usageMetadata"]))?.["usageMetadata"]);
  const isThought = (part: JsonObject) => part["thought"] === true;
  const join = (some: readonly JsonObject[]) => some.map((part) => text(part["text"])).join("");
  const output = ["candidatesTokenCount", "thoughtsTokenCount"].map((name) => asNumber(usage[name]) ?? 0);
  return {
    text: join(parts.filter((part) => !isThought(part))),
    reasoning: join(parts.filter(isThought)),
    calls: parts
      .filter((part) => part["functionCall"] !== undefined)
      .map((part) => {
        const call = object(part["functionCall"]);
        return { id: text(call["id"]), name: text(call["name"]), arguments: call["args"] ?? {} };
      }),
    finish: text(candidates.findLast((candidate) => candidate["finishReason"])?.["finishReason"]),
    inputTokens: asNumber(usage["promptTokenCount"]),
    outputTokens: output.reduce((sum, count) => sum + count, 0),
  };
}

/** A whole completion is one large chunk. */
function readCompletion(chunks: readonly JsonObject[]): Read {
  const choices = chunks.flatMap((chunk) => list(chunk["choices"]).slice(0, 1));
  const usage = object(chunks.findLast((chunk) => asObject(chunk["usage"]))?.["usage"]);
  return {
    text: choices.map((choice) => text(choice["text"])).join(""),
    reasoning: "",
    calls: [],
    finish: text(choices.findLast((choice) => choice["finish_reason"])?.["finish_reason"]),
    inputTokens: asNumber(usage["prompt_tokens"]),
    outputTokens: asNumber(usage["completion_tokens"]),
  };
}

/** The client's endpoint decides how its reply is read. */
export function readReply(to: string, wire: string, isStream: boolean): Read {
  const body = () => JSON.parse(wire) as JsonObject;
  if (to.startsWith("/v1/chat/completions")) return isStream ? readChatStream(wire) : readChat(body());
  if (to.startsWith("/v1/completions")) return readCompletion(isStream ? payloads(wire) : [body()]);
  if (to.startsWith("/v1/messages")) return isStream ? readMessageStream(wire) : readMessage(body());
  if (to.startsWith("/v1/responses")) return isStream ? readResponseStream(wire) : readResponse(body());
  if (to.startsWith("/v1beta/models/")) return readCandidates(isStream ? payloads(wire) : [body()]);
  throw new Error(`no reply of ${to} is known to be read here`);
}
