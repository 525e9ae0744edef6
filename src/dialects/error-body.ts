// What any provider's error body says, in whatever shape it comes, and which of our codes it is. Pure, for all dialects.
import type { ErrorCode } from "../core/errors.ts";
import { GatewayError } from "../core/errors.ts";
import { asNumber, asObject, asString, isObject, type JsonObject, type JsonValue, parseJson } from "../core/json.ts";
import type { UpstreamFailure } from "./dialect.ts";
import { limitResetMs, retryAfterMs, spokenWaitMs } from "./retry-after.ts";

/** The words of an error, not yet scrubbed. Numbers that stand where words are expected come as text. */
export type ErrorBody = { message?: string; type?: string; code?: string; param?: string };

const maxMessageCharacters = 2_000;

/**
 * Reads an error body: a JSON object or an array around one (Google's OpenAI shim), `error` as object or as text,
 * flat fields, `{detail}`, `{message}`/`{Message}`, `{errors: []}`, an HTML page, plain text, nothing
 * (translation.md B13). Never throws; what is not there is absent.
 */
export function readErrorBody(text: string): ErrorBody {
  const trimmed = text.trim();
  if (trimmed === "") return {};
  const first = trimmed[0];
  if (first === "{" || first === "[" || first === '"') {
    const node = parseJson(trimmed);
    // A body cut at the size limit, or text that only looks like JSON, is shown as text.
    if (node !== undefined) return readErrorNode(node);
  }
  if (first === "<") return { message: htmlTitle(trimmed) };
  return { message: trimmed };
}

/** The same for a value that has been parsed already, such as an error object found inside a stream. */
export function readErrorNode(node: JsonValue | undefined): ErrorBody {
  if (typeof node === "string") return node === "" ? {} : { message: node };
  if (Array.isArray(node)) return readErrorNode(node.find((entry) => isObject(entry) || typeof entry === "string"));
  if (!isObject(node)) return {};
  const inner = node["error"];
  if (isObject(inner)) return merged(readFields(inner), readFields(node));
  if (Array.isArray(inner)) return merged(readErrorNode(inner), readFields(node));
  // xAI: {code: "<words>", error: "<message>"}.
  if (typeof inner === "string") return merged({ message: inner }, readFields(node));
  const listed = node["errors"];
  if (Array.isArray(listed) && listed.length > 0) return merged(readErrorNode(listed), readFields(node));
  return readFields(node);
}

function merged(inner: ErrorBody, outer: ErrorBody): ErrorBody {
  // `type: "error"` is the envelope's own word on Anthropic's wire and says nothing.
  const { type, ...rest } = outer;
  return { ...rest, ...(type !== undefined && type !== "error" ? { type } : {}), ...inner };
}

function readFields(node: JsonObject): ErrorBody {
  const message =
    words(node["message"]) ??
    words(node["Message"]) ??
    detailWords(node["detail"]) ??
    words(node["msg"]) ??
    // Mistral wraps the list of FastAPI: {message: {detail: []}}.
    detailWords(asObject(node["message"])?.["detail"]);
  // `status` is Google's word ("RESOURCE_EXHAUSTED"); `__type` is AWS's.
  const type = words(node["type"]) ?? words(node["status"]) ?? words(node["__type"]);
  const code = words(node["code"]) ?? numberWords(node["code"]);
  const param = words(node["param"]);
  return {
    ...(message !== undefined ? { message } : {}),
    ...(type !== undefined ? { type } : {}),
    ...(code !== undefined ? { code } : {}),
    ...(param !== undefined ? { param } : {}),
  };
}

function words(value: JsonValue | undefined): string | undefined {
  return asString(value) || undefined;
}

function numberWords(value: JsonValue | undefined): string | undefined {
  const number = asNumber(value);
  return number === undefined ? undefined : String(number);
}

/** `detail` is text, or a list of field errors (FastAPI hosts: vLLM, Mistral). */
function detailWords(value: JsonValue | undefined): string | undefined {
  if (!Array.isArray(value)) return words(value) ?? words(asObject(value)?.["message"]);
  const lines = value.flatMap((entry) => {
    const message = words(asObject(entry)?.["msg"]);
    const place = asObject(entry)?.["loc"];
    return message === undefined ? [] : [Array.isArray(place) ? `${place.join(".")}: ${message}` : message];
  });
  return lines.length === 0 ? undefined : lines.join("; ");
}

