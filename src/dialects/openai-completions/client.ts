// The client half of text completions: what people send us, and how we answer them.
import type { JsonObject } from "../../core/json.ts";
import type { ClientHalf, RequestControl } from "../dialect.ts";
import { readControl as readChatControl } from "../openai-chat/control.ts";
import { writeError, writeErrorFrames } from "../openai-chat/write-error.ts";
import { checkRequest, readRequest } from "./read-request.ts";
import { openWriter, writeReply } from "./writer.ts";

/** Each prompt of a list has choices of its own. */
function readControl(body: JsonObject): RequestControl {
  const control = readChatControl(body);
  const { prompt } = body;
  const isList = Array.isArray(prompt) && prompt.length > 1 && typeof prompt[0] !== "number";
  return isList ? { ...control, severalChoices: true } : control;
}

export const completionsClient: ClientHalf = {
  readControl,
  readRequest,
  checkRequest,
  openWriter,
  writeReply,
  writeError,
  writeErrorFrames,
  heartbeat: () => ": keep-alive\n\n",
};
