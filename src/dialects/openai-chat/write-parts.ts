// Writes what a reply holds besides text: annotations, images, sound, reasoning state and tool calls.
import type { AudioBlock, Citation, ImageBlock, MediaSource, OpaqueState, ToolCallBlock } from "../../core/chat.ts";
import { asObject, asString, isObject, type JsonObject } from "../../core/json.ts";
import { defined } from "./fields.ts";
import { formatOfOrigin } from "./reasoning-format.ts";

/** Where a block's text stands in the message's content, in UTF-16 units. */
export type Span = { start: number; end: number };

/** An annotation as this dialect writes it itself: `{type, <type>: {…}}`. */
function isOwnAnnotation(raw: JsonObject | undefined): raw is JsonObject {
  const type = asString(raw?.["type"]);
  return type !== undefined && asObject(raw?.[type]) !== undefined;
}

/**
 * `url_citation` with all four of its fields, which the Vercel SDK validates (C3.4); without offsets the citation is of
 * the whole block. Undefined for a citation that this dialect cannot express.
 */
export function writeAnnotation(citation: Citation, span: Span): JsonObject | undefined {
  if (isOwnAnnotation(citation.raw)) return citation.raw;
  if (citation.url === undefined) return undefined;
  return {
    type: "url_citation",
    url_citation: {
      start_index: citation.startIndex === undefined ? span.start : span.start + citation.startIndex,
      end_index: citation.endIndex === undefined ? span.end : span.start + citation.endIndex,
      url: citation.url,
      title: citation.title ?? citation.url,
    },
  };
}

function urlOf(source: MediaSource): string | undefined {
  if (source.kind === "base64") return `data:${source.mediaType};base64,${source.data}`;
  return source.kind === "url" ? source.url : undefined;
}

/** `message.images[]`, as OpenRouter and LiteLLM return pictures; undefined when there are no bytes and no link. */
export function writeImage(image: ImageBlock): JsonObject | undefined {
  const url = urlOf(image.source);
  return url === undefined ? undefined : { type: "image_url", image_url: { url } };
}

/** `message.audio`. */
export function writeAudio(audio: AudioBlock, requestId: string): JsonObject | undefined {
  if (audio.source.kind !== "base64") return undefined;
  return {
    id: audio.id ?? `audio_${requestId}`,
    data: audio.source.data,
    transcript: audio.transcript ?? "",
    ...audio.extra?.["openai-chat"],
  };
}

/** One block's state, and where the block stands among all blocks of its message. */
export type PlacedState = { index: number; text: string; state: OpaqueState | undefined };

/**
 * Entries of `reasoning_details` for one reasoning block (translation.md B10). Text that is signed stands with its
 * signature; text beside encrypted state (a summary) and that state share an index, which is how they are joined again.
 */
export function writeDetails(block: PlacedState): JsonObject[] {
  const { index, text, state } = block;
  if (!state) return [{ type: "reasoning.text", text, index }];
  const shared = { format: formatOfOrigin(state.origin), index };
  switch (state.kind) {
    case "signature":
      return [{ type: "reasoning.text", text, signature: state.value, ...shared }];
    case "details":
      return Array.isArray(state.value) ? state.value.filter(isObject) : isObject(state.value) ? [state.value] : [];
    default: {
      const encrypted = { type: "reasoning.encrypted", data: state.value, ...shared };
      return text === "" ? [encrypted] : [{ type: "reasoning.summary", summary: text, ...shared }, encrypted];
    }
  }
}

/** State of a block that is not reasoning: signed text, or a call that is not Gemini's (which has its own place). */
export function writeForeignState(state: OpaqueState, index: number, callId?: string): JsonObject {
  const shared = { format: formatOfOrigin(state.origin), index };
  return defined<JsonObject>({ type: "reasoning.encrypted", data: state.value, ...shared, id: callId });
}

/** Gemini's thought signature stands on the call itself (translation.md A4.4); undefined for other state. */
export function extraContent(state: OpaqueState | undefined): JsonObject | undefined {
  if (state?.origin !== "gemini" || state.kind !== "signature") return undefined;
  return { google: { thought_signature: state.value } };
}

/** A whole tool call, or with empty arguments the first delta of one. */
export function writeCall(call: Omit<ToolCallBlock, "type">): JsonObject {
  const content = extraContent(call.state);
  const extra = content && { extra_content: content };
  return call.argumentsKind === "freeform"
    ? { id: call.id, type: "custom", custom: { name: call.name, input: call.argumentsText }, ...extra }
    : { id: call.id, type: "function", function: { name: call.name, arguments: call.argumentsText }, ...extra };
}

/** Name under which a part is reported that this dialect cannot carry. */
export function nameOfRaw(raw: JsonObject): string {
  return asString(raw["type"]) ?? Object.keys(raw)[0] ?? "part";
}
