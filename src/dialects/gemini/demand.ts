// What a generateContent body asks of a model, and the session it belongs to. Both spellings of fields are read.
import type { BodySession, Demand } from "../../core/demand.ts";
import { asArray, asObject, type JsonObject } from "../../core/json.ts";
import { hasItems, kindOfMediaType, mediaIn, tokenLimit } from "../media-demand.ts";
import { readBodySession } from "../session.ts";

function kindOf(part: JsonObject) {
  const data = asObject(part["inlineData"] ?? part["inline_data"] ?? part["fileData"] ?? part["file_data"]);
  return data && kindOfMediaType(data["mimeType"] ?? data["mime_type"]);
}

export function readDemand(body: JsonObject): Demand {
  const config = asObject(body["generationConfig"] ?? body["generation_config"]);
  const thinking = asObject(config?.["thinkingConfig"] ?? config?.["thinking_config"]);
  const budget = thinking?.["thinkingBudget"] ?? thinking?.["thinking_budget"];
  const level = thinking?.["thinkingLevel"] ?? thinking?.["thinking_level"];
  return {
    ...mediaIn(asArray(body["contents"]) ?? [], { keys: ["parts"], kindOf }),
    tools: hasItems(body["tools"]),
    reasoning: typeof level === "string" || (typeof budget === "number" && budget > 0),
    outputTokens: tokenLimit(config?.["maxOutputTokens"], config?.["max_output_tokens"]),
  };
}

export function readSession(body: JsonObject): BodySession {
  return readBodySession(body, () => ({
    system: body["systemInstruction"] ?? body["system_instruction"],
    tools: body["tools"],
    turns: asArray(body["contents"]) ?? [],
    isReply: ({ role }) => role === "model",
    isUser: ({ role }) => role === "user" || role === undefined,
    contentKey: "parts",
  }));
}
