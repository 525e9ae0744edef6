// How bodies tell which session they belong to: fields that clients use for it, and the opening of the conversation.
import type { BodySession } from "../core/demand.ts";
import { asObject, type JsonObject, type JsonValue } from "../core/json.ts";

/** gomodel.md 4.7: `session_id`, LiteLLM's and OpenAI's own; Responses name a conversation by its id or as an object. */
function namedSession(body: JsonObject): string | undefined {
  const user = asObject(body["metadata"])?.["user_id"];
  const ofUser = typeof user === "string" ? sessionInUser(user) : undefined;
  const { conversation } = body;
  const candidates = [
    ofUser,
    body["session_id"],
    body["litellm_session_id"],
    body["prompt_cache_key"],
    conversation,
    asObject(conversation)?.["id"],
  ];
  return candidates.find((value) => typeof value === "string" && value !== "") as string | undefined;
}

/** Claude Code writes `user_…_account_…_session_UUID`, since its version 2 a JSON object with `session_id`. */
function sessionInUser(user: string): string | undefined {
  return /(?:_session_|"session_id"\s*:\s*")([\w-]{8,128})/.exec(user)?.[1];
}

/** Turns looked at for the opening; it ends with the first of the user. */
const openingTurnsMax = 8;
/** Of each text, its beginning and its end: system prompts may be long, and tell their place in the last lines. */
const textLengthMax = 4096;

export type Conversation = {
  /** Instructions that stand apart from the turns. */
  system: JsonValue | undefined;
  tools: JsonValue | undefined;
  turns: readonly JsonValue[];
  /** Is this turn the model's? */
  isReply: (turn: JsonObject) => boolean;
  isUser: (turn: JsonObject) => boolean;
  /** Where a turn has its text or its parts. */
  contentKey: string;
};

/** The opening only from the second turn on, when something may be in a provider's cache. */
export function readBodySession(body: JsonObject, conversation: () => Conversation): BodySession {
  const id = namedSession(body);
  if (id !== undefined) return { id };
  const { system, tools, turns, isReply, isUser, contentKey } = conversation();
  if (!turns.some((turn) => asObject(turn) && isReply(turn as JsonObject))) return {};
  const texts = [textOf(system), String(Array.isArray(tools) ? tools.length : 0)];
  for (const turn of turns.slice(0, openingTurnsMax)) {
    const node = asObject(turn);
    if (!node) continue;
    texts.push(textOf(node[contentKey]));
    if (isUser(node)) break;
  }
  return { opening: Bun.hash(texts.join("\u0000")).toString(36) };
}

/** The texts of a value: itself, those of its parts, or of the parts of a Gemini content. */
function textOf(value: JsonValue | undefined): string {
  if (typeof value === "string") return shortened(value);
  const list = Array.isArray(value) ? value : asObject(value)?.["parts"];
  if (!Array.isArray(list)) return "";
  return list.map((part) => shortened(typeof part === "string" ? part : asObject(part)?.["text"])).join("\u0001");
}

function shortened(value: JsonValue | undefined): string {
  if (typeof value !== "string") return "";
  if (value.length <= 2 * textLengthMax) return value;
  return `${value.slice(0, textLengthMax)}\u0002${value.length}\u0002${value.slice(-textLengthMax)}`;
}
