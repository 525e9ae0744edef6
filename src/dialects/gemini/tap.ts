// What the as-is relay looks for in a Gemini reply. Every chunk carries usage (translation.md A4.5), so every chunk is read.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asNumber, asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, ReplyTap, Sighting } from "../dialect.ts";
import { readErrorInside } from "./error.ts";
import { unwrap } from "./read-reply.ts";
import { readUsage } from "./usage.ts";

class GeminiTap implements ReplyTap {
  /** Choices that have begun, and whether their finish reason was seen. */
  readonly #finished = new Map<number, boolean>();
  readonly #provider: string;

  constructor(provider: string) {
    this.#provider = provider;
  }

  mayMatter(): boolean {
    return true;
  }

  inspect(frame: Frame): Sighting {
    try {
      return this.#look(JSON.parse(frame.data) as JsonValue);
    } catch (cause) {
      return { error: new GatewayError("upstream_malformed", "the provider sent a frame that is not JSON", { cause }) };
    }
  }

  inspectReply(body: JsonValue): Sighting {
    const sighting = this.#look(body);
    if (!sighting.error && !sighting.finished) {
      sighting.error = new GatewayError("upstream_malformed", "the provider's reply has no finish reason");
    }
    return sighting;
  }

  #look(value: JsonValue): Sighting {
    const error = readErrorInside(value, this.#provider);
    if (error) return { error };
    const sighting: Sighting = {};
    for (const chunk of Array.isArray(value) ? value : [value]) {
      const body = unwrap(chunk);
      if (!body) return { error: new GatewayError("upstream_malformed", "the provider's reply is not an object") };
      this.#lookAtChunk(body, sighting);
    }
    const states = [...this.#finished.values()];
    if (states.length > 0 && states.every((finished) => finished)) sighting.finished = true;
    return sighting;
  }

  #lookAtChunk(body: JsonObject, sighting: Sighting): void {
    const model = asString(body["modelVersion"]);
    const id = asString(body["responseId"]);
    const usage = readUsage(body["usageMetadata"]);
    if (model !== undefined) sighting.model = model;
    if (id !== undefined) sighting.id = id;
    if (usage) sighting.usage = usage;
    for (const entry of asArray(body["candidates"]) ?? []) {
      const candidate = asObject(entry) ?? {};
      const index = asNumber(candidate["index"]) ?? 0;
      const finish = asString(candidate["finishReason"]);
      this.#finished.set(index, finish ? true : (this.#finished.get(index) ?? false));
      const parts = asArray(asObject(candidate["content"])?.["parts"]) ?? [];
      if (finish || parts.some((part) => asObject(part)?.["text"] !== "")) sighting.output = true;
    }
    // A blocked prompt has no candidates: the block is its whole reply (A4.5).
    if (asString(asObject(body["promptFeedback"])?.["blockReason"]) && this.#finished.size === 0) {
      this.#finished.set(0, true);
      sighting.output = true;
    }
  }
}

export function openTap(provider = "the provider"): ReplyTap {
  return new GeminiTap(provider);
}
