// What remains of an exchange when it is over: one log line with its outcome and usage.
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Usage } from "../core/usage.ts";
import type { Log, LogLevel } from "../telemetry/log.ts";
import type { Stats } from "../telemetry/stats.ts";
import type { InputEstimate } from "../tokens/estimate.ts";
import type { CallNote, Exchange, Outcome, Settle, UsageShare } from "./exchange.ts";

export function openSettle(options: {
  log: Log;
  logRequests: boolean;
  estimate: InputEstimate;
  stats: Stats;
  onSettled: (exchange: Exchange) => void;
}): Settle {
  const { log, logRequests, estimate, stats, onSettled } = options;
  return (exchange, outcome, durationMs) => {
    onSettled(exchange);
    const { record } = exchange;
    const { error, model, prompt, usage } = record;
    countSettled(stats, exchange, outcome);
    // Every settled request teaches what the next one of this model will count; sums of several calls do not.
    if (model !== undefined && prompt && usage && record.continuedBy.length === 0) estimate.learn(model, prompt, usage);
    if (error?.code === "internal") {
      const cause = error.cause instanceof Error ? error.cause : error;
      log.write("error", "internal error", { id: exchange.id, error: cause.message, stack: cause.stack });
    }
    if (logRequests) log.write(levelOf(outcome, record.status), "request", fieldsOf(exchange, outcome, durationMs));
  };
}

function countSettled(stats: Stats, { record }: Exchange, outcome: Outcome): void {
  const { provider, model, usage, calls, shares } = record;
  if (outcome === "client_gone") stats.count("client_gone");
  if (record.attempts > 1) stats.count("failovers", calls.filter(({ outcome: of }) => of !== "skipped").length - 1);
  if (calls.some(({ outcome: of }) => of === "skipped")) stats.count("skipped");
  for (const share of shares) stats.settled(share);
  if (shares.length === 0 && provider !== undefined && model !== undefined) {
    stats.settled({ provider, model, failed: outcome === "error", usage });
  }
}

function levelOf(outcome: Outcome, status: number): LogLevel {
  return outcome === "error" && (status === 200 || status >= 500) ? "warn" : "info";
}

function fieldsOf(exchange: Exchange, outcome: Outcome, durationMs: number): { [name: string]: JsonValue | undefined } {
  const { record } = exchange;
  const { usage } = record;
  const fields: { [name: string]: JsonValue | undefined } = {
    id: exchange.id,
    dialect: exchange.dialect.id,
    endpoint: record.endpoint,
    requested_model: record.requestedModel,
    provider: record.provider,
    model: record.model,
    stream: record.stream,
    status: outcome === "client_gone" ? 499 : record.status,
    outcome,
    attempts: record.attempts,
    tried:
      record.calls.length > 1 || record.calls[0]?.outcome === "skipped" ? record.calls.map(triedFields) : undefined,
    continued_by: record.continuedBy.length > 0 ? record.continuedBy : undefined,
    duration_ms: Math.round(durationMs),
    first_output_ms: record.firstOutputMs === undefined ? undefined : Math.round(record.firstOutputMs),
    translation: record.translation,
    lost: record.lost.length > 0 ? record.lost : undefined,
  };
  if (usage) addUsage(fields, usage);
  if (record.shares.length > 0) fields["shares"] = record.shares.map(shareFields);
  fields["error"] = record.error?.code;
  fields["error_message"] = record.error?.message;
  fields["upstream_request_id"] = record.upstreamRequestId;
  return fields;
}

function triedFields({ provider, model, credential, outcome, reason, durationMs }: CallNote): JsonValue {
  return { provider, model, credential, outcome, ...(reason !== undefined && { reason }), ms: Math.round(durationMs) };
}

function shareFields({ provider, model, failed, usage }: UsageShare): JsonObject {
  const fields: { [name: string]: JsonValue | undefined } = { provider, model, failed };
  if (usage) addUsage(fields, usage);
  // Nothing is written of those that are undefined.
  return fields as JsonObject;
}

function addUsage(fields: { [name: string]: JsonValue | undefined }, usage: Usage): void {
  const or = (tokens: number) => (tokens > 0 ? tokens : undefined);
  fields["input_tokens"] = usage.inputTokens;
  fields["output_tokens"] = usage.outputTokens;
  fields["cache_read_tokens"] = or(usage.cacheReadTokens);
  fields["cache_write_tokens"] = or(usage.cacheWrite5mTokens + usage.cacheWrite1hTokens);
  fields["reasoning_tokens"] = or(usage.reasoningTokens);
  fields["input_audio_seconds"] = usage.inputAudioSeconds;
  fields["output_audio_seconds"] = usage.outputAudioSeconds;
  fields["input_characters"] = usage.inputCharacters;
  fields["search_units"] = usage.searchUnits;
  fields["usage_estimated"] = usage.estimated;
}
