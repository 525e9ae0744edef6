// What the as-is relay looks for in a Responses reply: output, usage, an error, the end. Changes nothing.
import { GatewayError } from "../../core/errors.ts";
import { asObject, asString, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { Frame, ReplyTap, Sighting } from "../dialect.ts";
import { endAsObjects } from "../framing/sse.ts";
import { readUsage } from "../openai-chat/read-usage.ts";
import { errorInReply, errorOf } from "./read-reply.ts";

// Searched with Buffer's native search over Uint8Arrays that fetch hands out; a view per chunk would cost more.
const find = Buffer.prototype.indexOf as (this: Uint8Array, wanted: Uint8Array) => number;
/** The key of every lifecycle event. Text that says so is escaped, or costs one needless parse. */
const responseKey = Buffer.from('"response"');
const errorWord = Buffer.from("error");

const callItems: ReadonlySet<string> = new Set(["function_call", "custom_tool_call"]);

function sightingOf(response: JsonObject): Sighting {
  const sighting: Sighting = {};
  const id = asString(response["id"]);
  const model = asString(response["model"]);
  const usage = asObject(response["usage"]);
  if (id !== undefined) sighting.id = id;
  if (model !== undefined) sighting.model = model;
  if (usage) sighting.usage = readUsage(usage);
  return sighting;
}

const ended = { output: true, finished: true, terminal: true } as const;

class ResponsesTap implements ReplyTap {
  mayMatter(bytes: Uint8Array): boolean {
    return !endAsObjects(bytes) || find.call(bytes, responseKey) >= 0 || find.call(bytes, errorWord) >= 0;
  }

  inspect(frame: Frame): Sighting {
    if (frame.data === "" || frame.data.startsWith("[DONE]")) return {};
    let event: JsonObject | undefined;
    try {
      event = asObject(JSON.parse(frame.data));
    } catch (cause) {
      return {
        error: new GatewayError("upstream_malformed", "the provider sent an event that is not JSON", { cause }),
      };
    }
    if (!event) return { error: new GatewayError("upstream_malformed", "the provider sent no event object") };
    return this.#look(event, asString(event["type"]) ?? frame.event);
  }

  inspectReply(body: JsonValue): Sighting {
    const error = errorInReply(body);
    const sighting = sightingOf(asObject(body) ?? {});
    return error ? { ...sighting, error } : { ...sighting, ...ended };
  }

  #look(event: JsonObject, type: string): Sighting {
    const response = asObject(event["response"]);
    switch (type) {
      case "error":
        return { error: errorOf(event) };
      case "response.failed":
      case "response.cancelled":
        return { ...sightingOf(response ?? {}), error: errorOf(response ?? {}) };
      case "response.completed":
      case "response.incomplete":
        return { ...sightingOf(response ?? {}), ...ended };
      case "response.output_item.added":
        return callItems.has(asString(asObject(event["item"])?.["type"]) ?? "") ? { output: true } : {};
      case "response.output_item.done":
        return { output: true };
      default:
        if (type.endsWith(".delta")) return { output: true };
        if (asObject(event["error"])) return { error: errorOf(event) };
        return response ? sightingOf(response) : {};
    }
  }
}

export function openTap(): ReplyTap {
  return new ResponsesTap();
}
