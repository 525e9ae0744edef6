// The dialect of Google's generateContent and streamGenerateContent.

import { hintEdits } from "../control.ts";
import type { Dialect } from "../dialect.ts";
import { adjustments, systemEdits } from "./adjust.ts";
import { geminiClient } from "./client.ts";
import { countingUpstream } from "./count.ts";
import { readError } from "./error.ts";
import { exactFields, openReader, readReply } from "./read-reply.ts";
import type { GeminiCall } from "./read-request.ts";
import { writeRequest } from "./request.ts";
import { openTap } from "./tap.ts";

export const gemini: Dialect = {
  id: "gemini",
  upstream: {
    writeRequest,
    exactFields,
    openReader,
    readReply,
    readError,
    // Google fetches from its own places only (translation.md B2.1).
    needsInlineMedia: true,
    openTap: () => openTap(),
    /** The model and the kind of call stand in the URL, and usage comes unasked. */
    nativeEdits: hintEdits,
    counting: countingUpstream,
    systemEdits,
    adjustments,
  },
};

/** The dialect as one call speaks it: the client half knows what the path said. */
export function geminiCall(call: GeminiCall): Dialect {
  return { ...gemini, client: geminiClient(call) };
}
