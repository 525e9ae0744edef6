// Counting tokens as the Messages API does it: POST /v1/messages/count_tokens (docs.anthropic.com/en/api/messages-count-tokens).
import { asNumber, asObject, type JsonObject, pick } from "../../core/json.ts";
import type { CountingClient, CountingUpstream } from "../dialect.ts";
import { nativeEdits } from "./adjust.ts";

/** What MessageCountTokensParams of the official SDK declares; every other field is refused there. */
const counted = [
  "model",
  "messages",
  "system",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "speed",
  "mcp_servers",
  "context_management",
];

export const countingUpstream: CountingUpstream = {
  writeBody: (body) => pick(body, counted),
  nativeEdits: (body, model) => nativeEdits(body, { model, askUsage: false }),
  readCount: (body) => asNumber(asObject(body)?.["input_tokens"]),
};

export const countingClient: CountingClient = {
  // A reply needs a limit, which a count has no place for.
  asRequest: (body: JsonObject) => ({ max_tokens: 1, ...body, stream: false }),
  writeCount: (inputTokens) => ({ input_tokens: inputTokens }),
};
