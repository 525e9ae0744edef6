// The smallest canonical request, to be filled with what a test is about.
import type { ChatRequest } from "../../src/core/chat.ts";

export function chatRequest(more: Partial<ChatRequest> = {}): ChatRequest {
  return {
    dialect: "openai-chat",
    model: "client-model",
    turns: [{ role: "user", blocks: [{ type: "text", text: "hi" }] }],
    tools: [],
    sampling: {},
    stream: false,
    wantsUsage: false,
    extra: {},
    ...more,
  };
}
