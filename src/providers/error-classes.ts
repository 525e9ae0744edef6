// Words in a provider's refusal (a 4xx) which mean that it, not the request, is the reason: another target may well answer. A row for all
// providers, and rows by provider type. Kept small on purpose: a wrong word costs a second call for every bad request.

export type ErrorClass = {
  /** Row id of the provider; absent: any. */
  type?: string;
  /** Matched against type, code and message together, lower case. */
  words: RegExp;
  /** Where it was seen. */
  source: string;
};

export const elsewhereClasses: readonly ErrorClass[] = [
  {
    words: /unavailable_model|unknown_model|model_overloaded|no healthy upstream|upstream request failed/,
    source: "relays that wrap a failure of their own host in a 400 (translation.md B13, D1; read 2026-11)",
  },
  {
    words: /enable-auto-tool-choice|tool_call_parser|does not support (?:tools|images?|function calling|image input)/,
    source: "vLLM without a tool parser; Ollama, Groq, OpenRouter: the model cannot do what others can (read 2026-11)",
  },
  {
    words: /model[^.]{0,80}(?:does not exist|not found|deprecated|retired|decommissioned|not supported|disabled)/,
    source: "OpenAI, Groq, Mistral: a model that is no more, told with 400 (GoModel's list of failovers, read 2026-11)",
  },
  {
    type: "anthropic",
    words: /overloaded_error|output blocked by content filtering/,
    source: "docs.anthropic.com/en/api/errors, read 2026-11",
  },
  {
    type: "gemini",
    words: /the response was blocked|content has no parts|user location is not supported|thought_signature/,
    source: "ai.google.dev/gemini-api/docs/troubleshooting, read 2026-11",
  },
  { type: "vertex", words: /the response was blocked|thought_signature/, source: "as gemini" },
  {
    type: "deepseek",
    words: /reasoning_content|thinking mode/,
    source: "api-docs.deepseek.com/guides/thinking_mode, read 2026-11: refuses histories that other makers take",
  },
  {
    type: "openrouter",
    words: /no (?:available|allowed) (?:provider|model)|no endpoints found|capacity exceeded|provider returned error/,
    source: "openrouter.ai/docs/api-reference/errors, read 2026-11",
  },
];

/** May another target answer what this provider refused with a client's fault? */
export function isElsewhere(providerType: string, words: string): boolean {
  const text = words.toLowerCase();
  return elsewhereClasses.some(({ type, words: pattern }) => {
    return (type === undefined || type === providerType) && pattern.test(text);
  });
}
