// Token counts of a Converse reply (translation.md A5, B7): `inputTokens` leaves both caches out, ours holds them.
import { asArray, asNumber, asObject, type JsonObject } from "../../core/json.ts";
import { emptyUsage, type Usage } from "../../core/usage.ts";

export function readUsage(wire: JsonObject): Usage {
  const count = (name: string) => asNumber(wire[name]) ?? 0;
  const cacheReadTokens = count("cacheReadInputTokens");
  const cacheWriteTokens = count("cacheWriteInputTokens");
  const longTokens = (asArray(wire["cacheDetails"]) ?? [])
    .map(asObject)
    .filter((detail) => detail?.["ttl"] === "1h")
    .reduce((sum, detail) => sum + (asNumber(detail?.["inputTokens"]) ?? 0), 0);
  const cacheWrite1hTokens = Math.min(longTokens, cacheWriteTokens);
  const inputTokens = count("inputTokens") + cacheReadTokens + cacheWriteTokens;
  const outputTokens = count("outputTokens");
  return {
    ...emptyUsage(),
    inputTokens,
    outputTokens,
    totalTokens: inputTokens + outputTokens,
    cacheReadTokens,
    cacheWrite5mTokens: cacheWriteTokens - cacheWrite1hTokens,
    cacheWrite1hTokens,
    raw: wire,
  };
}
