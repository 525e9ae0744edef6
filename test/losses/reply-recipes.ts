// Replies of each provider dialect: what its declared types leave open, and which fields say nothing of their own.
import { isObject, type JsonObject, type JsonValue } from "../../src/core/json.ts";
import { base64, type Parts, recipeOf } from "./recipe.ts";

/** Above what is counted beside it, and below what a limit could be. */
const numberOf = (probe: string): number => 10_000 + (Bun.hash.crc32(probe) % 80_000);

const commonReplySamples: Parts["samples"] = [
  [/(^|\.)arguments$/, (probe) => JSON.stringify({ city: probe })],
  [/(^|\.)logprob$|logProbability$|avgLogprobs$/, (probe) => -numberOf(probe) / 1e5],
  [/(^|\.)bytes\[\]$/, (probe) => numberOf(probe) % 256],
  // Places in the text below.
  [/(start_index|startIndex|citations(\[\])?\.start)$/, (probe) => numberOf(probe) % 19],
  [/(end_index|endIndex|citations(\[\])?\.end)$/, (probe) => 20 + (numberOf(probe) % 40)],
];

/** Long enough for places in it. */
const words = "Words that a citation may stand on, of which there are enough here.";

/** What says where a piece belongs, or which kind of object this is. */
const envelope: Parts["leftOut"] = [
  [
    /(^|\.)(object|index|sequence_number|output_index|content_index|summary_index|annotation_index)$/,
    "joins the pieces of a stream",
  ],
  [/(^|\.)(item_id|contentBlockIndex|command_index)$/, "joins the pieces of a stream"],
  [/(^|\.)obfuscation$/, "padding against traffic analysis"],
];

export const chatReplies = recipeOf({
  numberOf,
  samples: [...commonReplySamples, [/\.audio\.data$/, base64]],
  stands: [
    [
      /(^|\.)choices$/,
      [{ index: 0, message: { role: "assistant", content: words }, delta: {}, finish_reason: "stop" }],
    ],
    [/^object$/, "chat.completion"],
    [/^chunk\.object$/, "chat.completion.chunk"],
    [/choices\[\]\.(index|delta\.tool_calls\[\]\.index)$/, 0],
    [/choices\[\]\.finish_reason$/, "stop"],
    [/choices\[\]\.message\.content$/, words],
    [/choices\[\]\.message\.role$/, "assistant"],
    [/choices\[\]\.(message\.refusal|logprobs|logprobs\.(content|refusal))$/, null],
  ],
  leftOut: [
    ...envelope,
    [/delta\.role=/, "always the assistant's"],
    [/delta\.tool_calls\[\]\.type=/, "told by the field beside it"],
  ],
  beside: (path, value) => {
    // A piece of a call is joined to its beginning: here the first piece is the only one.
    if (path === "chunk.choices[].delta.tool_calls[]" && isObject(value)) {
      const name = value["type"] === "custom" || value["custom"] !== undefined ? "custom" : "function";
      const named = { name: "get_weather", ...(isObject(value[name]) ? value[name] : {}) };
      return { id: "call_1", ...value, type: name, [name]: named };
    }
    if (path === "chunk.choices[].delta.function_call" && isObject(value)) return { name: "get_weather", ...value };
    return value;
  },
});

export const messagesReplies = recipeOf({
  numberOf,
  samples: [
    ...commonReplySamples,
    [/\.input$/, (probe) => ({ city: probe })],
    [/\.partial_json$/, (probe) => JSON.stringify({ city: probe })],
  ],
  stands: [
    [/(^|\.)content$/, [{ type: "text", text: "Hi" }]],
    [/(^|\.)model$/, "m"],
    [/(^|\.)stop_reason$/, "end_turn"],
    [/(^|\.)stop_(sequence|details)$/, null],
    [/(^|\.)index$/, 0],
    [/^type$/, "message"],
  ],
  leftOut: [
    ...envelope,
    [/^message_start\.message\.content\b/, "the same as in a whole message"],
    [/^message_start\.message\.stop_(reason|sequence|details)/, "null until message_delta tells it"],
    [/^message_start\.message\.usage\.output_tokens$/, "a count that message_delta replaces"],
  ],
});

