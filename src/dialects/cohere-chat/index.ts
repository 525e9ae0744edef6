// The dialect Cohere Chat v2 (POST /v2/chat), which is only called.
import { modelEdits } from "../control.ts";
import type { Dialect } from "../dialect.ts";
import { openReaderTap } from "../reader-tap.ts";
import { readError } from "./error.ts";
import { openReader, readReply } from "./read-reply.ts";
import { writeRequest } from "./request.ts";

export const cohereChat: Dialect = {
  id: "cohere-chat",
  upstream: {
    writeRequest,
    openReader,
    readReply,
    readError,
    openTap: () => openReaderTap({ openReader, readReply }),
    nativeEdits: (body, { model }) => modelEdits(body, model),
    adjustments: {},
  },
};
