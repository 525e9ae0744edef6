// Writes blocks of a reply as Gemini's parts (translation.md A4.3, B4 from right to left).
import type { Block, OpaqueState, ToolCallBlock } from "../../core/chat.ts";
import { asObject, asString, type JsonObject } from "../../core/json.ts";
import { parseDataUrl } from "../../core/media.ts";
import { keptArguments } from "../call-arguments.ts";
import { foreignFields } from "../reply-losses.ts";
import { writeSignature } from "./carried-state.ts";
import { candidateFields } from "./read-candidate.ts";

const plainTypes = { image: "image/png", audio: "audio/wav", video: "video/mp4", file: "application/pdf" } as const;

export function signed(part: JsonObject, state: OpaqueState | undefined): JsonObject {
  return state ? { ...part, thoughtSignature: writeSignature(state) } : part;
}

/** The id stands in it, so that a client's response names the call even where two have one name. */
export function writeCall(block: ToolCallBlock, lose: (field: string) => void): JsonObject {
  const args = keptArguments(block, () => lose("functionCall.args"));
  return signed({ functionCall: { id: block.id, name: block.name, args } }, block.state);
}

/** Undefined for a block that this dialect cannot carry; `lose` is told its name. */
export function writeReplyPart(block: Block, lose: (field: string) => void): JsonObject | undefined {
  switch (block.type) {
    case "text":
      return block.text === "" && !block.state ? undefined : signed({ text: block.text }, block.state);
    case "refusal":
      return block.text === "" ? undefined : { text: block.text };
    case "reasoning":
      return block.text === "" && !block.state ? undefined : signed({ text: block.text, thought: true }, block.state);
    case "tool-call":
      return writeCall(block, lose);
    case "opaque":
      if (block.dialect === "gemini") return block.raw;
      lose(asString(block.raw["type"]) ?? Object.keys(block.raw)[0] ?? "part");
      return undefined;
    case "tool-result":
      lose(block.type);
      return undefined;
    default: {
      const part = writeMedia(block);
      if (!part || ("transcript" in block && block.transcript !== undefined)) lose(part ? "transcript" : block.type);
      if (part && block.type === "audio" && block.id !== undefined) lose("audio.id");
      if (part) for (const field of foreignFields(block, "gemini")) lose(field);
      return part && { ...block.extra?.gemini, ...part };
    }
  }
}

function writeMedia({ source, type }: Extract<Block, { source: unknown }>): JsonObject | undefined {
  switch (source.kind) {
    case "base64":
      return { inlineData: { mimeType: source.mediaType, data: source.data } };
    case "url": {
      const inline = parseDataUrl(source.url);
      return inline
        ? { inlineData: { mimeType: inline.mediaType, data: inline.data } }
        : { fileData: { mimeType: source.mediaType ?? plainTypes[type], fileUri: source.url } };
    }
    case "text":
      return { text: source.text };
    case "file-id":
      return undefined;
  }
}

/** Names of a reply's fields that are this dialect's own business, and not to be overwritten by what came from elsewhere. */
const ownFields = new Set(["candidates", "usageMetadata", "modelVersion", "responseId", "createTime", "error"]);

export type ReplyExtra = {
  top: JsonObject;
  candidates: Map<number, JsonObject>;
  trafficType: JsonObject;
  refused: string[];
};

/** Puts the fields that only one dialect has where this one has them. */
export function placeExtra(extra: JsonObject): ReplyExtra {
  const placed: ReplyExtra = { top: {}, candidates: new Map(), trafficType: {}, refused: [] };
  for (const [name, value] of Object.entries(extra)) {
    const index = /^candidates\[(\d+)\]$/.exec(name)?.[1];
    if (index !== undefined) placed.candidates.set(Number(index), asObject(value) ?? {});
    else if (candidateFields.includes(name)) {
      placed.candidates.set(0, { ...placed.candidates.get(0), [name]: value });
    } else if (name === "trafficType") placed.trafficType[name] = value;
    else if (ownFields.has(name)) placed.refused.push(name);
    else placed.top[name] = value;
  }
  return placed;
}