export const responsesReplies = recipeOf({
  numberOf,
  samples: [...commonReplySamples, [/(^|response\.)model$/, (probe) => probe], [/\.result$/, base64]],
  stands: [
    [/content\[output_text\]\.text$/, words],
    [/(^|\.)output_index$|content_index$|summary_index$/, 0],
    [
      /(^|response\.)output$/,
      [
        {
          type: "message",
          id: "msg_1",
          role: "assistant",
          status: "completed",
          content: [{ type: "output_text", text: words, annotations: [] }],
        },
      ],
    ],
    [/^status$/, "completed"],
    [/(^|response\.)model$/, "gpt-6"],
    [/(^|response\.)(error|incomplete_details|instructions|metadata|temperature|top_p)$/, null],
    [/(^|response\.)(tools)$/, []],
    [/(^|response\.)tool_choice$/, "auto"],
    [/(^|response\.)parallel_tool_calls$/, true],
  ],
  leftOut: [
    ...envelope,
    [
      /^(response\.\w+\.response\.)?(instructions|tools|tool_choice|temperature|top_p|parallel_tool_calls|background|conversation|max_output_tokens|max_tool_calls|metadata|previous_response_id|prompt|prompt_cache_key|prompt_cache_retention|prompt_cache_options|reasoning|safety_identifier|text|top_logprobs|truncation|user|store)\b/,
      "repeats the client's own request",
    ],
    [/^response\.(created|queued|in_progress)\b/, "what stands in them stands in the final response again"],
    [
      /^response\.(output_item\.added|content_part\.(added|done)|output_text\.annotation\.added)\b/,
      "told again by output_item.done",
    ],
    [/^response\.(output_text|refusal|reasoning_text|reasoning_summary_text)\.done\b/, "told before, in deltas"],
    [/^response\.reasoning_summary_part\b/, "told by its deltas"],
    [/^response\.(completed|incomplete|failed)\.response\.output\b/, "told before, by output_item.done"],
    [
      /^response\.(code_interpreter_call|shell_call|file_search_call|web_search_call|mcp_|image_generation_call\.(?!partial)|compaction)/,
      "progress of what the provider does itself: its item comes whole in output_item.done",
    ],
    [
      /^(error|response\.failed)\b|(^|response\.)error\b|(^|response\.)status=(failed|cancelled)$/,
      "failures, which become errors in the client's dialect",
    ],
    [
      /^response\.\w+\.response\.status\b|(^|response\.)status=(in_progress|queued)$/,
      "told by the event, and by the reply's being there",
    ],
    [/(^|response\.)output_text$/, "made by the SDK"],
    [/^response\.(completed|incomplete)\.response\.(id|model|created_at)$/, "told before, by response.created"],
    [/^response\.completed\.response\.incomplete_details/, "of incomplete responses"],
    [
      /(output|item)\[(message|reasoning|function_call|custom_tool_call|image_generation_call)\]\.(id|status=\w+|status)$/,
      "OpenAI's bookkeeping of its own items: calls and results are joined by call_id, a cut is told by the response",
    ],
  ],
  beside: (path, value, around) => {
    if (path === "" && isObject(value) && around.startsWith("incomplete_details")) {
      return { ...value, status: "incomplete" };
    }
    if (/^response\.(completed|incomplete|failed)\.response$/.test(path) && isObject(value)) {
      return { ...value, status: path.split(".")[1] as string };
    }
    return value;
  },
});

export const geminiReplies = recipeOf({
  numberOf,
  samples: [
    ...commonReplySamples,
    [/thoughtSignature$|inlineData\.data$/, base64],
    [/functionCall\.args$/, (probe) => ({ city: probe })],
    [/functionCall\.partialArgs$/, (probe) => [{ jsonPath: "$.city", stringValue: probe }]],
    [/(^|\.)createTime$/, () => "2026-11-28T06:00:00Z"],
    [/mimeType$/, () => "image/webp"],
  ],
  stands: [[/(^|\.)candidates\[\]\.index$/, 0]],
  leftOut: [
    ...envelope,
    [/sdkHttpResponse|automaticFunctionCallingHistory/, "made by the SDK, not by the provider"],
    [/candidates\[\]\.content\.role$/, "always the model's"],
    [/functionCall\.willContinue/, "says that more pieces of the call follow"],
  ],
  beside: besideGemini,
});

