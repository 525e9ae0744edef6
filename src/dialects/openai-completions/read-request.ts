// Reads a text completion's body into the canonical request: the prompt is what a user says, a suffix becomes a task.
import type { ChatRequest, Sampling, Turn } from "../../core/chat.ts";
import { badRequest, GatewayError } from "../../core/errors.ts";
import { asNumber, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import {
  boolean,
  faultIn,
  integer,
  listOf,
  named,
  number,
  object,
  plain,
  refusal,
  required,
  shaped,
  shapeOf,
  string,
  stringOr,
  stringOrObject,
} from "../body-shape.ts";
import { defined, restOf } from "../openai-chat/fields.ts";

const isTokens = (value: unknown): boolean => Array.isArray(value) && value.every((token) => Number.isInteger(token));
const isPrompt = (value: unknown): boolean =>
  typeof value === "string" ||
  isTokens(value) ||
  (Array.isArray(value) && (value.every((entry) => typeof entry === "string") || value.every(isTokens)));

// CompletionCreateParams of the official SDK; null stands for "absent" in all of them.
const shape = shapeOf({
  model: named,
  prompt: plain("a string, or a list of strings or tokens", isPrompt),
  best_of: integer,
  echo: boolean,
  frequency_penalty: number,
  logit_bias: object,
  logprobs: integer,
  max_tokens: integer,
  n: integer,
  presence_penalty: number,
  provider: stringOrObject,
  seed: integer,
  stop: stringOr((value) =>
    Array.isArray(value)
      ? listOf(required(string, "a string"))(value)
      : plain("a string or an array of strings", () => false)(value),
  ),
  stream: boolean,
  stream_options: shaped({ include_usage: boolean, include_obfuscation: boolean }),
  suffix: string,
  temperature: number,
  top_p: number,
  user: string,
});

/** Throws GatewayError (invalid_request) naming the field. */
export function checkRequest(body: JsonObject): void {
  const fault = faultIn(body, shape);
  if (fault) throw refusal(fault);
}

const understood: ReadonlySet<string> = new Set([
  "model",
  "prompt",
  "suffix",
  "max_tokens",
  "temperature",
  "top_p",
  "n",
  "stop",
  "seed",
  "frequency_penalty",
  "presence_penalty",
  "logprobs",
  "stream",
  "stream_options",
  "user",
  "logit_bias",
]);

/** Throws GatewayError (400) for prompts that only a provider with this endpoint could take: several, or in tokens. */
function readPrompt(prompt: JsonValue | undefined): string {
  const [only, ...others] = Array.isArray(prompt) ? prompt : [prompt];
  if (others.length === 0 && typeof only === "string") return only;
  if (prompt === undefined || prompt === null) throw badRequest("prompt", "prompt is missing: it must be a string");
  const what = typeof only === "string" ? "several prompts" : "a prompt in tokens";
  throw new GatewayError("unsupported", `this provider cannot be given ${what}; send one string`, { param: "prompt" });
}

const fillTask =
  "The user gives the beginning and the end of a text. Write what stands between them, so that the whole reads well. " +
  "Answer with that middle part alone: repeat nothing of the beginning or the end, add no explanation and no code fence.";

function readTurns(body: JsonObject): Turn[] {
  const prompt = readPrompt(body["prompt"]);
  const suffix = asString(body["suffix"]) ?? "";
  if (suffix === "") return [{ role: "user", blocks: [{ type: "text", text: prompt }] }];
  const text = `<beginning>${prompt}</beginning>\n<end>${suffix}</end>`;
  return [
    { role: "system", blocks: [{ type: "text", text: fillTask }] },
    { role: "user", blocks: [{ type: "text", text }] },
  ];
}

function readSampling(body: JsonObject): Sampling {
  const { stop } = body;
  return defined<Sampling>({
    temperature: asNumber(body["temperature"]),
    topP: asNumber(body["top_p"]),
    topK: undefined,
    seed: asNumber(body["seed"]),
    presencePenalty: asNumber(body["presence_penalty"]),
    frequencyPenalty: asNumber(body["frequency_penalty"]),
    n: asNumber(body["n"]),
    stop: typeof stop === "string" ? [stop] : Array.isArray(stop) ? (stop as string[]) : undefined,
  });
}

/** What no canonical field holds. Values that ask for nothing are not reported as lost. */
function readExtra(body: JsonObject): ChatRequest["extra"] {
  const { provider, echo, best_of: bestOf, ...others } = restOf(body, understood) ?? {};
  const own: JsonObject = {
    ...others,
    ...(isObject(provider) && { provider }),
    ...(echo === true && { echo }),
    ...(bestOf !== undefined && bestOf !== null && bestOf !== (body["n"] ?? 1) && { best_of: bestOf }),
  };
  // Token ids mean the same to a model, whichever endpoint it is asked at.
  const bias = asObject(body["logit_bias"]);
  return {
    ...(Object.keys(own).length > 0 && { "openai-completions": own }),
    ...(bias && { "openai-chat": { logit_bias: bias } }),
  };
}

export function readRequest(body: JsonObject): ChatRequest {
  checkRequest(body);
  const logprobs = asNumber(body["logprobs"]);
  return defined<ChatRequest>({
    dialect: "openai-completions",
    model: asString(body["model"]) ?? "",
    turns: readTurns(body),
    tools: [],
    toolChoice: undefined,
    parallelToolCalls: undefined,
    sampling: readSampling(body),
    maxOutputTokens: asNumber(body["max_tokens"]),
    reasoning: undefined,
    output: undefined,
    verbosity: undefined,
    // 0 asks for the chosen tokens' own probabilities alone.
    logprobs: logprobs === undefined ? undefined : logprobs > 0 ? { top: logprobs } : {},
    modalities: undefined,
    serviceTier: undefined,
    userId: asString(body["user"]),
    metadata: undefined,
    promptCacheKey: undefined,
    stream: body["stream"] === true,
    wantsUsage: asObject(body["stream_options"])?.["include_usage"] === true,
    extra: readExtra(body),
  });
}
