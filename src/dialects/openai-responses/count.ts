// Counting tokens as OpenAI does it: POST /v1/responses/input_tokens (platform.openai.com/docs/api-reference/responses/input-tokens).
import { asNumber, asObject, pick } from "../../core/json.ts";
import type { CountingClient, CountingUpstream } from "../dialect.ts";
import { nativeEdits } from "./control.ts";

/** What InputTokenCountParams of the official SDK declares. */
const counted = [
  "conversation",
  "input",
  "instructions",
  "model",
  "parallel_tool_calls",
  "personality",
  "previous_response_id",
  "reasoning",
  "text",
  "tool_choice",
  "tools",
  "truncation",
];

export const countingUpstream: CountingUpstream = {
  writeBody: (body) => pick(body, counted),
  nativeEdits: (body, model) => nativeEdits(body, { model, askUsage: false }),
  readCount: (body) => asNumber(asObject(body)?.["input_tokens"]),
};

export const countingClient: CountingClient = {
  asRequest: (body) => ({ ...body, stream: false }),
  writeCount: (inputTokens) => ({ object: "response.input_tokens", input_tokens: inputTokens }),
};