function besideGemini(path: string, value: JsonValue, around: string): JsonValue {
  const content = { role: "model", parts: [{ text: "Hi" }] };
  if (/^(chunk)?$/.test(path) && isObject(value)) {
    if (/promptFeedback/.test(around)) return value;
    return { candidates: [{ index: 0, content, ...(path === "" && { finishReason: "STOP" }) }], ...value };
  }
  if (/candidates\[\]$/.test(path)) {
    if (Array.isArray(value)) return value.length > 0 ? value : [{ index: 0, content, finishReason: "STOP" }];
    if (isObject(value)) {
      const isLast = !path.startsWith("chunk") || /finishMessage$/.test(around);
      return { ...(isLast ? { finishReason: "STOP" } : {}), index: 0, content, ...value };
    }
  }
  if (/content\.parts\[\]$/.test(path) && Array.isArray(value)) return value.length > 0 ? value : [{ text: "Hi" }];
  if (/content\.parts\[\]$/.test(path) && isObject(value)) {
    const said = ["functionCall", "inlineData", "fileData", "text"].some((field) => value[field] !== undefined);
    if (!said && /\.(thought|thoughtSignature|partMetadata|mediaResolution|videoMetadata)$/.test(around))
      return { text: "Hi", ...value };
  }
  if (!isObject(value)) return value;
  if (/functionCall$/.test(path)) return { name: "get_weather", ...value };
  if (/promptFeedback$/.test(path) && !/blockReason$/.test(around)) return { blockReason: "SAFETY", ...value };
  if (/usageMetadata$/.test(path)) return { promptTokenCount: 3, ...value };
  if (/logprobsResult$/.test(path)) return { chosenCandidates: [{ token: "Hi" }], ...value };
  if (/(chosenCandidates|candidates)\[\]$/.test(path) && /logprobsResult/.test(path)) return { token: "Hi", ...value };
  return value;
}

export const cohereReplies = recipeOf({
  numberOf,
  samples: [...commonReplySamples, [/\.arguments$/, (probe) => JSON.stringify({ city: probe })]],
  stands: [
    [/^message$/, { role: "assistant", content: [{ type: "text", text: words }] }],
    [/(^|\.)finish_reason$/, "COMPLETE"],
  ],
  leftOut: [
    ...envelope,
    [/^message-end\.id$/, "the same as in message-start"],
    [/^content-start\.delta\.message\.content\.type/, "told by the field beside it"],
    [/\.role=/, "always the assistant's"],
  ],
  beside: (path, value, around) => besideCohere(path, value, around),
});

function besideCohere(path: string, value: JsonValue, around: string): JsonValue {
  if (path === "message" && isObject(value) && !around.startsWith("message.content"))
    return { role: "assistant", content: [{ type: "text", text: words }], ...value };
  if (path === "message-end.delta" && isObject(value)) {
    return { finish_reason: around.endsWith(".error") ? "ERROR" : "COMPLETE", ...value };
  }
  if (/(^|\.)usage$/.test(path) && isObject(value)) {
    const tokens = { input_tokens: 3, output_tokens: 2, ...(isObject(value["tokens"]) ? value["tokens"] : {}) };
    return { ...value, tokens };
  }
  if (/citations(\[\])?$/.test(path) && isObject(value)) return { start: 0, end: 5, text: "Words", ...value };
  if (/tool_calls(\[\])?$/.test(path) && isObject(value)) {
    const named: JsonObject = {
      name: "get_weather",
      arguments: "{}",
      ...(isObject(value["function"]) ? value["function"] : {}),
    };
    return path.startsWith("tool-call-delta") ? value : { id: "call_1", type: "function", ...value, function: named };
  }
  return value;
}

export const converseReplies = recipeOf({
  numberOf,
  samples: [
    ...commonReplySamples,
    [/contentBlockDelta.*toolUse\.input$/, (probe) => JSON.stringify({ city: probe })],
    [/toolUse\.input$/, (probe) => ({ city: probe })],
    [/source\.bytes$|redactedContent$/, base64],
    [/additionalModelResponseFields$/, (probe) => ({ stop_sequence: probe })],
    [/(inputAssessment|outputAssessments)$/, (probe) => ({ [probe]: { topicPolicy: { topics: [] } } })],
  ],
  stands: [
    [/contentBlockIndex$/, 0],
    [/^output\.message$/, { role: "assistant", content: [{ text: "Hi" }] }],
    [/(^|\.)stopReason$/, "end_turn"],
    [/(^|\.)usage$/, { inputTokens: 3, outputTokens: 2, totalTokens: 5 }],
    [/(^|\.)metrics$/, { latencyMs: 5 }],
  ],
  leftOut: [...envelope],
  beside: (path, value) =>
    /content\[CitationsContent\]\.citationsContent$/.test(path) && isObject(value)
      ? { content: [{ text: words }], ...value }
      : value,
});
