// The upstream half of Anthropic Messages: how a provider that speaks it is called and read.
import type { UpstreamHalf } from "../dialect.ts";
import { adjustments, nativeEdits, renameEdits, systemEdits } from "./adjust.ts";
import { countingUpstream } from "./count.ts";
import { readError } from "./error.ts";
import { openReader, readReply } from "./read-reply.ts";
import { writeRequest } from "./request.ts";
import { openTap } from "./tap.ts";

export const messagesUpstream: UpstreamHalf = {
  writeRequest,
  exactFields: new Set(["input"]),
  openReader,
  readReply,
  readError,
  openTap,
  nativeEdits,
  renameEdits,
  counting: countingUpstream,
  systemEdits,
  adjustments,
};
