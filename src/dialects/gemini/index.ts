// The dialect of Google's generateContent and streamGenerateContent: the half that calls.
import type { Dialect } from "../dialect.ts";
import { adjustments, nativeEdits } from "./adjust.ts";
import { readError } from "./error.ts";
import { openReader, readReply } from "./read-reply.ts";
import { writeRequest } from "./request.ts";
import { openTap } from "./tap.ts";

export const gemini: Dialect = {
  id: "gemini",
  upstream: {
    writeRequest,
    openReader,
    readReply,
    readError,
    // Google fetches from its own places only (translation.md B2.1).
    needsInlineMedia: true,
    openTap: () => openTap(),
    nativeEdits,
    adjustments,
  },
};
