// Reads Gemini's reply, whole or chunk by chunk: each chunk is a fragment of the same object (translation.md A4.5, C4).
import { GatewayError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import {
  asArray,
  asNumber,
  asObject,
  asString,
  isObject,
  type JsonObject,
  type JsonValue,
  withExact,
} from "../../core/json.ts";
import type { Frame, FrameReader } from "../dialect.ts";
import { readErrorInside } from "./error.ts";
import { CandidateReader, type ReplyScope } from "./read-candidate.ts";
import { isFailedReason, readBlock } from "./stop.ts";
import { readUsage } from "./usage.ts";

const maxCandidates = 128;

/** Arguments of calls: the only numbers that must survive as they are written. */
export const exactFields: ReadonlySet<string> = new Set(["args", "partialArgs"]);

/** Cloud Code and the CLI's endpoints wrap every chunk in `response` (S59). Undefined for what is no object. */
export function unwrap(value: JsonValue): JsonObject | undefined {
  const body = asObject(value);
  return body && isObject(body["response"]) && body["candidates"] === undefined ? body["response"] : body;
}

/** Ids of calls come from nowhere on this wire: they must differ over a whole conversation, so they are random (T06). */
const randomId = () => `call_${crypto.randomUUID().replaceAll("-", "")}`;

export type ReaderOptions = { emit: Emit; facts: TargetFacts; newId?: () => string };

export class GeminiReader implements FrameReader {
  readonly #emit: Emit;
  readonly #facts: TargetFacts;
  readonly #scope: ReplyScope;
  readonly #candidates: CandidateReader[] = [];
  readonly #lost = new Set<string>();
  #blocks = 0;
  #started = false;
  #ended = false;
  /** Feedback of a prompt that was refused. */
  #feedback: JsonValue | undefined;
  #extra: JsonObject = {};

  constructor({ emit, facts, newId = randomId }: ReaderOptions) {
    this.#emit = emit;
    this.#facts = facts;
    this.#scope = {
      emit,
      origin: facts.origin,
      newId,
      nextBlock: () => this.#blocks++,
      callIds: new Set(),
      lost: (field) => this.#lose(field),
    };
  }

  read(frame: Frame): void {
    if (this.#ended || frame.data === "") return;
    let value: JsonValue;
    try {
      value = JSON.parse(frame.data) as JsonValue;
      if (frame.data.includes('"functionCall"')) value = withExact(value, frame.data, exactFields);
    } catch (cause) {
      this.#fail(
        new GatewayError("upstream_malformed", `${this.#facts.provider} sent a frame that is not JSON`, { cause }),
      );
      return;
    }
    this.readValue(value);
  }

  /** One chunk, or a list of them, as the wire has it without `alt=sse` (A4.1). */
  readValue(value: JsonValue): void {
    for (const chunk of Array.isArray(value) ? value : [value]) {
      if (this.#ended) return;
      const error = readErrorInside(chunk, this.#facts.provider);
      const body = unwrap(chunk);
      if (error) this.#fail(error);
      else if (body) this.#readChunk(body);
      else
        this.#fail(
          new GatewayError("upstream_malformed", `${this.#facts.provider} sent a reply that is not an object`),
        );
    }
  }

  end(): void {
    if (this.#ended) return;
    const blocked = readBlock(this.#feedback);
    const finished = this.#candidates.filter((candidate) => candidate.finished);
    const whole = this.#candidates.length > 0 && finished.length === this.#candidates.length;
    if (!whole && !blocked) {
      const words = `the reply of ${this.#facts.provider} ended before it was complete`;
      this.#fail(new GatewayError("upstream_truncated", words));
      return;
    }
    if (this.#candidates.length === 0) this.#candidate(0);
    for (const candidate of this.#candidates) candidate.end(blocked);
    const extra = {
      ...this.#extra,
      ...Object.fromEntries(this.#candidates.flatMap((candidate) => candidate.extraEntries)),
    };
    if (Object.keys(extra).length > 0) this.#emit({ type: "extra", extra });
    this.#ended = true;
    this.#emit({ type: "end" });
  }

  #lose(field: string): void {
    if (this.#lost.has(field)) return;
    this.#lost.add(field);
    this.#emit({ type: "lost", field });
  }

  #fail(error: GatewayError): void {
    this.#ended = true;
    this.#emit({ type: "error", error });
  }

  #readChunk(body: JsonObject): void {
    if (!this.#started) this.#start(body);
    const usage = readUsage(body["usageMetadata"]);
    // A snapshot: the last one counts, and the first already tells the input (U12, U27).
    if (usage) this.#emit({ type: "usage", usage });
    const traffic = asObject(body["usageMetadata"])?.["trafficType"];
    if (traffic !== undefined) this.#extra["trafficType"] = traffic;
    if (isObject(body["modelStatus"])) this.#extra["modelStatus"] = body["modelStatus"];
    if (asObject(body["promptFeedback"])) {
      this.#feedback = body["promptFeedback"];
      this.#extra["promptFeedback"] = body["promptFeedback"] as JsonValue;
    }
    for (const entry of asArray(body["candidates"]) ?? []) {
      if (this.#ended) return;
      this.#readCandidate(asObject(entry) ?? {});
    }
  }

  #start(body: JsonObject): void {
    this.#started = true;
    const id = asString(body["responseId"]);
    const model = asString(body["modelVersion"]);
    const createdMs = Date.parse(asString(body["createTime"]) ?? "");
    this.#emit({
      type: "start",
      ...(id !== undefined ? { id } : {}),
      ...(model !== undefined ? { model } : {}),
      ...(Number.isFinite(createdMs) ? { createdAtSeconds: Math.floor(createdMs / 1000) } : {}),
    });
  }

  #readCandidate(raw: JsonObject): void {
    const index = asNumber(raw["index"]) ?? 0;
    if (!Number.isInteger(index) || index < 0 || index >= maxCandidates) {
      this.#fail(new GatewayError("upstream_malformed", `${this.#facts.provider} sent a candidate with a wrong index`));
      return;
    }
    const fault = this.#candidate(index).read(raw);
    const reason = asString(raw["finishReason"]) ?? "";
    if (fault !== undefined) this.#fail(new GatewayError("upstream_malformed", fault));
    else if (isFailedReason(reason)) {
      const words = asString(raw["finishMessage"]) || "the model wrote a tool call that cannot be read";
      this.#fail(
        new GatewayError("upstream_malformed", `${words} (${reason})`, { upstream: { status: 200, type: reason } }),
      );
    }
  }

  #candidate(index: number): CandidateReader {
    // Numbers are dense: a choice that only comes later still has its place.
    while (this.#candidates.length <= index)
      this.#candidates.push(new CandidateReader(this.#scope, this.#candidates.length));
    return this.#candidates[index] as CandidateReader;
  }
}

export function openReader(emit: Emit, facts: TargetFacts): FrameReader {
  return new GeminiReader({ emit, facts });
}

export function readReply(body: JsonValue, emit: Emit, facts: TargetFacts): void {
  const reader = new GeminiReader({ emit, facts });
  reader.readValue(body);
  reader.end();
}
