// Turns a Responses-shaped body that was sent to the Chat Completions path into a Chat Completions body (M26).
import { badRequest } from "../../core/errors.ts";
import { asArray, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import { defined, objectsOf, restOf } from "./fields.ts";

const chatPart: { readonly [type: string]: (part: JsonObject) => JsonObject } = {
  input_text: (part) => ({ ...part, type: "text" }),
  output_text: (part) => ({ type: "text", text: part["text"] ?? "" }),
  input_image: (part) => ({
    type: "image_url",
    image_url: defined<JsonObject>({ url: part["image_url"] ?? "", detail: part["detail"] }),
  }),
  input_file: (part) => ({ type: "file", file: restOf(part, new Set(["type"])) ?? {} }),
};

function chatContent(content: JsonValue | undefined): JsonValue {
  const parts = asArray(content);
  if (!parts) return content ?? null;
  return parts.map((value) => {
    const part = asObject(value);
    const type = asString(part?.["type"]) ?? "";
    const convert = Object.hasOwn(chatPart, type) ? chatPart[type] : undefined;
    return part && convert ? convert(part) : value;
  });
}

/** An item as the messages' fields it adds: either a message of its own, or a piece of the assistant's turn. */
type Piece = { message: JsonObject } | { assistant: JsonObject };

function messageItem(item: JsonObject): Piece {
  const content = chatContent(item["content"]);
  const rest = restOf(item, new Set(["type", "id", "status", "role", "content"]));
  const message = { role: item["role"] ?? "user", content, ...rest };
  return item["role"] === "assistant" ? { assistant: message } : { message };
}

const result = (item: JsonObject): Piece => ({
  message: { role: "tool", tool_call_id: item["call_id"] ?? null, content: chatContent(item["output"]) },
});

/** Summary and encrypted state share an index, so that they are read as one block again. */
function reasoningItem(item: JsonObject): Piece {
  const id = asString(item["id"]);
  const shared = defined<JsonObject>({ format: "openai-responses-v1", id });
  const texts = [...objectsOf(item["summary"]), ...objectsOf(item["content"])].map(
    (part) => asString(part["text"]) ?? "",
  );
  const data = asString(item["encrypted_content"]);
  const details: JsonObject[] = [{ type: "reasoning.summary", summary: texts.join("\n\n"), ...shared }];
  if (data !== undefined) details.push({ type: "reasoning.encrypted", data, ...shared });
  return { assistant: { reasoning_details: details } };
}

const pieces: { readonly [type: string]: (item: JsonObject) => Piece } = {
  message: messageItem,
  function_call: (item) => ({
    assistant: {
      tool_calls: [
        {
          id: item["call_id"] ?? "",
          type: "function",
          function: { name: item["name"] ?? "", arguments: item["arguments"] ?? "" },
        },
      ],
    },
  }),
  custom_tool_call: (item) => ({
    assistant: {
      tool_calls: [
        { id: item["call_id"] ?? "", type: "custom", custom: { name: item["name"] ?? "", input: item["input"] ?? "" } },
      ],
    },
  }),
  function_call_output: result,
  custom_tool_call_output: result,
  reasoning: reasoningItem,
};

/** Consecutive items of the assistant make one message: parallel calls must stand before all of their results. */
function joinAssistant(message: JsonObject, piece: JsonObject): JsonObject {
  const joined: JsonObject = { ...message, ...piece };
  for (const key of ["tool_calls", "reasoning_details"]) {
    const list = [...objectsOf(message[key]), ...objectsOf(piece[key])];
    if (list.length > 0) joined[key] = list;
  }
  const before = message["content"];
  const after = piece["content"];
  if (before != null && after != null) {
    const parts = (content: JsonValue): JsonValue[] =>
      typeof content === "string" ? [{ type: "text", text: content }] : (asArray(content) ?? []);
    joined["content"] = [...parts(before), ...parts(after)];
  } else if (before != null) {
    joined["content"] = before;
  }
  return joined;
}

function chatMessages(items: readonly JsonObject[]): JsonObject[] {
  const messages: JsonObject[] = [];
  for (const [index, item] of items.entries()) {
    // Items without a type are messages (translation.md M23).
    const type = asString(item["type"]) ?? "message";
    const convert = Object.hasOwn(pieces, type) ? pieces[type] : undefined;
    if (!convert) {
      throw badRequest(
        `input[${index}].type`,
        `input[${index}]: items of type "${type.slice(0, 40)}" cannot be sent on this path`,
      );
    }
    const piece = convert(item);
    const last = messages.at(-1);
    if ("message" in piece) messages.push(piece.message);
    else if (last?.["role"] === "assistant") messages[messages.length - 1] = joinAssistant(last, piece.assistant);
    else messages.push({ role: "assistant", content: null, ...piece.assistant });
  }
  return messages;
}

function responseFormat(format: JsonObject): JsonObject {
  if (format["type"] !== "json_schema") return format;
  return { type: "json_schema", json_schema: restOf(format, new Set(["type"])) ?? {} };
}

const converted = new Set(["input", "instructions", "messages", "max_output_tokens", "text"]);

/** The same request as a Chat Completions body. Tools and tool_choice stay flat: both readers of this dialect take them. */
export function chatShape(body: JsonObject): JsonObject {
  const input = body["input"];
  const instructions = asString(body["instructions"]);
  const text = asObject(body["text"]);
  const format = asObject(text?.["format"]);
  const textRest = text && restOf(text, new Set(["format", "verbosity"]));
  const messages = typeof input === "string" ? [{ role: "user", content: input }] : chatMessages(objectsOf(input));
  if (instructions !== undefined) messages.unshift({ role: "system", content: instructions });
  return defined<JsonObject>({
    ...restOf(body, converted),
    messages,
    max_completion_tokens: body["max_output_tokens"] ?? body["max_completion_tokens"],
    response_format: format ? responseFormat(format) : body["response_format"],
    verbosity: text?.["verbosity"] ?? body["verbosity"],
    text: textRest,
  });
}
