// What the as-is relay looks for in a Messages reply: output, usage, the stop reason, an error, the end. Changes nothing.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, ReplyTap, Sighting } from "../dialect.ts";
import { endAsObjects } from "../framing/sse.ts";
import { isErrorObject, readErrorInReply } from "./error.ts";
import { mergeUsage, readUsage } from "./usage.ts";

// Searched with Buffer's native search over Uint8Arrays that fetch hands out; a view per chunk would cost more.
const find = Buffer.prototype.indexOf as (this: Uint8Array, wanted: Uint8Array) => number;
/** message_start, message_delta and message_stop. Text that says so costs one needless parse. */
const messageWord = Buffer.from("message_");
const errorWord = Buffer.from("error");

class MessagesTap implements ReplyTap {
  /** The official SDK has no message before it (translation.md C3.2, S63). */
  readonly closing = `event: message_stop\ndata: {"type":"message_stop"}\n\n`;
  #usage: JsonObject | undefined;
  #finished = false;
  readonly #provider = "the provider";

  mayMatter(bytes: Uint8Array): boolean {
    return !endAsObjects(bytes) || find.call(bytes, messageWord) >= 0 || find.call(bytes, errorWord) >= 0;
  }

  inspect(frame: Frame): Sighting {
    if (frame.data === "") return {};
    let event: unknown;
    try {
      event = JSON.parse(frame.data);
    } catch (cause) {
      if (frame.data.trim().startsWith("[DONE]")) return this.#finished ? { terminal: true, finished: true } : {};
      return {
        error: new GatewayError("upstream_malformed", "the provider sent an event that is not JSON", { cause }),
      };
    }
    if (!isObject(event)) return { error: new GatewayError("upstream_malformed", "the provider sent no event object") };
    return this.#look(event, asString(event["type"]) ?? frame.event);
  }

  inspectReply(body: JsonValue): Sighting {
    const message = asObject(body);
    if (message === undefined)
      return { error: new GatewayError("upstream_malformed", "the provider's reply is not an object") };
    if (isErrorObject(message)) {
      return { error: readErrorInReply(message, this.#provider) };
    }
    if (!Array.isArray(message["content"])) {
      return { error: new GatewayError("upstream_malformed", "the provider's reply holds no content") };
    }
    return { ...this.#lookAtMessage(message), output: true, finished: true, terminal: true };
  }

  #look(event: JsonObject, type: string): Sighting {
    switch (type) {
      case "content_block_delta":
        return { output: true };
      case "content_block_start":
        return holdsOutput(asObject(event["content_block"])) ? { output: true } : {};
      case "message_start":
        return this.#lookAtMessage(asObject(event["message"]) ?? {});
      case "message_delta": {
        if (typeof asObject(event["delta"])?.["stop_reason"] === "string") this.#finished = true;
        return { ...this.#noteUsage(event["usage"]), output: true, ...(this.#finished ? { finished: true } : {}) };
      }
      case "message_stop":
        this.#finished = true;
        return { output: true, finished: true, terminal: true };
      default:
        return type === "error" || isErrorObject(event) ? { error: readErrorInReply(event, this.#provider) } : {};
    }
  }

  #lookAtMessage(message: JsonObject): Sighting {
    const sighting = this.#noteUsage(message["usage"]);
    const model = asString(message["model"]);
    const id = asString(message["id"]);
    if (model !== undefined) sighting.model = model;
    if (id !== undefined) sighting.id = id;
    if ((asArray(message["content"])?.length ?? 0) > 0) sighting.output = true;
    if (typeof message["stop_reason"] === "string") {
      this.#finished = true;
      sighting.finished = true;
    }
    return sighting;
  }

  #noteUsage(usage: JsonValue | undefined): Sighting {
    if (!isObject(usage)) return {};
    this.#usage = mergeUsage(this.#usage, usage);
    return { usage: readUsage(this.#usage) };
  }
}

/** A text or thinking block opens empty; every other block is something by itself. */
function holdsOutput(block: JsonObject | undefined): boolean {
  if (block === undefined) return false;
  if (block["type"] === "text") return block["text"] !== "" && block["text"] !== undefined;
  if (block["type"] === "thinking") return block["thinking"] !== "" && block["thinking"] !== undefined;
  return true;
}

export function openTap(): ReplyTap {
  return new MessagesTap();
}
