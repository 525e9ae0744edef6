// What a Responses body asks of a model, and the session it belongs to.
import type { BodySession, Demand } from "../../core/demand.ts";
import { asArray, asObject, type JsonObject } from "../../core/json.ts";
import { hasItems, type MediaKind, mediaIn, tokenLimit } from "../media-demand.ts";
import { readBodySession } from "../session.ts";

const kinds: { readonly [type: string]: MediaKind } = {
  input_image: "image",
  input_audio: "audio",
  input_file: "file",
};

export function readDemand(body: JsonObject): Demand {
  const effort = asObject(body["reasoning"])?.["effort"];
  const options = { keys: ["content", "output"], kindOf: (part: JsonObject) => kinds[String(part["type"])] };
  return {
    ...mediaIn(asArray(body["input"]) ?? [], options),
    tools: hasItems(body["tools"]),
    reasoning: typeof effort === "string" && effort !== "none",
    outputTokens: tokenLimit(body["max_output_tokens"]),
  };
}

/** Items of the model are its messages, its calls and its reasoning: everything but results of tools has no role of its own. */
const replyTypes: readonly unknown[] = ["function_call", "custom_tool_call", "reasoning"];

export function readSession(body: JsonObject): BodySession {
  return readBodySession(body, () => ({
    system: body["instructions"],
    tools: body["tools"],
    turns: asArray(body["input"]) ?? [],
    isReply: ({ role, type }) => role === "assistant" || replyTypes.includes(type),
    isUser: ({ role }) => role === "user",
    contentKey: "content",
  }));
}
