// What the tests of the Messages dialect share with those of others, run on its own halves.
import type { ChatRequest, FunctionTool } from "../../../src/core/chat.ts";
import type { TargetFacts, TargetFlags } from "../../../src/core/facts.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { anthropicMessages } from "../../../src/dialects/anthropic-messages/index.ts";
import type { Frame, UpstreamHalf } from "../../../src/dialects/dialect.ts";
import { request, runsOf, user } from "../called-support.ts";

export * from "../called-support.ts";
export const upstream = anthropicMessages.upstream as UpstreamHalf;

export function facts(flags: TargetFlags = {}): TargetFacts {
  return { provider: "anthropic", providerType: "anthropic", model: "claude-test", origin: "anthropic", flags };
}

export const { writeText: write, readStream, readWhole } = runsOf(upstream, facts);

/** Asks in one word, for tests of what stands beside the messages. */
export const ask = (more: Partial<ChatRequest> = {}, flags: TargetFlags = {}) =>
  write(request([user("x")], more), flags);

export const tool = (name: string, parameters?: JsonObject, more: Partial<FunctionTool> = {}): FunctionTool => ({
  kind: "function",
  name,
  ...(parameters ? { parameters } : {}),
  ...more,
});

/** The content blocks of one message of a written body. */
export function contentOf(body: JsonObject, message: number): JsonObject[] {
  const messages = body["messages"] as JsonObject[];
  return (messages.at(message) as JsonObject)["content"] as JsonObject[];
}

export function framesOf(payloads: readonly string[]): Frame[] {
  return payloads.map((data) => ({ event: "", data }));
}
