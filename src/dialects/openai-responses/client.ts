// The client half of Responses: what people send us, and how we answer them.
import { controlOf } from "../control.ts";
import type { ClientHalf } from "../dialect.ts";
import { writeError } from "../openai-chat/write-error.ts";
import { checkRequest } from "./check-request.ts";
import { countingClient } from "./count.ts";
import { readDemand, readSession } from "./demand.ts";
import { readRequest } from "./read-request.ts";
import { writeErrorFrames } from "./write-error.ts";
import { openWriter, writeReply } from "./writer.ts";

export const openaiResponsesClient: ClientHalf = {
  exactFields: new Map([
    ["tools", new Set(["parameters"])],
    // Tools may stand between the items (Codex).
    ["input", new Set(["parameters"])],
    ["text", new Set(["schema"])],
    ["metadata", new Set()],
  ]),
  // The terminal event always holds the usage; there is nothing to ask for (translation.md A2.1, S48).
  readControl: (body) => controlOf(body, true),
  readDemand,
  readSession,
  readRequest,
  checkRequest,
  counting: countingClient,
  openWriter,
  writeReply,
  // The envelope of a failed call is the one of Chat Completions.
  writeError,
  writeErrorFrames,
  // A comment: the SDK's accumulator throws on events that it does not know (translation.md C3.3, C8).
  heartbeat: () => ": keep-alive\n\n",
};
