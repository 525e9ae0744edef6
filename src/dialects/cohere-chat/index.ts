// The dialect Cohere Chat v2 (POST /v2/chat), which is only called.
import type { JsonObject } from "../../core/json.ts";
import type { Dialect, Edit, NativeChange } from "../dialect.ts";
import { openReaderTap } from "../reader-tap.ts";
import { readError } from "./error.ts";
import { openReader, readReply } from "./read-reply.ts";
import { writeRequest } from "./request.ts";

function nativeEdits(body: JsonObject, change: NativeChange): Edit[] {
  const edits: Edit[] = [];
  if (body["model"] !== change.model) edits.push({ path: ["model"], op: "set", value: change.model });
  if (typeof body["provider"] === "string") edits.push({ path: ["provider"], op: "remove" });
  return edits;
}

export const cohereChat: Dialect = {
  id: "cohere-chat",
  upstream: {
    writeRequest,
    openReader,
    readReply,
    readError,
    openTap: () => openReaderTap({ openReader, readReply }),
    nativeEdits,
    adjustments: {},
  },
};
