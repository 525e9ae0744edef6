// Edits of a client's Messages body on its way to a target: what every target needs, and those that provider rows name.
import { asArray, asString, isObject, type JsonObject } from "../../core/json.ts";
import { modelEdits } from "../control.ts";
import type { Adjustment, Edit, NativeChange } from "../dialect.ts";
import { beginningOf } from "../framing/json-outline.ts";
import { isTagged } from "./carrier.ts";

/** Usage comes in every stream unasked. */
export function nativeEdits(body: JsonObject, change: NativeChange): Edit[] {
  return [...modelEdits(body, change.model), ...removeForeignState(body)];
}

/** Into `system`, before the client's own. */
export function systemEdits(body: JsonObject, prompt: { text: string; force: boolean }): Edit[] {
  const own = body["system"];
  const hasOwn = Array.isArray(own) ? own.length > 0 : typeof own === "string" && own !== "";
  if (hasOwn && !prompt.force) return [];
  if (Array.isArray(own)) return [{ path: ["system"], op: "prepend", value: { type: "text", text: prompt.text } }];
  const text = hasOwn ? `${prompt.text}\n\n${own}` : prompt.text;
  return [{ path: ["system"], op: "set", value: text }];
}

/** Of a message, and of the event that begins one: what the request was edited in, its reply is edited back in. */
export function renameEdits(body: JsonObject, asked: string): Edit[] {
  if (typeof body["model"] === "string") return [{ path: ["model"], op: "set", value: asked }];
  const message = body["message"];
  if (!isObject(message) || typeof message["model"] !== "string") return [];
  return [{ path: ["message", "model"], op: "set", value: asked }];
}

/**
 * Thinking that another maker's model left in the history, under our tag: no Messages endpoint takes the signature, and
 * the text without one is refused too (R05). A message of nothing else goes as a whole.
 */
function removeForeignState(body: JsonObject): Edit[] {
  return removeThinking(body, isTaggedThinking);
}

function removeThinking(body: JsonObject, isMeant: (block: unknown) => boolean): Edit[] {
  return (asArray(body["messages"]) ?? []).flatMap((message, index): Edit[] => {
    const content = isObject(message) && message["role"] === "assistant" ? asArray(message["content"]) : undefined;
    const places = (content ?? []).flatMap((block, at) => (isMeant(block) ? [at] : []));
    const lost = "messages.thinking";
    if (places.length > 0 && places.length === content?.length) {
      return [{ path: ["messages", index], op: "remove", lost }];
    }
    return places.map((at): Edit => ({ path: ["messages", index, "content", at], op: "remove", lost }));
  });
}

function isTaggedThinking(block: unknown): boolean {
  return isObject(block) && block["type"] === "thinking" && isTagged(beginningOf(asString(block["signature"]) ?? ""));
}

function isUnsignedThinking(block: unknown): boolean {
  return isObject(block) && block["type"] === "thinking" && (asString(block["signature"]) ?? "") === "";
}

/** Hosts of other models do not sign; Anthropic refuses such thinking when a history moves on to Claude (R07). */
const dropUnsignedThinking: Adjustment = (body) => removeThinking(body, isUnsignedThinking);

type Blocks = { block: JsonObject; path: (string | number)[] }[];

function systemBlocks(body: JsonObject): Blocks {
  return (asArray(body["system"]) ?? []).flatMap((block, index) =>
    isObject(block) ? [{ block, path: ["system", index] }] : [],
  );
}

/** Claude Code's first system block, which changes with every call and so defeats the prompt cache of other hosts (M08). */
const stripBillingBlock: Adjustment = (body) =>
  systemBlocks(body)
    .filter(({ block }) => /^x-[a-z]+-billing-header:/.test(beginningOf(asString(block["text"]) ?? "")))
    .map(({ path }): Edit => ({ path, op: "remove" }));

/** Hosts of other models answer 400 to it (X21). */
const dropOutputConfig: Adjustment = (body) =>
  body["output_config"] === undefined ? [] : [{ path: ["output_config"], op: "remove", lost: "output_config" }];

/** Kimi's coding host takes "adaptive" and "disabled" only (R19). */
const thinkingAdaptive: Adjustment = (body) => {
  const thinking = body["thinking"];
  if (!isObject(thinking) || thinking["type"] !== "enabled") return [];
  const edits: Edit[] = [{ path: ["thinking", "type"], op: "set", value: "adaptive" }];
  if (thinking["budget_tokens"] === undefined) return edits;
  return [...edits, { path: ["thinking", "budget_tokens"], op: "remove", lost: "thinking.budget_tokens" }];
};

/** MiniMax takes temperatures in (0, 1] (platform.minimax.io/docs/api-reference/text-anthropic-api, read 2026-11). */
const temperatureAboveZero: Adjustment = (body) =>
  body["temperature"] === 0 ? [{ path: ["temperature"], op: "set", value: 0.01 }] : [];

const remove =
  (name: string): Adjustment =>
  (body) =>
    body[name] === undefined ? [] : [{ path: [name], op: "remove" }];

/** Clouds name the version of the dialect in the body, where Anthropic has a header (translation.md A4.6, A5). */
const version =
  (value: string): Adjustment =>
  () => [{ path: ["anthropic_version"], op: "set", value }];

export const adjustments: { readonly [name: string]: Adjustment } = {
  "model-in-path": () => [{ path: ["model"], op: "remove" }],
  "stream-in-path": remove("stream"),
  "version-bedrock-2023-05-31": version("bedrock-2023-05-31"),
  "version-vertex-2023-10-16": version("vertex-2023-10-16"),
  "strip-billing-block": stripBillingBlock,
  "drop-unsigned-thinking": dropUnsignedThinking,
  "drop-output-config": dropOutputConfig,
  "thinking-adaptive": thinkingAdaptive,
  "temperature-above-zero": temperatureAboveZero,
};