function htmlTitle(page: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(page)?.[1]?.trim();
  return title ? `the provider answered with an HTML page: ${title}` : "the provider answered with an HTML page";
}

// Order matters: whole URLs first, so that a key inside a query goes with it.
const secrets: readonly (readonly [RegExp, string])[] = [
  // User names and passwords in URLs, then everything behind the question mark.
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@"'<>]+@/gi, "$1"],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s?"'<>]+)\?[^\s"'<>]*/gi, "$1"],
  [/\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, "$1 ***"],
  // Keys by their makers' prefixes: sk-… always, the others when a digit or a mask follows (`key_not_found` is a word).
  [/\bsk[-_][A-Za-z0-9*_-]{6,}/g, "***"],
  [/\b(?:pk|rk|gsk|xai|hf|r8|pplx|nvapi|csk|fw|tgp|key)[-_](?=[A-Za-z_-]*[\d*])[A-Za-z0-9*_-]{8,}/g, "***"],
  [/\bAIza[A-Za-z0-9_*-]{10,}/g, "***"],
  [/\bya29\.[A-Za-z0-9_.-]{10,}/g, "***"],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{12,}/g, "***"],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?/g, "***"],
  // `api_key=…`, `"x-api-key": "…"`, `API key provided: …`.
  [
    /\b((?:x-)?api[-_ ]?key(?: provided)?|access[-_ ]?token|secret|password)(["']?\s*[:=]\s*["']?)[^\s"',;]{4,}/gi,
    "$1$2***",
  ],
  // A long run of letters and digits mixed, as only keys and hashes are.
  [/\b(?=[A-Za-z0-9]*[0-9])(?=[A-Za-z0-9]*[A-Za-z])[A-Za-z0-9]{32,}\b/g, "***"],
];

/** The text without anything that looks like a credential or a URL's query, cut to a length a log can bear. */
export function scrub(text: string): string {
  const cut = text.length > maxMessageCharacters ? `${text.slice(0, maxMessageCharacters)}…` : text;
  return secrets.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), cut);
}

// Words that name a class by themselves, whatever the status: an error inside a 200 stream has no status, and some
// relays wear the wrong one (translation.md X22). Lower case.
const codeOfWord: ReadonlyMap<string, ErrorCode> = new Map([
  ["overloaded_error", "overloaded"],
  ["overloaded", "overloaded"],
  ["engine_overloaded", "overloaded"],
  ["context_length_exceeded", "context_length"],
  ["insufficient_quota", "quota_exhausted"],
  ["billing_error", "quota_exhausted"],
  ["billing_not_active", "quota_exhausted"],
  ["quota_exceeded", "quota_exhausted"],
  ["model_not_found", "model_not_found"],
  ["request_too_large", "payload_too_large"],
  ["invalid_api_key", "upstream_auth"],
  // Z.ai's numbers (docs.z.ai/api-reference/api-code, 2026-11): no balance, and limits of the coding plan.
  ["1113", "quota_exhausted"],
  ["1308", "quota_exhausted"],
  ["1310", "quota_exhausted"],
]);

// Words that say what the status would have said; asked only where there is no failing status.
const codeOfWordAlone: ReadonlyMap<string, ErrorCode> = new Map([
  ["invalid_request_error", "invalid_request"],
  ["authentication_error", "upstream_auth"],
  ["permission_error", "upstream_auth"],
  ["not_found_error", "model_not_found"],
  ["rate_limit_error", "rate_limited"],
  ["rate_limit_exceeded", "rate_limited"],
  ["timeout_error", "upstream_timeout"],
  ["timeout", "upstream_timeout"],
]);

