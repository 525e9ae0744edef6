// Reads Chat Completions chunks, and whole replies as one large chunk, into canonical events.
import { GatewayError } from "../../core/errors.ts";
import type { Emit } from "../../core/events.ts";
import type { TargetFacts } from "../../core/facts.ts";
import { asArray, asNumber, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, FrameReader } from "../dialect.ts";
import { errorOfNode, readErrorObject } from "./error.ts";
import { knownFieldsOf } from "./fields.ts";
import { ChoiceReader, type ReplyScope } from "./read-choice.ts";
import { findUsage, readUsage } from "./read-usage.ts";
import { type ReplyRepairs, readRepairs } from "./reply-repairs.ts";
import { failureOfFinish } from "./stop-reasons.ts";

/** Fields that are read, or that say nothing: `obfuscation` is padding against traffic analysis. */
const knownFields = knownFieldsOf(
  ...["id", "object", "created", "model", "choices", "usage", "error", "obfuscation", "base_resp"],
);

function malformed(what: string, cause?: unknown): GatewayError {
  return new GatewayError("upstream_malformed", what, cause === undefined ? {} : { cause });
}

export class ChatReader implements FrameReader, ReplyScope {
  readonly repairs: ReplyRepairs;
  readonly #emit: Emit;
  readonly #choices = new Map<number, ChoiceReader>();
  readonly #lost = new Set<string>();
  /** Last value of each extra field and its text, since some hosts repeat them in every chunk. */
  readonly #extras = new Map<string, { text: string; value: JsonValue }>();
  #pendingExtra: JsonObject = {};
  #started = false;
  #done = false;
  #blocks = 0;

  constructor(emit: Emit, facts: TargetFacts) {
    this.#emit = emit;
    this.repairs = readRepairs(facts);
  }

  read(frame: Frame): void {
    const text = frame.data.trim();
    // An empty data line is no terminator (S17); what follows [DONE] is not part of the reply.
    if (this.#done || text === "") return;
    if (text.startsWith("[DONE]")) this.#finish();
    else this.#readText(text, frame.event);
  }

  #readText(text: string, event: string): void {
    let body: JsonValue;
    try {
      body = JSON.parse(text) as JsonValue;
    } catch (cause) {
      this.fail(malformed("the provider sent a frame that is not JSON", cause));
      return;
    }
    if (event === "error" && !asObject(body)?.["choices"]) this.fail(errorOfNode(body));
    else this.#readBody(body, false);
  }

  end(): void {
    if (this.#done) return;
    const open = [...this.#choices.values()];
    if (open.length > 0 && open.every((choice) => choice.finished)) this.#finish();
    else this.fail(new GatewayError("upstream_truncated", "the provider's reply ended before it was complete"));
  }

  /** A whole reply: complete by itself, whatever its finish reason. */
  readWhole(body: JsonValue): void {
    this.#readBody(body, true);
    if (!this.#done) this.#finish();
  }

  emit: Emit = (event) => {
    if (this.#done) return;
    this.#start();
    this.#emit(event);
  };

  nextBlock(): number {
    return this.#blocks++;
  }

  lost(field: string): void {
    if (this.#lost.has(field)) return;
    this.#lost.add(field);
    this.emit({ type: "lost", field });
  }

  fail(error: GatewayError): void {
    if (this.#done) return;
    this.#done = true;
    this.#emit({ type: "error", error });
  }

  #finish(): void {
    if (this.#choices.size === 0) this.fail(malformed("the provider's reply holds no choices"));
    for (const choice of this.#choices.values()) choice.end();
    this.emit({ type: "end" });
    this.#done = true;
  }

  #readBody(value: JsonValue, whole: boolean): void {
    // Google's shim wraps errors into an array.
    const body = asObject(Array.isArray(value) ? value[0] : value);
    if (body) this.#readObject(body, whole);
    else this.fail(malformed("the provider's reply is not an object"));
  }

  #readObject(body: JsonObject, whole: boolean): void {
    const error = readErrorObject(body);
    const usage = findUsage(body);
    if (error) {
      if (usage && this.#started) this.emit({ type: "usage", usage: readUsage(usage, body) });
      this.fail(error);
      return;
    }
    this.#noteExtra(body);
    const choices = asArray(body["choices"]) ?? [];
    // Azure's first chunk has no choices and an empty id; the reply begins with the next one (S27).
    if (choices.length > 0 || usage) this.#start(body);
    this.#readChoices(choices, whole);
    if (usage) this.emit({ type: "usage", usage: readUsage(usage, body) });
    if (!this.#done) this.#failOnFinish(choices);
  }

  #readChoices(choices: readonly JsonValue[], whole: boolean): void {
    for (let position = 0; position < choices.length; position++) {
      const choice = choices[position];
      if (isObject(choice)) this.#choice(choice, position).read(choice, whole);
    }
  }

  #failOnFinish(choices: readonly JsonValue[]): void {
    for (const choice of choices) {
      const word = asString(asObject(choice)?.["finish_reason"]);
      const error = word ? failureOfFinish(word) : undefined;
      if (error) this.fail(error);
    }
  }

  #choice(choice: JsonObject, position: number): ChoiceReader {
    const index = this.repairs.mergeChoices ? 0 : Math.max(0, asNumber(choice["index"]) ?? position);
    let reader = this.#choices.get(index);
    if (!reader) {
      reader = new ChoiceReader(this, index);
      this.#choices.set(index, reader);
    }
    return reader;
  }

  #start(body: JsonObject = {}): void {
    if (this.#started) return;
    this.#started = true;
    const id = asString(body["id"]);
    const model = asString(body["model"]);
    const created = asNumber(body["created"]);
    this.#emit({
      type: "start",
      ...(id ? { id } : {}),
      ...(model ? { model } : {}),
      ...(created === undefined ? {} : { createdAtSeconds: created }),
    });
    if (Object.keys(this.#pendingExtra).length > 0) this.#emit({ type: "extra", extra: this.#pendingExtra });
    this.#pendingExtra = {};
  }

  /** Fields of the reply that no canonical field holds: new ones, and new values of known ones. */
  #noteExtra(body: JsonObject): void {
    let extra: JsonObject | undefined;
    for (const key in body) {
      const value = body[key];
      if (knownFields[key] || value === null || value === undefined) continue;
      const text = typeof value === "string" ? value : JSON.stringify(value);
      const before = this.#extras.get(key);
      if (before?.text === text) continue;
      // Groq's `x_groq` holds other fields in the first chunk than in the last.
      const merged = isObject(before?.value) && isObject(value) ? { ...before.value, ...value } : value;
      this.#extras.set(key, { text, value: merged });
      extra ??= {};
      extra[key] = merged;
    }
    if (!extra) return;
    if (this.#started) this.emit({ type: "extra", extra });
    else this.#pendingExtra = { ...this.#pendingExtra, ...extra };
  }
}
