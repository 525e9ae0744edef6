// What an embeddings request asks for, whichever form it is written in, and the reply in that form.
import { badRequest, GatewayError } from "../../core/errors.ts";
import { asArray, asObject, asString, isObject, type JsonObject, type JsonValue } from "../../core/json.ts";
import type { ClientShape, OperationRequest } from "../operation.ts";

/** One thing to embed. Tokens are of the model's own vocabulary. */
export type EmbeddingInput = string | readonly number[];

export type EmbeddingsRequest = {
  client: ClientShape;
  inputs: readonly EmbeddingInput[];
  /** How vectors are written in the reply. */
  encoding: "float" | "base64";
  dimensions: number | undefined;
  title: string | undefined;
  /** Top-level fields beside those above, in the client's names. */
  extra: JsonObject;
};

// As many as OpenAI takes (platform.openai.com/docs/api-reference/embeddings, 2026-08).
const inputsMax = 2048;
/** More dimensions than any model has. */
const dimensionsMax = 65_536;

/** Throws GatewayError naming the field. */
export function readEmbeddings(request: OperationRequest): EmbeddingsRequest {
  const body = request.json ?? {};
  if (request.client === "gemini") return fromGemini(request.client, [body]);
  if (request.client === "gemini-batch") return fromGeminiBatch(body);
  const { input, encoding_format, dimensions, title, model: _model, ...extra } = body;
  if (
    encoding_format !== undefined &&
    encoding_format !== null &&
    !["float", "base64"].includes(String(encoding_format))
  )
    throw badRequest("encoding_format", 'encoding_format must be "float" or "base64"');
  return {
    client: request.client,
    inputs: readInputs(input),
    encoding: encoding_format === "base64" ? "base64" : "float",
    dimensions: readDimensions("dimensions", dimensions),
    title: asString(title),
    extra,
  };
}

function readInputs(input: JsonValue | undefined): readonly EmbeddingInput[] {
  if (typeof input === "string") return [input];
  const list = asArray(input);
  if (!list || list.length === 0) throw badRequest("input", "input is required: a string, strings, or tokens");
  if (isTokens(list)) return [list];
  if (list.length > inputsMax) throw badRequest("input", `input has more than ${inputsMax} entries`);
  return list.map((entry, index) => {
    if (typeof entry === "string") return entry;
    const tokens = asArray(entry);
    if (!tokens || !isTokens(tokens)) throw badRequest(`input[${index}]`, "each input must be a string or tokens");
    return tokens;
  });
}

function isTokens(list: readonly JsonValue[]): list is readonly number[] {
  return list.length > 0 && list.every((entry) => Number.isSafeInteger(entry) && (entry as number) >= 0);
}

function readDimensions(name: string, value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 1 || (value as number) > dimensionsMax)
    throw badRequest(name, `${name} must be a positive integer`);
  return value as number;
}

// ai.google.dev/api/embeddings (2026-08).
function fromGeminiBatch(body: JsonObject): EmbeddingsRequest {
  const requests = asArray(body["requests"]);
  if (!requests || requests.length === 0 || !requests.every(isObject))
    throw badRequest("requests", "requests is required: a non-empty array of objects");
  if (requests.length > inputsMax) throw badRequest("requests", `requests has more than ${inputsMax} entries`);
  return fromGemini("gemini-batch", requests);
}

function fromGemini(client: ClientShape, requests: readonly JsonObject[]): EmbeddingsRequest {
  const at = (index: number) => (client === "gemini-batch" ? `requests[${index}].` : "");
  const read = requests.map((request, index) => fromGeminiOne(request, at(index)));
  const [first] = read as [GeminiOne];
  for (const [index, one] of read.entries()) {
    for (const name of ["dimensions", "title", "taskType"] as const) {
      if (one[name] === first[name]) continue;
      const param = `${at(index)}${name === "dimensions" ? "outputDimensionality" : name}`;
      throw new GatewayError(
        "unsupported",
        `${param} differs from that of the first request, which this provider cannot do`,
        {
          param,
        },
      );
    }
  }
  const { dimensions, title, taskType, extra } = first;
  const purpose = taskType === undefined ? {} : { taskType };
  const inputs = read.map(({ input }) => input);
  return { client, encoding: "float", inputs, dimensions, title, extra: { ...extra, ...purpose } };
}

type GeminiOne = ReturnType<typeof fromGeminiOne>;

function fromGeminiOne(request: JsonObject, path: string) {
  const { content, taskType, title, outputDimensionality, model: _model, ...extra } = request;
  const parts = asArray(asObject(content)?.["parts"]);
  if (!parts || parts.length === 0) throw badRequest(`${path}content`, "content is required, with parts");
  return {
    input: parts.map((part, index) => textOf(part, `${path}content.parts[${index}]`)).join("\n"),
    dimensions: readDimensions(`${path}outputDimensionality`, outputDimensionality),
    taskType: asString(taskType),
    title: asString(title),
    extra,
  };
}

function textOf(part: JsonValue, path: string): string {
  const text = asString(asObject(part)?.["text"]);
  if (text === undefined)
    throw new GatewayError("unsupported", "only text can be embedded by this provider", { param: path });
  return text;
}

/** Checks what every host reads. Throws GatewayError naming the field. */
export function checkEmbeddings(request: OperationRequest): void {
  if (request.client === "openai") readEmbeddings(request);
  // What parts hold is a matter of the model: Gemini's may be images.
  else if (request.client === "gemini-batch") {
    if (!asArray(request.json?.["requests"])?.length)
      throw badRequest("requests", "requests is required: a non-empty array");
  } else if (!asObject(request.json?.["content"]))
    throw badRequest("content", "content is required: an object with parts");
}

/** Inputs as texts, for hosts that take no tokens. */
export function textsOf(request: EmbeddingsRequest): string[] {
  return request.inputs.map((input) => {
    if (typeof input === "string") return input;
    throw new GatewayError("unsupported", "this provider embeds text only, no tokens", { param: "input" });
  });
}

/** For hosts that have no place for a title. */
export function lostTitle({ title }: EmbeddingsRequest): string[] {
  return title === undefined ? [] : ["title"];
}
