// The client half of generateContent: what people send us, and how we answer them.
import { GatewayError } from "../../core/errors.ts";
import { asArray, asNumber, asObject, asString, type JsonObject } from "../../core/json.ts";
import { controlOf } from "../control.ts";
import type { ClientHalf, RequestControl } from "../dialect.ts";
import { beginningOf } from "../framing/json-outline.ts";
import { isForeignSignature } from "./carried-state.ts";
import { checkRequest } from "./check-request.ts";
import { countingClient } from "./count.ts";
import { readDemand, readSession } from "./demand.ts";
import { type GeminiCall, readRequest } from "./read-request.ts";
import { writeGeminiError } from "./write-error.ts";
import { writeReply } from "./write-reply.ts";
import { openWriter } from "./writer.ts";

const answerSchemas = new Set([
  "responseSchema",
  "response_schema",
  "responseJsonSchema",
  "response_json_schema",
  "_responseJsonSchema",
]);
const exactFields: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["contents", new Set(["args", "response"])],
  ["tools", new Set(["parameters", "parametersJsonSchema", "parameters_json_schema"])],
  ["generationConfig", answerSchemas],
  ["generation_config", answerSchemas],
]);

/** The half for one call: this dialect says the model and the kind of call in the path, not in the body. */
export function geminiClient(call: GeminiCall): ClientHalf {
  return {
    exactFields,
    readControl: (body) => readControl(body, call),
    readDemand,
    readSession,
    readRequest(body) {
      refuseCache(body);
      return readRequest(body, call);
    },
    checkRequest,
    isForeign: holdsForeignState,
    counting: countingClient,
    openWriter,
    writeReply,
    writeError: writeGeminiError,
    // Google's SDKs look for `error` in each chunk; nothing ends the stream but its end.
    writeErrorFrames: (error, requestId) => `data: ${JSON.stringify(writeGeminiError(error, requestId))}\r\n\r\n`,
    // A comment, framed like the chunks around it (translation.md C8).
    heartbeat: () => ": keep-alive\r\n\r\n",
  };
}

function readControl(body: JsonObject, { model, stream }: GeminiCall): RequestControl {
  const config = asObject(body["generationConfig"] ?? body["generation_config"]);
  const count = asNumber(config?.["candidateCount"] ?? config?.["candidate_count"]) ?? 1;
  return { ...controlOf(body, true), model, stream, ...(count > 1 ? { severalChoices: true } : {}) };
}

/**
 * What a cache at Google holds is part of the prompt: no other provider could answer without it (B2.3). Bodies without
 * foreign state are read for other dialects only; with it, the target may be Gemini still, and the loss is reported.
 */
function refuseCache(body: JsonObject): void {
  const cached = body["cachedContent"] ?? body["cached_content"] ?? undefined;
  if (cached === undefined || holdsForeignState(body)) return;
  throw new GatewayError("unsupported", "cachedContent is kept at Google; send its contents to other providers", {
    param: "cachedContent",
  });
}

/** Signatures that we made for another provider's reasoning: Google would refuse them, so they must be read and left out. */
function holdsForeignState(body: JsonObject): boolean {
  return (asArray(body["contents"]) ?? []).some((content) =>
    (asArray(asObject(content)?.["parts"]) ?? []).some((part) => {
      const node = asObject(part);
      const signature = asString(node?.["thoughtSignature"] ?? node?.["thought_signature"]);
      return signature !== undefined && isForeignSignature(beginningOf(signature));
    }),
  );
}