const contextWords =
  /prompt is too long|input is too long|maximum context length|context[ _-]?(?:length|window|limit)[^.]{0,40}(?:exceed|reach|limit)|exceeds? (?:the |this )?(?:model'?s? )?(?:maximum |max )?context|input length and `?max_tokens`? exceed|too many (?:input )?tokens/i;
const quotaWords =
  /insufficient (?:quota|balance|credit|fund)|exceeded your current quota|credit balance is too low|quota (?:has been )?(?:exceeded|exhausted)|spend(?:ing)? limit|billing (?:details|account|hard limit|is |not )|usage limits?\b|payment required/i;
/** A relay that says it with a 400 that its own upstream has failed (X22, X37: OpenCode Go and others). */
const relayWords =
  /^(?:error from provider[^:]*: )?upstream (?:request|error|provider)\b[^:]{0,20}(?:failed|error|unavailable)/i;
const overloadWords = /\boverloaded\b/i;

const codeOfStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [401, "upstream_auth"],
  [402, "quota_exhausted"],
  [403, "upstream_auth"],
  [404, "model_not_found"],
  [407, "upstream_auth"],
  [408, "upstream_timeout"],
  [413, "payload_too_large"],
  [429, "rate_limited"],
  [503, "overloaded"],
  [504, "upstream_timeout"],
  [524, "upstream_timeout"],
  [529, "overloaded"],
]);

/**
 * The class of an upstream failure (translation.md B13). 401 and 403 mean that the gateway's own credential is wrong and
 * must not reach the client as such. A `status` below 400 is an error found inside a reply: its words decide alone.
 */
export function classify(status: number, body: ErrorBody): ErrorCode {
  const named = wordCode(codeOfWord, body);
  if (named !== undefined) return named;
  const message = body.message ?? "";
  if (status < 400) {
    if (contextWords.test(message)) return "context_length";
    return wordCode(codeOfWordAlone, body) ?? (overloadWords.test(message) ? "overloaded" : "upstream_failed");
  }
  if ((status === 400 || status === 413 || status === 422) && contextWords.test(message)) return "context_length";
  if (status === 400 && relayWords.test(message)) return "upstream_failed";
  if ((status === 429 || status === 400 || status === 403) && quotaWords.test(message)) return "quota_exhausted";
  const known = codeOfStatus.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return overloadWords.test(message) ? "overloaded" : "upstream_failed";
  return "invalid_request";
}

function wordCode(table: ReadonlyMap<string, ErrorCode>, body: ErrorBody): ErrorCode | undefined {
  return table.get(body.code?.toLowerCase() ?? "") ?? table.get(body.type?.toLowerCase() ?? "");
}

/**
 * The failure as one of ours. `code` is for dialects whose wire says more than `classify` can see. A 4xx that is the
 * client's own fault keeps its status; the message is scrubbed, and there is always one.
 */
export function failureError(
  failure: UpstreamFailure,
  body: ErrorBody,
  code = classify(failure.status, body),
): GatewayError {
  const message = body.message?.trim() ? scrub(body.message.trim()) : silence(failure);
  const isLimit = code === "rate_limited" || code === "quota_exhausted";
  const spoken = isLimit ? (limitResetMs(failure.headers) ?? spokenWaitMs(body.message ?? "")) : undefined;
  const wait = retryAfterMs(failure.headers) ?? spoken;
  const advice = failure.headers.get("x-should-retry");
  const ownFault = code === "invalid_request" && failure.status >= 400 && failure.status < 500;
  return new GatewayError(
    code,
    code === "upstream_auth" ? `${failure.provider} refused the gateway's credential: ${message}` : message,
    {
      ...(body.param !== undefined ? { param: body.param } : {}),
      ...(ownFault ? { status: failure.status } : {}),
      ...(wait !== undefined ? { retryAfterMs: wait } : {}),
      upstream: {
        status: failure.status,
        ...(body.type !== undefined ? { type: scrub(body.type) } : {}),
        ...(body.code !== undefined ? { code: scrub(body.code) } : {}),
        ...(advice === "true" || advice === "false" ? { shouldRetry: advice === "true" } : {}),
      },
    },
  );
}

function silence(failure: UpstreamFailure): string {
  return failure.status >= 400
    ? `${failure.provider} answered ${failure.status} without saying why`
    : `${failure.provider} reported an error without saying why`;
}
