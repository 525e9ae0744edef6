// The client half of Chat Completions: what people send us, and how we answer them.
import type { ClientHalf } from "../dialect.ts";
import { checkRequest, isForeign } from "./check-request.ts";
import { readControl } from "./control.ts";
import { readDemand, readSession } from "./demand.ts";
import { readRequest } from "./read-request.ts";
import { writeError, writeErrorFrames } from "./write-error.ts";
import { writeReply } from "./write-reply.ts";
import { openWriter } from "./writer.ts";

export const openaiChatClient: ClientHalf = {
  exactFields: new Map([
    ["tools", new Set(["parameters"])],
    ["functions", new Set(["parameters"])],
    ["response_format", new Set(["schema"])],
    // Bodies in the shape of Responses.
    ["text", new Set(["schema"])],
    ["metadata", new Set()],
  ]),
  readControl,
  readDemand,
  readSession,
  readRequest,
  checkRequest,
  isForeign,
  openWriter,
  writeReply,
  writeError,
  writeErrorFrames,
  // A comment: SSE readers ignore it, before the first chunk and between chunks (translation.md C8).
  heartbeat: () => ": keep-alive\n\n",
};
