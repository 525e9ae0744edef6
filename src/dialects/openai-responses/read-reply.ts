// Reads replies of the Responses dialect, streamed and whole, into canonical events.
import { GatewayError } from "../../core/errors.ts";
import type { Emit, Stop } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, FrameReader } from "../dialect.ts";
import { errorOfNode } from "../openai-chat/error.ts";
import { readUsage } from "../openai-chat/read-usage.ts";
import { OutputReader } from "./read-output.ts";

/** The error of a failed response or of an `error` event, whose words stand flat or nested (translation.md A2.4). */
export function errorOf(node: JsonObject): GatewayError {
  const error = asObject(node["error"]);
  if (error) return errorOfNode({ error });
  const message = asString(node["message"]);
  if (message !== undefined) return errorOfNode({ error: { message, code: node["code"] ?? null } });
  return new GatewayError("upstream_failed", "the provider failed to answer and did not say why");
}

/** translation.md B6, column RS. */
const incompleteStops: { readonly [reason: string]: Stop["kind"] } = {
  max_output_tokens: "length",
  max_tokens: "length",
  content_filter: "safety",
};

function stopOf(response: JsonObject, calls: number, status: string): Stop {
  if (status !== "incomplete") return { kind: calls > 0 ? "tool-calls" : "end", raw: status };
  const reason = asString(asObject(response["incomplete_details"])?.["reason"]) ?? "";
  const kind = Object.hasOwn(incompleteStops, reason) ? incompleteStops[reason] : undefined;
  if (kind) return { kind, raw: reason };
  // Cut for a reason of its own: no dialect has a word for it, so it is told in words.
  return { kind: "length", ...(reason === "" ? {} : { raw: reason, explanation: `the reply was cut: ${reason}` }) };
}

/** Fields of a response that are read, and those that only repeat what the client has asked for. */
const knownFields: ReadonlySet<string> = new Set([
  ...["id", "object", "created_at", "model", "output", "output_text", "status", "error", "incomplete_details", "usage"],
  ...["instructions", "metadata", "parallel_tool_calls", "temperature", "tool_choice", "tools", "top_p", "background"],
  ...["conversation", "max_output_tokens", "max_tool_calls", "previous_response_id", "prompt", "prompt_cache_key"],
  ...["prompt_cache_retention", "prompt_cache_options", "reasoning", "safety_identifier", "store", "text"],
  ...["top_logprobs", "truncation", "user"],
]);

const failedStatuses: ReadonlySet<string> = new Set(["failed", "cancelled"]);

class ResponsesReader implements FrameReader {
  readonly #emit: Emit;
  readonly #output: OutputReader;
  #started = false;
  #ended = false;

  constructor(emit: Emit, facts: TargetFacts) {
    this.#emit = emit;
    this.#output = new OutputReader(emit, facts.origin);
  }

  read(frame: Frame): void {
    if (this.#ended || frame.data === "" || frame.data.startsWith("[DONE]")) return;
    let event: JsonObject | undefined;
    try {
      event = asObject(JSON.parse(frame.data));
    } catch (cause) {
      this.#fail(new GatewayError("upstream_malformed", "the provider sent an event that is not JSON", { cause }));
      return;
    }
    if (event) this.#take(event, asString(event["type"]) ?? frame.event);
  }

  #take(event: JsonObject, type: string): void {
    const response = asObject(event["response"]);
    if (type === "error") this.#fail(errorOf(event));
    else if (response && type.startsWith("response.")) this.#lifecycle(response, type.slice("response.".length));
    else if (asNumber(event["output_index"]) !== undefined) {
      const index = asNumber(event["output_index"]) ?? 0;
      if (Object.hasOwn(readers, type)) readers[type]?.(this.#output, index, event);
    } else if (asObject(event["error"])) this.#fail(errorOf(event));
    else if (type.startsWith("response.audio.")) this.#output.lose("audio");
  }

  #lifecycle(response: JsonObject, phase: string): void {
    this.#start(response);
    if (phase === "completed" || phase === "incomplete" || failedStatuses.has(phase)) {
      this.finish(response, asString(response["status"]) ?? phase);
    }
  }

