// The named edits of a Messages body.
import { expect, test } from "bun:test";
import type { JsonObject } from "../../../src/core/json.ts";
import { adjustments } from "../../../src/dialects/anthropic-messages/adjust.ts";
import { adjusted } from "../adjusted.ts";

const adjust = adjusted(adjustments, { provider: "p", providerType: "p", model: "m", origin: "zai", flags: {} });

test("M08 strip-billing-block takes the volatile block out of the system prompt", () => {
  const text = (words: string) => ({ type: "text", text: words });
  const system = [text("x-anthropic-billing-header: cc_version=2"), text("Answer briefly.")];
  expect(adjust("strip-billing-block", { system })).toEqual({ body: { system: [text("Answer briefly.")] }, lost: [] });
  expect(adjust("strip-billing-block", { system: "a text" })).toEqual({ body: { system: "a text" }, lost: [] });
});

test("X21 drop-output-config takes the field away and says so", () => {
  expect(adjust("drop-output-config", { output_config: { effort: "low" } })).toEqual({
    body: {},
    lost: ["output_config"],
  });
});

test("R19 thinking-adaptive says enabled as adaptive, and tells of the budget", () => {
  expect(adjust("thinking-adaptive", { thinking: { type: "enabled", budget_tokens: 2000 } })).toEqual({
    body: { thinking: { type: "adaptive" } },
    lost: ["thinking.budget_tokens"],
  });
  const off = { thinking: { type: "disabled" } };
  expect(adjust("thinking-adaptive", off)).toEqual({ body: off, lost: [] });
});

test("temperature-above-zero moves zero only", () => {
  expect(adjust("temperature-above-zero", { temperature: 0 }).body).toEqual({ temperature: 0.01 });
  expect(adjust("temperature-above-zero", { temperature: 0.5 }).body).toEqual({ temperature: 0.5 });
});

test("R07 drop-unsigned-thinking takes thinking out that nobody signed, and a message of nothing else", () => {
  const thinking = (signature?: string) => ({
    type: "thinking",
    thinking: "t",
    ...(signature !== undefined && { signature }),
  });
  const assistant = (...content: JsonObject[]) => ({ role: "assistant", content });
  const messages = [
    assistant(thinking("c2ln"), { type: "text", text: "a" }),
    assistant(thinking(""), { type: "text", text: "b" }),
    assistant(thinking()),
  ];
  expect(adjust("drop-unsigned-thinking", { messages })).toEqual({
    body: { messages: [messages[0] as JsonObject, assistant({ type: "text", text: "b" })] },
    lost: ["messages.thinking", "messages.thinking"],
  });
});
