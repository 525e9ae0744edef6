// Blocks of a turn as Gemini's parts (translation.md A4.3, B2.1, B4).

import type { Block, MediaSource, OpaqueState, ToolCallBlock } from "../../core/chat.ts";
import { GatewayError } from "../../core/errors.ts";
import type { TargetFacts } from "../../core/facts.ts";
import type { JsonObject } from "../../core/json.ts";
import { mediaTypeOfName, normalMediaType, parseDataUrl } from "../../core/media.ts";
import { keptArguments } from "../call-arguments.ts";
import type { Losses } from "./field-names.ts";
import type { ToolNames } from "./tool-names.ts";

export type PartContext = {
  facts: TargetFacts;
  lost: Losses;
  names: ToolNames;
  /** Where the block stands in the client's body, for messages of refusal. */
  param: string;
};

type MediaBlock = Extract<Block, { source: MediaSource }>;

/** Used where neither the client nor the address says: Gemini refuses media without a type. */
const plainTypes = { image: "image/jpeg", audio: "audio/mpeg", video: "video/mp4", file: "application/pdf" } as const;

/** Addresses that Google fetches itself; any other http address the gateway must have inlined before (B2.1). */
const fetchable =
  /^(?:gs:\/\/|https:\/\/generativelanguage\.googleapis\.com\/|https?:\/\/(?:www\.|m\.)?youtube\.com\/|https?:\/\/youtu\.be\/)/i;

/** The part of one block; undefined when nothing of it may or need be sent. Tool results are not parts of a turn here. */
export function writePart(block: Block, context: PartContext): JsonObject | undefined {
  if (block.cache) context.lost.add("cache");
  loseForeign(block.extra, "messages.content", context.lost);
  const part = writeBlock(block, context);
  return part && { ...block.extra?.gemini, ...part };
}

/** Reports what a client's dialect had to say beyond the canonical fields. */
export function loseForeign(extra: Block["extra"], where: string, lost: Losses): void {
  const { gemini: _own, ...foreign } = extra ?? {};
  for (const fields of Object.values(foreign)) {
    for (const [name, value] of Object.entries(fields))
      if (value !== null) lost.addField(where === "" ? name : `${where}.${name}`);
  }
}

function writeBlock(block: Block, context: PartContext): JsonObject | undefined {
  switch (block.type) {
    case "text": {
      if ((block.citations?.length ?? 0) > 0) context.lost.add("citations");
      const signature = signatureOf(block.state, context);
      // An empty text without a signature says nothing, and Gemini refuses it.
      return block.text === "" && !signature ? undefined : { text: block.text, ...signature };
    }
    case "refusal":
      return block.text === "" ? undefined : { text: block.text };
    case "reasoning": {
      const signature = signatureOf(block.state, context, "silently");
      // Thoughts of another maker, or unsigned ones, are never shown to the model as text (R29).
      if (!signature) {
        context.lost.add("reasoningText");
        return undefined;
      }
      return block.text === "" ? { text: "", ...signature } : { text: block.text, thought: true, ...signature };
    }
    case "tool-call":
      return writeCall(block, context);
    case "opaque":
      if (block.dialect === "gemini") return block.raw;
      context.lost.add("blockType", typeof block.raw["type"] === "string" ? block.raw["type"] : undefined);
      return undefined;
    case "tool-result":
      return undefined;
    default:
      return writeMedia(block, context);
  }
}

/** A thought signature goes back to its maker only, on the part it came with (A4.4). */
function signatureOf(
  state: OpaqueState | undefined,
  { facts, lost }: PartContext,
  loss: "reported" | "silently" = "reported",
): { thoughtSignature: string } | undefined {
  if (!state) return undefined;
  if (state.origin === facts.origin && state.kind === "signature" && typeof state.value === "string") {
    return { thoughtSignature: state.value };
  }
  if (loss === "reported") lost.add("reasoningState");
  return undefined;
}

function writeCall(block: ToolCallBlock, context: PartContext): JsonObject {
  const withId = context.facts.flags.toolCallIds !== false && block.id !== "";
  const call = {
    ...(withId ? { id: block.id } : {}),
    name: context.names.written(block.name),
    args: keptArguments(block, () => context.lost.add("arguments")),
  };
  return { functionCall: call, ...signatureOf(block.state, context) };
}

/** An image, a sound, a film or a document. Throws GatewayError ("unsupported") for a source that Google cannot reach. */
export function writeMedia(block: MediaBlock, context: PartContext): JsonObject | undefined {
  const { source } = block;
  if (block.type === "image" && block.detail !== undefined && block.detail !== "auto") context.lost.add("detail");
  if (block.type === "file" && block.context !== undefined) context.lost.addField("context");
  if (block.type === "file" && block.name !== undefined) context.lost.addField("file.filename");
  switch (source.kind) {
    case "base64":
      return { inlineData: { mimeType: normalMediaType(source.mediaType), data: source.data } };
    case "text":
      return { text: source.text };
    case "file-id":
      if (source.origin === "gemini") return { fileData: { fileUri: source.id, mimeType: plainTypes[block.type] } };
      if (block.type === "audio" && block.transcript) return { text: block.transcript };
      throw new GatewayError(
        "unsupported",
        "a file id of another provider means nothing to this one; send the file itself",
        {
          param: context.param,
        },
      );
    case "url":
      return writeAddress(source, block.type, context.param);
  }
}

function writeAddress(source: MediaSource & { kind: "url" }, type: keyof typeof plainTypes, param: string): JsonObject {
  const inline = parseDataUrl(source.url);
  if (inline) return { inlineData: { mimeType: inline.mediaType, data: inline.data } };
  if (!fetchable.test(source.url)) {
    throw new GatewayError("unsupported", "this provider does not fetch from that address; send the content inline", {
      param,
    });
  }
  const mimeType = source.mediaType ?? mediaTypeOfName(source.url) ?? plainTypes[type];
  return { fileData: { fileUri: source.url, mimeType: normalMediaType(mimeType) } };
}
