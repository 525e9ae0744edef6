// Named edits of a Responses body for hosts that take less than the dialect has. Provider rows switch them on.
import type { JsonObject } from "../../core/json.ts";
import type { Adjustment, Edit } from "../dialect.ts";

/** What the backend of ChatGPT subscriptions takes: every other field is refused (chatgpt-codex notes of translation.md D1). */
const subscriptionFields = new Set([
  "model",
  "input",
  "instructions",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "reasoning",
  "text",
  "include",
  "stream",
  "store",
  "prompt_cache_key",
]);

function asItems(input: string): JsonObject[] {
  return [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }];
}

/** It streams, keeps nothing, and wants a list as input; whole replies are put together from the stream. */
const subscription: Adjustment = (body) => {
  const edits: Edit[] = Object.keys(body)
    .filter((field) => !subscriptionFields.has(field) && field !== "provider")
    .map((field) =>
      body[field] === null ? { path: [field], op: "remove" } : { path: [field], op: "remove", lost: field },
    );
  if (body["store"] === true) edits.push({ path: ["store", "true"], op: "remove", lost: "store" });
  if (body["store"] !== false) edits.push({ path: ["store"], op: "set", value: false });
  if (body["stream"] !== true) edits.push({ path: ["stream"], op: "set", value: true });
  if (typeof body["input"] === "string") edits.push({ path: ["input"], op: "set", value: asItems(body["input"]) });
  return edits;
};

/** Kimi Code keeps no responses and refuses to be asked to. */
const withoutStore: Adjustment = (body) =>
  body["store"] === true
    ? [
        { path: ["store", "true"], op: "remove", lost: "store" },
        { path: ["store"], op: "set", value: false },
      ]
    : [];

export const adjustments: { readonly [name: string]: Adjustment } = {
  subscription,
  "without-store": withoutStore,
};
