// The client half of text completions: what people send us, and how we answer them.
import { plainDemand } from "../../core/demand.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ClientHalf, RequestControl } from "../dialect.ts";
import { tokenLimit } from "../media-demand.ts";
import { readControl as readChatControl } from "../openai-chat/control.ts";
import { writeError, writeErrorFrames } from "../openai-chat/write-error.ts";
import { type Conversation, readBodySession } from "../session.ts";
import { checkRequest, readRequest } from "./read-request.ts";
import { openWriter, writeReply } from "./writer.ts";

/** Each prompt of a list has choices of its own. */
function readControl(body: JsonObject): RequestControl {
  const control = readChatControl(body);
  const { prompt } = body;
  if (Array.isArray(prompt) && prompt.length > 1 && typeof prompt[0] !== "number") control.severalChoices = true;
  return control;
}

const textOnly: Conversation = {
  system: undefined,
  tools: undefined,
  turns: [],
  isReply: () => false,
  isUser: () => false,
  contentKey: "content",
};

export const completionsClient: ClientHalf = {
  readControl,
  // A text has no media, no tools and no turns.
  readDemand: (body) => ({ ...plainDemand, outputTokens: tokenLimit(body["max_tokens"]) }),
  readSession: (body) => readBodySession(body, () => textOnly),
  readRequest,
  checkRequest,
  openWriter,
  writeReply,
  writeError,
  writeErrorFrames,
  heartbeat: () => ": keep-alive\n\n",
};
