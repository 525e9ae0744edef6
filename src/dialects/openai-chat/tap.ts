// What the as-is relay looks for in a Chat Completions reply: output, usage, a finish, an error, the end. Changes nothing.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, ReplyTap, Sighting } from "../dialect.ts";
import { endAsObjects } from "../framing/sse.ts";
import { errorOfNode, readErrorObject } from "./error.ts";
import { readUsage } from "./read-usage.ts";

// Searched with Buffer's native search over Uint8Arrays that fetch hands out; a view per chunk would cost more.
const find = Buffer.prototype.indexOf as (this: Uint8Array, wanted: Uint8Array, from?: number) => number;
const usageKey = Buffer.from('"usage"');
const finishKey = Buffer.from('"finish_reason"');
const errorKey = Buffer.from('"error"');
const choicesKey = Buffer.from('"choices"');
const errorWord = Buffer.from("error");
const errorEvent = Buffer.from("event: error");
const blankLine = Buffer.from("\n\n");

const letterN = 0x6e;

/** Finish reasons that hosts use to say that the reply failed (translation.md B6). */
const failedFinish = new Set(["error", "network_error", "insufficient_system_resource"]);

/** Does the key stand here with a value other than null? Every frame of some hosts carries `"usage":null`. */
function hasValue(bytes: Uint8Array, key: Uint8Array): boolean {
  let from = find.call(bytes, key);
  while (from >= 0) {
    let index = from + key.length;
    while (bytes[index] === 0x20 || bytes[index] === 0x3a) index++;
    if (bytes[index] !== letterN) return true;
    from = find.call(bytes, key, index);
  }
  return false;
}

/** Does every frame of the run hold the key? Good frames must not hide a bad one among them. */
function eachHolds(bytes: Uint8Array, key: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const found = find.call(bytes, key, at);
    const end = find.call(bytes, blankLine, at);
    if (found < 0 || (end >= 0 && end < found)) return false;
    at = end < 0 ? bytes.length : end + blankLine.length;
  }
  return true;
}

class ChatTap implements ReplyTap {
  /** Some clients read on until it comes, or call its absence a failure. */
  readonly closing = "data: [DONE]\n\n";
  readonly #finished: boolean[] = [];

  mayMatter(bytes: Uint8Array): boolean {
    if (!endAsObjects(bytes)) return true;
    // A failure may come without an error object: as an event of that name, or as bare words in place of choices.
    if (!eachHolds(bytes, choicesKey)) return true;
    if (find.call(bytes, errorWord) >= 0 && (find.call(bytes, errorEvent) >= 0 || hasValue(bytes, errorKey)))
      return true;
    return hasValue(bytes, usageKey) || hasValue(bytes, finishKey);
  }

  inspect(frame: Frame): Sighting {
    if (frame.data.startsWith("[DONE]")) {
      return this.#finished.length > 0 ? { terminal: true, finished: true, output: true } : { error: noChoices() };
    }
    let body: JsonValue;
    try {
      body = JSON.parse(frame.data) as JsonValue;
    } catch (cause) {
      return { error: new GatewayError("upstream_malformed", "the provider sent a frame that is not JSON", { cause }) };
    }
    const sighting = this.#look(body, "delta");
    // All choices that have begun must end; one that begins behind the end of another takes the end back.
    if (this.#finished.includes(true)) sighting.finished = this.#finished.every((finished) => finished);
    if (frame.event === "error" && !asObject(body)?.["choices"]) sighting.error ??= errorOfNode(body);
    return sighting;
  }

  inspectReply(body: JsonValue): Sighting {
    const sighting = this.#look(body, "message");
    if (this.#finished.length === 0) sighting.error ??= noChoices();
    return sighting;
  }

  #look(value: JsonValue, part: "delta" | "message"): Sighting {
    const body = asObject(Array.isArray(value) ? value[0] : value);
    if (!body) return { error: new GatewayError("upstream_malformed", "the provider's reply is not an object") };
    const error = readErrorObject(body);
    if (error) return { error };
    const sighting: Sighting = {};
    if (typeof body["model"] === "string") sighting.model = body["model"];
    if (typeof body["id"] === "string") sighting.id = body["id"];
    const choices = asArray(body["choices"]);
    const usage = asObject(body["usage"]) ?? asObject(asObject(body["x_groq"])?.["usage"]);
    if (usage) sighting.usage = readUsage(usage, body);
    if (usage && (choices?.length ?? 0) === 0) sighting.usageOnly = true;
    for (const [position, choice] of (choices ?? []).entries()) {
      this.#lookAtChoice(asObject(choice) ?? {}, position, { sighting, part });
    }
    return sighting;
  }

  #lookAtChoice(choice: JsonObject, position: number, into: { sighting: Sighting; part: "delta" | "message" }): void {
    const { sighting, part } = into;
    const index = typeof choice["index"] === "number" ? choice["index"] : position;
    this.#finished[index] ??= false;
    const finish = choice["finish_reason"];
    if (typeof finish === "string" && failedFinish.has(finish)) {
      sighting.error = new GatewayError("upstream_failed", `the provider ended the reply with "${finish}"`);
    } else if (typeof finish === "string" && finish !== "") {
      this.#finished[index] = true;
      sighting.finished = true;
      sighting.output = true;
    }
    // Some hosts put a `message` into chunks instead of a `delta`.
    // A text completion says its piece beside the choice.
    if (typeof choice["text"] === "string" && choice["text"] !== "") sighting.output = true;
    if (holdsOutput(asObject(choice[part]) ?? asObject(choice["message"]) ?? asObject(choice["delta"])))
      sighting.output = true;
  }
}

function noChoices(): GatewayError {
  return new GatewayError("upstream_malformed", "the provider's reply holds no choices");
}

/** Anything but the role and empty or null fields is something that a client may act on. */
function holdsOutput(delta: JsonObject | undefined): boolean {
  if (!delta) return false;
  for (const key in delta) {
    if (key === "role") continue;
    const value = delta[key];
    if (value !== null && value !== "" && value !== undefined && !(Array.isArray(value) && value.length === 0))
      return true;
  }
  return false;
}

export function openTap(): ReplyTap {
  return new ChatTap();
}
