// Checks the shape of a generateContent body: every field that the gateway reads has a type that can be meant.
import type { JsonObject } from "../../core/json.ts";
import {
  boolean,
  type Check,
  type Fields,
  faultIn,
  integer,
  item,
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
} from "../body-shape.ts";
import { isRole } from "./read-contents.ts";

/** Both spellings of each field (translation.md A4.3); faults name the one that the client used. */
function spelledBoth(fields: Fields): Fields {
  const snakeCase = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { ...Object.fromEntries(Object.entries(fields).map(([name, check]) => [snakeCase(name), check])), ...fields };
}

const node = (fields: Fields): Check => shaped(spelledBoth(fields));
/** In a list, where null stands for nothing. */
const entry = (fields: Fields): Check => required(node(fields), "an object");

const text = required(string, "a string");
const role = plain('"user" or "model"', (value) => typeof value === "string" && isRole(value));

const part = entry({
  text: string,
  thought: boolean,
  thoughtSignature: string,
  inlineData: node({ mimeType: string, data: text, displayName: string }),
  fileData: node({ mimeType: string, displayName: string }),
  functionCall: shaped({ name: named, id: string, args: object }),
  functionResponse: shaped({ name: named, id: string, response: object, parts: listOf(item({})) }),
});

const declaration = entry({ name: named, description: string, parameters: object });

const bodyShape = shapeOf({
  ...spelledBoth({
    systemInstruction: stringOr(node({ parts: listOf(part) })),
    tools: listOf(entry({ functionDeclarations: listOf(declaration) })),
    toolConfig: node({
      functionCallingConfig: node({ mode: string, allowedFunctionNames: listOf(text) }),
    }),
    generationConfig: node({
      temperature: number,
      topP: number,
      topK: number,
      seed: integer,
      presencePenalty: number,
      frequencyPenalty: number,
      candidateCount: integer,
      stopSequences: listOf(text),
      maxOutputTokens: integer,
      responseMimeType: string,
      responseSchema: object,
      responseLogprobs: boolean,
      logprobs: integer,
      responseModalities: listOf(text),
      thinkingConfig: node({ thinkingBudget: integer, thinkingLevel: string, includeThoughts: boolean }),
    }),
    serviceTier: string,
    cachedContent: string,
  }),
  contents: required(listOf(entry({ role, parts: listOf(part) })), "an array"),
});

/** Throws GatewayError (invalid_request, `param` is a path such as `contents[2].parts[0].text`). Limits are the provider's to judge. */
export function checkRequest(body: JsonObject): void {
  const fault = faultIn(body, bodyShape);
  if (fault) throw refusal(fault);
}
