// What a Chat Completions body asks of a model, and the session it belongs to.
import type { BodySession, Demand } from "../../core/demand.ts";
import { asArray, asObject, type JsonObject } from "../../core/json.ts";
import { hasItems, type MediaKind, mediaIn, tokenLimit } from "../media-demand.ts";
import { readBodySession } from "../session.ts";

const kinds: { readonly [type: string]: MediaKind } = {
  image_url: "image",
  input_audio: "audio",
  video_url: "video",
  file: "file",
};

export function readDemand(body: JsonObject): Demand {
  const effort = body["reasoning_effort"] ?? asObject(body["reasoning"])?.["effort"];
  return {
    ...mediaIn(asArray(body["messages"]) ?? [], { keys: ["content"], kindOf: (part) => kinds[String(part["type"])] }),
    tools: hasItems(body["tools"]) || hasItems(body["functions"]),
    reasoning: typeof effort === "string" && effort !== "none",
    outputTokens: tokenLimit(body["max_completion_tokens"], body["max_tokens"]),
  };
}

export function readSession(body: JsonObject): BodySession {
  return readBodySession(body, () => ({
    system: undefined,
    tools: body["tools"],
    turns: asArray(body["messages"]) ?? [],
    isReply: ({ role }) => role === "assistant",
    isUser: ({ role }) => role === "user",
    contentKey: "content",
  }));
}
