// The calls that a host of legacy text completions is shown with: a gap filled whole, a prompt streamed, a refusal.
import type { Call } from "./case.ts";

const send = { prompt: "def add(a, b):\n", suffix: "\nprint(add(1, 2))", max_tokens: 32, temperature: 0, odd: [1] };

const chunk = (text: string, finish_reason: string | null = null) =>
  JSON.stringify({
    id: "cmpl-1",
    object: "text_completion",
    created: 1700000000,
    model: "reported-model",
    choices: [{ text, index: 0, logprobs: null, finish_reason }],
  });
const usage = { prompt_tokens: 12, completion_tokens: 6, total_tokens: 18 };

/** platform.openai.com/docs/api-reference/completions (2026-11). */
export function completionsCalls(target: string, model: string): Call[] {
  const place = { proves: "openai-completions", to: "/v1/completions", target, model };
  return [
    {
      ...place,
      name: "fills a gap in a text",
      send,
      body: { model, ...send },
      reply: {
        json: {
          id: "cmpl-1",
          object: "text_completion",
          created: 1700000000,
          model: "reported-model",
          choices: [{ text: "    return a + b", index: 0, logprobs: null, finish_reason: "stop" }],
          usage,
        },
      },
      seen: { finish: "stop", text: "    return a + b", inputTokens: 12, outputTokens: 6 },
    },
    {
      ...place,
      name: "streams a completion",
      send: { prompt: "Say", stream: true },
      body: { model, prompt: "Say", stream: true, stream_options: { include_usage: true } },
      reply: {
        frames: [
          chunk("Hel"),
          chunk("lo", "length"),
          JSON.stringify({ ...JSON.parse(chunk("")), choices: [], usage }),
          "[DONE]",
        ],
      },
      seen: { finish: "length", text: "Hello" },
    },
    {
      ...place,
      name: "a completion that is refused",
      send: { prompt: "Say" },
      body: { model, prompt: "Say" },
      reply: {
        status: 400,
        json: { error: { message: "max_tokens is too large", type: "invalid_request_error", param: null, code: null } },
      },
      seen: { status: 400, message: "max_tokens is too large" },
    },
  ];
}
