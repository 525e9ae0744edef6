// Usage in the events of a WebSocket: the Realtime API's `response.done`, and the Responses API's own last events.
// platform.openai.com/docs/api-reference/realtime-server-events/response/done
import { asNumber, asObject, asString, type JsonObject, parseJson } from "../../core/json.ts";
import { emptyUsage, type Usage } from "../../core/usage.ts";

const lastEvents: ReadonlySet<string> = new Set(["response.done", "response.completed", "response.incomplete"]);
/** Audio is sent in events of its own; one with usage in it repeats the response's items. */
const eventLengthMax = 4 * 1024 * 1024;

/** The sum of this event's usage and what was counted before; undefined for an event that has none. */
export function readSocketUsage(text: string, before: Usage | undefined): Usage | undefined {
  if (text.length > eventLengthMax || !text.includes('"usage"')) return undefined;
  const event = asObject(parseJson(text));
  const usage = asObject(asObject(event?.["response"])?.["usage"]);
  if (!usage || !lastEvents.has(asString(event?.["type"]) ?? "")) return undefined;
  return sum(before ?? emptyUsage(), usage);
}

function sum(before: Usage, usage: JsonObject): Usage {
  const count = (from: JsonObject | undefined, name: string) => asNumber(from?.[name]) ?? 0;
  // The Realtime API says `input_token_details`, Responses `input_tokens_details`.
  const input = asObject(usage["input_token_details"]) ?? asObject(usage["input_tokens_details"]);
  const output = asObject(usage["output_token_details"]) ?? asObject(usage["output_tokens_details"]);
  const inputTokens = count(usage, "input_tokens");
  const outputTokens = count(usage, "output_tokens");
  return {
    ...before,
    inputTokens: before.inputTokens + inputTokens,
    outputTokens: before.outputTokens + outputTokens,
    totalTokens: before.totalTokens + inputTokens + outputTokens,
    cacheReadTokens: before.cacheReadTokens + count(input, "cached_tokens"),
    reasoningTokens: before.reasoningTokens + count(output, "reasoning_tokens"),
    inputAudioTokens: before.inputAudioTokens + count(input, "audio_tokens"),
    outputAudioTokens: before.outputAudioTokens + count(output, "audio_tokens"),
  };
}
