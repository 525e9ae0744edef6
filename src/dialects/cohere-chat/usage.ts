// Token counts and finish reasons of a Cohere v2 reply (translation.md B6, B7: `tokens` count, `billed_units` are for the bill).
import { type Stop, type StopKind, settledKind } from "../../core/events.ts";
import { asNumber, asObject, isObject, type JsonObject } from "../../core/json.ts";
import { emptyUsage, type Usage } from "../../core/usage.ts";

export function readUsage(wire: JsonObject): Usage | undefined {
  const counts = [wire["tokens"], wire["billed_units"]].find(
    (each): each is JsonObject =>
      isObject(each) && (asNumber(each["output_tokens"]) ?? asNumber(each["input_tokens"])) !== undefined,
  );
  if (counts === undefined) return undefined;
  const inputTokens = asNumber(counts["input_tokens"]) ?? 0;
  const outputTokens = asNumber(counts["output_tokens"]) ?? 0;
  const cached = asNumber(wire["cached_tokens"]) ?? asNumber(asObject(wire["tokens"])?.["cached_tokens"]) ?? 0;
  return {
    ...emptyUsage(),
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cacheReadTokens: Math.min(cached, inputTokens),
    raw: wire,
  };
}

const kinds: ReadonlyMap<string, StopKind> = new Map([
  ["COMPLETE", "end"],
  ["STOP_SEQUENCE", "stop-sequence"],
  ["MAX_TOKENS", "length"],
  ["TOOL_CALL", "tool-calls"],
]);

export function readStop(raw: string, callsTools: boolean): Stop {
  return { kind: settledKind(kinds.get(raw) ?? "other", callsTools), raw };
}
