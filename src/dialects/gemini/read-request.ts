// Reads a generateContent body into the canonical request. Everything it does not understand is kept in `extra`.
import type { ChatRequest } from "../../core/chat.ts";
import { asString, type JsonObject } from "../../core/json.ts";
import { defined, restOf } from "../openai-chat/fields.ts";
import { checkRequest } from "./check-request.ts";
import { readConfig } from "./read-config.ts";
import { readTurns } from "./read-contents.ts";
import { readChoice, readTools } from "./read-tools.ts";
import { spelled } from "./spelling.ts";

const understood = new Set(["contents", "systemInstruction", "tools", "toolConfig", "generationConfig", "serviceTier"]);
const known = new Set([...understood, "safetySettings", "cachedContent", "labels"]);

/** How the path of the call says what other dialects say in the body. */
export type GeminiCall = { model: string; stream: boolean };

/** Throws GatewayError (400, naming the field). Fields without a canonical place are in `extra.gemini`, in camelCase. */
export function readRequest(source: JsonObject, call: GeminiCall): ChatRequest {
  checkRequest(source);
  const body = spelled(source, known);
  const { rest: configRest, ...config } = readConfig(body["generationConfig"]);
  const { choice, rest: choiceRest } = readChoice(body["toolConfig"]);
  const { provider, ...others } = restOf(body, understood) ?? {};
  const extra: JsonObject = {
    ...others,
    // A text names a provider to the gateway; anything else there is not ours.
    ...(provider !== undefined && typeof provider !== "string" && { provider }),
    ...(choiceRest && { toolConfig: choiceRest }),
    ...(configRest && { generationConfig: configRest }),
  };
  return defined<ChatRequest>({
    dialect: "gemini",
    model: call.model,
    turns: readTurns(body["contents"], body["systemInstruction"]),
    tools: readTools(body["tools"]),
    toolChoice: choice,
    parallelToolCalls: undefined,
    ...config,
    verbosity: undefined,
    serviceTier: readTier(asString(body["serviceTier"])),
    userId: undefined,
    metadata: undefined,
    promptCacheKey: undefined,
    stream: call.stream,
    // Google counts in every chunk, asked or not.
    wantsUsage: true,
    extra: Object.keys(extra).length === 0 ? {} : { gemini: extra },
  });
}

/** "standard" is what the others call the default. */
function readTier(written: string | undefined): string | undefined {
  const tier = written?.toLowerCase();
  return tier === "standard" ? "default" : tier === "unspecified" ? undefined : tier;
}
