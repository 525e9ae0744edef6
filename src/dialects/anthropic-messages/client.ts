// The client half of Anthropic Messages: what people send us, and how we answer them.
import { controlOf } from "../control.ts";
import type { ClientHalf } from "../dialect.ts";
import { checkRequest } from "./check-request.ts";
import { countingClient } from "./count.ts";
import { readDemand, readSession } from "./demand.ts";
import { frame } from "./frames.ts";
import { readRequest } from "./read-request.ts";
import { writeAnthropicError } from "./write-error.ts";
import { writeReply } from "./write-reply.ts";
import { openWriter } from "./writer.ts";

export const messagesClient: ClientHalf = {
  // Tool calls hold their arguments as objects here.
  exactFields: new Map([
    ["messages", new Set(["input"])],
    ["tools", new Set(["input_schema", "input_examples"])],
    ["output_config", new Set(["schema"])],
    ["output_format", new Set(["schema"])],
  ]),
  // Streams of this dialect always tell their usage.
  readControl: (body) => controlOf(body, true),
  readDemand,
  readSession,
  readRequest,
  checkRequest,
  counting: countingClient,
  openWriter,
  writeReply,
  writeError: writeAnthropicError,
  writeErrorFrames: (error, requestId) => frame(writeAnthropicError(error, requestId)),
  // A ping is an event of a message that has begun; before that only a comment says nothing (translation.md C8).
  heartbeat: (started) => (started ? frame({ type: "ping" }) : ": keep-alive\n\n"),
};
