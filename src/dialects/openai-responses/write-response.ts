// Writes the response object of Responses: its frame, why it ended, its usage.
import type { GatewayError } from "../../core/errors.ts";
import type { Stop, StopKind } from "../../core/events.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/usage.ts";
import { defined } from "../openai-chat/fields.ts";

/** Inclusive totals, as this dialect counts (translation.md B7); details are always numbers (U10). */
export function writeUsage(usage: Usage): JsonObject {
  return defined<JsonObject>({
    input_tokens: usage.inputTokens,
    input_tokens_details: {
      cached_tokens: usage.cacheReadTokens,
      cache_write_tokens: usage.cacheWrite5mTokens + usage.cacheWrite1hTokens,
    },
    output_tokens: usage.outputTokens,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    total_tokens: usage.totalTokens,
    estimated: usage.estimated === true ? true : undefined,
    raw_usage: usage.raw,
  });
}

/** translation.md B6, column RS: what is not here is `completed` (X10, X11, X12). */
const incompleteReasons: { readonly [kind in StopKind]?: string } = {
  length: "max_output_tokens",
  "context-full": "max_output_tokens",
  safety: "content_filter",
  recitation: "content_filter",
};

export function incompleteReason(stop: Stop | undefined): string | undefined {
  return stop && incompleteReasons[stop.kind];
}

/** The error inside a failed response; clients look for the words they know in `code`. */
export function responseError(error: GatewayError): JsonObject {
  return { code: error.publicCode ?? "server_error", message: error.message };
}

export type ResponseState = {
  id: string;
  model: string;
  createdAtSeconds: number;
  status: "in_progress" | "completed" | "incomplete" | "failed";
  output: JsonObject[];
  incompleteReason?: string;
  error?: JsonObject;
  usage?: Usage;
  /** Reply-level fields of the upstream's. */
  extra: JsonObject;
};

/** Every field that the SDKs' types have. What the request said is not known here, so its echo holds the defaults. */
export function writeResponse(state: ResponseState): JsonObject {
  return {
    background: false,
    instructions: null,
    max_output_tokens: null,
    metadata: {},
    parallel_tool_calls: true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    service_tier: "default",
    temperature: null,
    text: { format: { type: "text" } },
    tool_choice: "auto",
    tools: [],
    top_p: null,
    truncation: "disabled",
    ...state.extra,
    id: state.id,
    object: "response",
    created_at: state.createdAtSeconds,
    status: state.status,
    error: state.error ?? null,
    incomplete_details: state.incompleteReason === undefined ? null : { reason: state.incompleteReason },
    model: state.model,
    output: state.output,
    // Nothing is kept here: a client must not count on finding the response again.
    store: false,
    usage: state.usage ? writeUsage(state.usage) : null,
  };
}
