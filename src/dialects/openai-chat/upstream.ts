// The called half of the Chat Completions dialect.
import type { UpstreamHalf } from "../dialect.ts";
import { adjustments } from "./adjust.ts";
import { annotateEdits, nativeEdits, systemEdits } from "./control.ts";
import { readError } from "./error.ts";
import { openReader, readReply } from "./read-reply.ts";
import { openTap } from "./tap.ts";
import { writeRequest } from "./write-request.ts";

export const openaiChatUpstream: UpstreamHalf = {
  writeRequest,
  openReader,
  readReply,
  readError,
  openTap,
  annotateEdits,
  nativeEdits,
  systemEdits,
  adjustments,
};
