// The called half of the Responses dialect.
import type { UpstreamHalf } from "../dialect.ts";
import { readError } from "../openai-chat/error.ts";
import { adjustments } from "./adjust.ts";
import { nativeEdits, systemEdits } from "./control.ts";
import { countingUpstream } from "./count.ts";
import { openReader, readReply } from "./read-reply.ts";
import { openTap } from "./tap.ts";
import { writeRequest } from "./write-request.ts";

export const openaiResponsesUpstream: UpstreamHalf = {
  writeRequest,
  openReader,
  readReply,
  // The envelope of a failed call is the one of Chat Completions (translation.md B13).
  readError,
  openTap,
  nativeEdits,
  counting: countingUpstream,
  systemEdits,
  adjustments,
};
