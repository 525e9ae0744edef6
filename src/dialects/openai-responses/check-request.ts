// Checks the shape of a Responses body: every field that the dialect knows has a type that can be meant.
import { badRequest } from "../../core/errors.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { checkRequest as checkSharedFields } from "../openai-chat/check-request.ts";

/** What may stand in place of `input`: a stored prompt or a conversation that the provider keeps. */
const inputElsewhere = ["prompt", "previous_response_id", "conversation"] as const;

const stringLists = ["include"] as const;
const booleans = ["background"] as const;
const strings = ["previous_response_id", "truncation"] as const;

/** Throws GatewayError (invalid_request) naming the field. The fields it shares with Chat Completions are checked there. */
export function checkRequest(body: JsonObject): void {
  const { messages: _messages, ...rest } = body;
  const hasInput = body["input"] !== undefined && body["input"] !== null;
  if (!hasInput && !inputElsewhere.some((field) => body[field] !== undefined && body[field] !== null)) {
    throw badRequest("input", "input is missing: it must be a string or an array of items");
  }
  checkSharedFields(hasInput ? rest : { ...rest, input: "" });
  for (const field of strings) refuseUnless(body, field, "a string", (value) => typeof value === "string");
  for (const field of booleans) refuseUnless(body, field, "a boolean", (value) => typeof value === "boolean");
  for (const field of stringLists) {
    refuseUnless(
      body,
      field,
      "an array of strings",
      (value) => Array.isArray(value) && value.every((entry) => typeof entry === "string"),
    );
  }
  refuseUnless(body, "conversation", "a string or an object", (value) => typeof value === "string" || isObject(value));
  refuseUnless(body, "prompt", "an object", isObject);
}

function refuseUnless(body: JsonObject, field: string, expected: string, accepts: (value: unknown) => boolean): void {
  const value = body[field];
  if (value === undefined || value === null || accepts(value)) return;
  throw badRequest(field, `${field} must be ${expected}`);
}
