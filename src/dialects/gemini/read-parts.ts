// Reads the parts of a client's contents as blocks (translation.md A4.3, B2.3, B4 from right to left).
import type { Block, MediaSource, OpaqueState, ToolResultBlock } from "../../core/chat.ts";
import { asArray, asObject, asString, isObject, type JsonObject } from "../../core/json.ts";
import { mediaTypeOfName, normalMediaType } from "../../core/media.ts";
import { restOf } from "../openai-chat/fields.ts";
import type { CallIds } from "./call-ids.ts";
import { readSignature } from "./carried-state.ts";
import { spelled } from "./spelling.ts";

const partFields = new Set([
  "text",
  "thought",
  "thoughtSignature",
  "inlineData",
  "fileData",
  "functionCall",
  "functionResponse",
  "executableCode",
  "codeExecutionResult",
  "toolCall",
  "toolResponse",
  "videoMetadata",
  "mediaResolution",
]);
const mediaFields = new Set(["mimeType", "data", "fileUri", "displayName"]);
const responseFields = new Set(["id", "name", "response", "parts"]);

/** What every block of a part shares, without the fields that the block itself says. */
type Common = { extra?: { gemini: JsonObject } };

function beside(part: JsonObject, ...said: string[]): Common {
  const rest = restOf(part, new Set(said));
  return rest ? { extra: { gemini: rest } } : {};
}

const stateOf = (part: JsonObject): { state?: OpaqueState } => {
  const state = readSignature(part["thoughtSignature"]);
  return state ? { state } : {};
};

/** Undefined for a part that says nothing. What is no part of any canonical kind is kept as it stands. */
export function readPart(raw: JsonObject, ids: CallIds): Block | undefined {
  const part = spelled(raw, partFields);
  const call = asObject(part["functionCall"]);
  const response = asObject(part["functionResponse"]);
  const inline = asObject(part["inlineData"]);
  const file = asObject(part["fileData"]);
  if (call) {
    const name = asString(call["name"]) ?? "";
    return {
      type: "tool-call",
      id: ids.call(name, asString(call["id"]) || undefined),
      name,
      argumentsText: JSON.stringify(asObject(call["args"]) ?? {}),
      argumentsKind: "json",
      ...stateOf(part),
      ...beside(part, "functionCall", "thoughtSignature", "thought"),
    };
  }
  if (response) return { ...readResponse(response, ids), ...beside(part, "functionResponse", "thoughtSignature") };
  if (inline) return readMedia(inline, beside(part, "inlineData", "thoughtSignature", "thought"));
  if (file) return readMedia(file, beside(part, "fileData", "thoughtSignature", "thought"));
  if (typeof part["text"] === "string") {
    const type = part["thought"] === true ? "reasoning" : "text";
    const common = beside(part, "text", "thought", "thoughtSignature");
    return { type, text: part["text"], ...stateOf(part), ...common };
  }
  return Object.keys(part).length === 0 ? undefined : { type: "opaque", dialect: "gemini", raw };
}

function readMedia(raw: JsonObject, common: Common): Block {
  const media = spelled(raw, mediaFields);
  const uri = asString(media["fileUri"]);
  const written = asString(media["mimeType"]) ?? (uri === undefined ? undefined : mediaTypeOfName(uri));
  const mediaType = written === undefined ? undefined : normalMediaType(written);
  const source: MediaSource =
    uri === undefined
      ? {
          kind: "base64",
          mediaType: mediaType ?? "application/octet-stream",
          data: standardBase64(asString(media["data"]) ?? ""),
        }
      : { kind: "url", url: uri, ...(mediaType !== undefined ? { mediaType } : {}) };
  const [kind] = (mediaType ?? "").split("/", 1);
  if (kind === "image" || kind === "audio" || kind === "video") return { type: kind, source, ...common };
  const name = asString(media["displayName"]);
  return { type: "file", source, ...(name !== undefined ? { name } : {}), ...common };
}

/** Google's Python client writes bytes in the alphabet for URLs, which nobody else takes. */
function standardBase64(data: string): string {
  return /[-_]/.test(data) ? data.replaceAll("-", "+").replaceAll("_", "/") : data;
}

function readResponse(raw: JsonObject, ids: CallIds): ToolResultBlock {
  const name = asString(raw["name"]) ?? "";
  const rest = restOf(raw, responseFields);
  const media = (asArray(raw["parts"]) ?? []).filter(isObject).map((part) => readPart(part, ids));
  const { text, isError } = readOutput(raw["response"]);
  return {
    type: "tool-result",
    callId: ids.answer(name, asString(raw["id"]) || undefined),
    name,
    blocks: [{ type: "text", text }, ...media.filter((block) => block !== undefined)],
    ...(isError ? { isError } : {}),
    ...(rest ? { extra: { gemini: { functionResponse: rest } } } : {}),
  };
}

/**
 * Google's own convention (ai.google.dev/api/caching#FunctionResponse): the key `output` holds what came out, `error`
 * what went wrong; without either the whole object is the output. An `error` among other fields is data, not a flag (T58).
 */
function readOutput(response: JsonObject[string] | undefined): { text: string; isError: boolean } {
  const keys = isObject(response) ? Object.keys(response) : [];
  const [only] = keys.length === 1 ? keys : [];
  if (isObject(response) && only === "error") return { text: textOf(response["error"]), isError: true };
  // Google's Python client wraps plain results in `result`.
  if (isObject(response) && (only === "output" || only === "result") && typeof response[only] === "string") {
    return { text: response[only], isError: false };
  }
  return { text: response === undefined ? "" : textOf(response), isError: false };
}

function textOf(value: JsonObject[string] | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}
