// Requests of Gemini's generateContent: what the declared types of Google's SDK leave open, and the SDK's own wire form.
import { GoogleGenAI } from "@google/genai";
import { isObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { base64, commonSamples, recipeOf } from "./recipe.ts";

const weather = {
  name: "get_weather",
  parametersJsonSchema: { type: "object", properties: { city: { type: "string" } } },
};
const user = { role: "user", parts: [{ text: "Hello" }] };
const call = { functionCall: { id: "call_1", name: "get_weather", args: {} } };
const response = { functionResponse: { id: "call_1", name: "get_weather", response: { output: "mild" } } };
const media = { fileData: { fileUri: "https://media.example/a.mp4", mimeType: "video/mp4" } };

const modelParts =
  /Earlier|functionCall|thought|executableCode|codeExecutionResult|toolCall|toolResponse|speechMetadata/;

function besidePart(part: JsonObject, around: string): JsonObject {
  if (/\.(videoMetadata|mediaResolution|mediaProcessing)$/.test(around)) return { ...media, ...part };
  if (/\.(thought|thoughtSignature|partMetadata|speechMetadata)$/.test(around)) return { text: "Earlier", ...part };
  return part;
}

/** What the halves of a part cannot lack, whichever of their fields is in question. */
const halves: { readonly [field: string]: JsonObject } = {
  functionCall: call.functionCall,
  functionResponse: response.functionResponse,
  fileData: { fileUri: "https://media.example/a.pdf", mimeType: "application/pdf" },
  inlineData: { data: base64("a"), mimeType: "application/pdf" },
};

function besideHalf(name: string, half: JsonObject, around: string): JsonObject {
  const { [around.split(".").at(-1) ?? ""]: _question, ...rest } = halves[name] ?? {};
  return { ...rest, ...half };
}

function besideContents(list: JsonValue[]): JsonValue {
  const parts = list.flatMap((content) =>
    isObject(content) && Array.isArray(content["parts"]) ? content["parts"] : [],
  );
  const has = (field: string) => parts.some((part) => isObject(part) && part[field] !== undefined);
  if (has("functionResponse")) return [user, { role: "model", parts: [call] }, ...list];
  const called = parts.filter(isObject).find((part) => part["functionCall"] !== undefined)?.["functionCall"];
  const answer = isObject(called)
    ? {
        ...response.functionResponse,
        ...(called["name"] !== undefined && { name: called["name"] }),
        id: called["id"] ?? "call_1",
      }
    : {};
  const next = called === undefined ? user : { role: "user", parts: [{ functionResponse: answer }] };
  return [user, ...list, next];
}

function besideConfig(config: JsonObject, around: string): JsonObject {
  if (/\.toolConfig$/.test(around)) return { tools: [{ functionDeclarations: [weather] }], ...config };
  if (/\.logprobs$/.test(around)) return { responseLogprobs: true, ...config };
  if (/\.response(Json)?Schema$/.test(around)) return { responseMimeType: "application/json", ...config };
  return config;
}

const anyPart = /^contents\[\]\.parts\[\]$/;

export const geminiRecipe = recipeOf({
  samples: [
    ...commonSamples,
    [/(inlineData\.data|imageBytes|Audio)$/, base64],
    [/fileUri$/, (probe) => `https://media.example/${probe}.pdf`],
    [/thoughtSignature$/, base64],
    [/\.topK$/, () => 37],
    [/config\.logprobs$/, () => 3],
    [/thinkingBudget$/, () => 1717],
    [/functionResponse\.response$/, (probe) => ({ output: probe })],
    [/\.mimeType$/, () => "application/pdf"],
    [/responseMimeType$/, () => "application/json"],
    [/config\.responseSchema$/, (probe) => ({ type: "OBJECT", properties: { [probe]: { type: "STRING" } } })],
    [
      /functionDeclarations\[\]\.parameters$/,
      (probe) => ({ type: "OBJECT", properties: { [probe]: { type: "STRING" } } }),
    ],
    [
      /functionDeclarations\[\]\.response$/,
      (probe) => ({ type: "OBJECT", properties: { [probe]: { type: "STRING" } } }),
    ],
    [/allowedFunctionNames\[\]$/, () => "get_weather"],
    [/(startOffset|endOffset)$/, () => "7s"],
    [/(startTime|endTime)$/, () => "2026-01-01T00:00:00Z"],
  ],
  stands: [
    [/^model$/, "model-of-the-route"],
    [/^contents$/, [user]],
    [/contents\[\]\.role$/, "user"],
  ],
  meant:
    /^config\.tools\[Tool\]\.(googleSearch|codeExecution|urlContext|googleMaps|computerUse|enterpriseWebSearch|googleSearchRetrieval|fileSearch)$/,
  leftOut: [
    [/^model$/, "the route's own: the gateway writes the target's model"],
    [/^contents\[(Content|Part)\]|^contents\[\]\.(?!parts|role)/, "the SDK's short forms of the same"],
    [/^contents\[\]\.role$/, "user and model: every case has both"],
    [/^config\.systemInstruction(\[\]|\[Part\])/, "the SDK's short forms of the same"],
    [/^config\.systemInstruction\[Content\]\.(role|parts\[\]\.(?!text))/, "a system instruction is text"],
    [/function(Call|Response)\.id$|functionResponse\.name$/, "joins a result to its call: T01 to T07, T53"],
    [/^config\.(httpOptions|abortSignal|automaticFunctionCalling|automaticContinuation)/, "the SDK's own behaviour"],
    [/^config\.tools\[(?!Tool)/, "callable tools are the SDK's own"],
    [/partialArgs|functionCall\.willContinue/, "stands in streamed replies"],
    [
      /Schema\[Schema\]|^config\.tools\[Tool\]\.(retrieval|googleMaps|exaAiSearch|parallelAiSearch|mcpServers)\.?\[?\]?.*\..*\./,
      "goes with its field",
    ],
  ],
  beside: (path, value, around) => {
    if (path === "" && isObject(value)) return { model: "model-of-the-route", contents: [user], ...value };
    if (path === "config" && isObject(value)) return besideConfig(value, around);
    if (path === "contents[]" && Array.isArray(value)) return besideContents(value);
    if (path === "contents[]" && isObject(value)) {
      return { ...value, role: modelParts.test(JSON.stringify(value)) ? "model" : "user" };
    }
    if (/functionDeclarations\[\]$/.test(path) && isObject(value)) return { name: "get_weather", ...value };
    const half = /\.(functionCall|functionResponse|fileData|inlineData)$/.exec(path)?.[1];
    if (half !== undefined && isObject(value)) return besideHalf(half, value, around);
    if (anyPart.test(path) && Array.isArray(value)) return value.length > 0 ? value : [{ text: "Hello" }];
    if (anyPart.test(path) && isObject(value)) return besidePart(value, around);
    return value;
  },
});

/** The bodies that Google's SDK sends for parameters, two by two; undefined where it refuses them. */
export type GeminiWire = {
  pairOf(given: JsonValue, bare: JsonValue): Promise<{ given: JsonObject; bare: JsonObject } | undefined>;
  close(): void;
};

export function openGeminiWire(): GeminiWire {
  let last: JsonObject = {};
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      last = (await request.json()) as JsonObject;
      return Response.json({ candidates: [] });
    },
  });
  const httpOptions = { baseUrl: server.url.href };
  // What the Gemini API does not have, the SDK sends to Vertex only; the body's shape is the same.
  const clients = [
    new GoogleGenAI({ apiKey: "key", httpOptions }),
    new GoogleGenAI({ vertexai: true, apiKey: "key", httpOptions }),
  ];
  return {
    async pairOf(given, bare) {
      for (const { models } of clients) {
        try {
          await models.generateContent(structuredClone(given) as never);
          const first = last;
          await models.generateContent(structuredClone(bare) as never);
          return { given: first, bare: last };
        } catch {}
      }
      return undefined;
    },
    close: () => void server.stop(true),
  };
}
