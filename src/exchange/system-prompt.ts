// The system prompt of an agent, put before a canonical request; bodies that pass as they are get it as an edit.
import type { ChatRequest } from "../core/chat.ts";
import type { SystemPrompt } from "../routing/plan.ts";

/** Unchanged where the client has a system turn of its own and the prompt is not forced. */
export function withSystemPrompt(request: ChatRequest, prompt: SystemPrompt | undefined): ChatRequest {
  if (!prompt || (request.turns[0]?.role === "system" && !prompt.force)) return request;
  return { ...request, turns: [{ role: "system", blocks: [{ type: "text", text: prompt.text }] }, ...request.turns] };
}
