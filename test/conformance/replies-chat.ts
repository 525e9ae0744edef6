// Replies in the Chat Completions wire for hosts of which none is recorded, in the shape of OpenAI's reference.
import type { JsonObject } from "../../src/core/json.ts";
import type { Reply } from "./case.ts";

type Message = JsonObject;

/** A whole reply; `message` beside the role, `more` beside the choices. */
export function chatReply(message: Message, finish = "stop", more: JsonObject = {}): Reply {
  return {
    json: {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1_770_000_000,
      model: "reported-model",
      choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason: finish }],
      usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
      ...more,
    },
  };
}

export const weatherCall: JsonObject = {
  id: "call_000000000002",
  type: "function",
  function: { name: "get_weather", arguments: '{"city":"Rome"}' },
};

export const calledWeather = [{ name: "get_weather", arguments: { city: "Rome" }, id: "call_000000000002" }];

/** The same call as its stream brings it: the id once, the arguments in pieces that cut JSON anywhere. */
export const weatherPieces: readonly JsonObject[] = [
  {
    content: null,
    tool_calls: [
      { index: 0, id: "call_000000000002", type: "function", function: { name: "get_weather", arguments: "" } },
    ],
  },
  { tool_calls: [{ index: 0, function: { arguments: '{"ci' } }] },
  { tool_calls: [{ index: 0, function: { arguments: 'ty":"Rome"}' } }] },
];

const chunk = (choices: JsonObject[], more: JsonObject = {}) =>
  JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1_770_000_000,
    model: "reported-model",
    choices,
    ...more,
  });

export const done = "data: [DONE]\n\n";

/** A stream of these deltas; usage in a last chunk without choices, as OpenAI sends it when asked. */
export function chatFrames(deltas: readonly JsonObject[], finish = "stop"): Reply {
  return {
    frames: [
      ...deltas.map((delta, index) =>
        chunk([{ index: 0, delta: index === 0 ? { role: "assistant", ...delta } : delta, finish_reason: null }]),
      ),
      chunk([{ index: 0, delta: {}, finish_reason: finish }]),
      chunk([], { usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 } }),
      done,
    ],
  };
}

/** The same with usage in the chunk that holds the finish reason (DeepSeek, Mistral, xAI and others). */
export function chatFramesWithUsageAtFinish(deltas: readonly JsonObject[], finish = "stop"): Reply {
  return {
    frames: [
      ...deltas.map((delta, index) =>
        chunk([{ index: 0, delta: index === 0 ? { role: "assistant", ...delta } : delta, finish_reason: null }]),
      ),
      chunk([{ index: 0, delta: {}, finish_reason: finish }], {
        usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
      }),
      done,
    ],
  };
}
