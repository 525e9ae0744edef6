// What a Messages body asks of a model, and the session it belongs to.
import type { BodySession, Demand } from "../../core/demand.ts";
import { asArray, asObject, type JsonObject } from "../../core/json.ts";
import { hasItems, type MediaKind, mediaIn, tokenLimit } from "../media-demand.ts";
import { readBodySession } from "../session.ts";

const kinds: { readonly [type: string]: MediaKind } = { image: "image" };

function kindOf(part: JsonObject): MediaKind | undefined {
  if (part["type"] !== "document") return kinds[String(part["type"])];
  // A document of plain text is text to every model.
  const source = asObject(part["source"])?.["type"];
  return source === "text" || source === "content" ? undefined : "file";
}

export function readDemand(body: JsonObject): Demand {
  const thinking = asObject(body["thinking"])?.["type"];
  return {
    ...mediaIn(asArray(body["messages"]) ?? [], { keys: ["content"], kindOf }),
    tools: hasItems(body["tools"]),
    reasoning: thinking === "enabled",
    outputTokens: tokenLimit(body["max_tokens"]),
  };
}

export function readSession(body: JsonObject): BodySession {
  return readBodySession(body, () => ({
    system: body["system"],
    tools: body["tools"],
    turns: asArray(body["messages"]) ?? [],
    isReply: ({ role }) => role === "assistant",
    isUser: ({ role }) => role === "user",
    contentKey: "content",
  }));
}
