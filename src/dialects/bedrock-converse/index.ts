// The dialect Bedrock Converse (POST /model/{id}/converse and /converse-stream), which is only called.

import { hintEdits } from "../control.ts";
import type { Dialect } from "../dialect.ts";
import { openReaderTap } from "../reader-tap.ts";
import { readError } from "./error.ts";
import { openReader, readReply } from "./read-reply.ts";
import { writeRequest } from "./request.ts";

export const bedrockConverse: Dialect = {
  id: "bedrock-converse",
  upstream: {
    writeRequest,
    openReader,
    readReply,
    exactFields: new Set(["input"]),
    readError,
    needsInlineMedia: true,
    framing: "aws-event-stream",
    openTap: () => openReaderTap({ openReader, readReply }),
    /** The model stands in the path, and usage comes unasked. */
    nativeEdits: hintEdits,
    adjustments: {},
  },
};