  #start(response: JsonObject): void {
    if (this.#started) return;
    this.#started = true;
    const id = asString(response["id"]);
    const model = asString(response["model"]);
    const createdAtSeconds = asNumber(response["created_at"]);
    this.#emit({
      type: "start",
      ...(id !== undefined && { id }),
      ...(model !== undefined && { model }),
      ...(createdAtSeconds !== undefined && { createdAtSeconds }),
    });
  }

  /** The final response: what it holds and the events did not, its usage even when it failed (U17), its end. */
  finish(response: JsonObject, status: string): void {
    this.#start(response);
    const usage = asObject(response["usage"]);
    if (usage) this.#emit({ type: "usage", usage: readUsage(usage) });
    if (failedStatuses.has(status)) {
      this.#fail(errorOf(response));
      return;
    }
    this.#output.finish(response);
    this.#noteExtra(response);
    this.#emit({ type: "stop", stop: stopOf(response, this.#output.calls, status) });
    this.#ended = true;
    this.#emit({ type: "end" });
  }

  /** What the final response tells beside the answer: its service tier, what was found and counted on the way. */
  #noteExtra(response: JsonObject): void {
    let extra: JsonObject | undefined;
    for (const key in response) {
      const value = response[key];
      if (value === null || value === undefined || knownFields.has(key)) continue;
      extra ??= {};
      extra[key] = value;
    }
    if (extra) this.#emit({ type: "extra", extra });
  }

  #fail(error: GatewayError): void {
    this.#ended = true;
    this.#emit({ type: "error", error });
  }

  end(): void {
    if (this.#ended) return;
    this.#fail(new GatewayError("upstream_truncated", "the provider's reply ended before it was complete"));
  }
}

type ReadEvent = (output: OutputReader, index: number, event: JsonObject) => void;

const delta = (event: JsonObject): string => asString(event["delta"]) ?? "";
const contentIndex = (event: JsonObject): number => asNumber(event["content_index"]) ?? 0;

/** Events of hosted tools are not here: their items come whole. */
const readers: { readonly [type: string]: ReadEvent } = {
  "response.output_item.added": (output, index, event) => output.added(index, asObject(event["item"]) ?? {}),
  "response.output_item.done": (output, index, event) => output.done(index, asObject(event["item"]) ?? {}),
  "response.output_text.delta": (output, index, event) => {
    output.text(index, { contentIndex: contentIndex(event), kind: "text" }, delta(event));
    output.weigh(event["logprobs"]);
  },
  "response.refusal.delta": (output, index, event) =>
    output.text(index, { contentIndex: contentIndex(event), kind: "refusal" }, delta(event)),
  "response.reasoning_summary_text.delta": (output, index, event) =>
    output.summary(index, asNumber(event["summary_index"]) ?? 0, delta(event)),
  "response.reasoning_text.delta": (output, index, event) => output.summary(index, contentIndex(event), delta(event)),
  "response.function_call_arguments.delta": (output, index, event) => output.arguments(index, delta(event)),
  "response.function_call_arguments.done": (output, index, event) =>
    output.argumentsDone(index, asString(event["arguments"]) ?? ""),
  "response.image_generation_call.partial_image": (output) => output.lose("partial_image"),
  "response.custom_tool_call_input.delta": (output, index, event) => output.arguments(index, delta(event)),
  "response.custom_tool_call_input.done": (output, index, event) =>
    output.argumentsDone(index, asString(event["input"]) ?? ""),
};

export function openReader(emit: Emit, facts: TargetFacts): FrameReader {
  return new ResponsesReader(emit, facts);
}

/** The error that stands in place of an answer, or beside it with a failed status; undefined when there is none. */
export function errorInReply(body: JsonValue): GatewayError | undefined {
  const response = asObject(body);
  if (!response) return new GatewayError("upstream_malformed", "the provider's reply is not an object");
  if (asObject(response["error"]) || failedStatuses.has(asString(response["status"]) ?? "")) return errorOf(response);
  if (Array.isArray(response["output"])) return undefined;
  return new GatewayError("upstream_malformed", "the provider's reply holds no output");
}

export function readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void {
  const response = asObject(body) ?? {};
  const error = errorInReply(body);
  if (error) {
    const usage = asObject(response["usage"]);
    if (usage) emit({ type: "usage", usage: readUsage(usage) });
    emit({ type: "error", error });
    return;
  }
  new ResponsesReader(emit, facts).finish(response, asString(response["status"]) ?? "completed");
}
