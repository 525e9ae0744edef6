// Short replies on the wire of each dialect, written by hand from the providers' documents: what no recording shows, or not in every
// dialect. Text, one call, and two calls at once.
import type { Played } from "./replay-host.ts";

export type WrittenReply = { whole: unknown; events: readonly string[] };

type Call = { id: string; name: string; arguments: string };
type Content = { text?: string; calls: readonly Call[] };

const weather = { id: "call_oslo", name: "weather", arguments: '{"city":"Oslo"}' };
const contents: { readonly [name: string]: Content } = {
  "written/json": { text: '{"colour":"red"}', calls: [] },
  "written/one-call": { calls: [weather] },
  "written/two-calls": { calls: [weather, { id: "call_rome", name: "weather", arguments: '{"city":"Rome"}' }] },
};

export const writtenNames: readonly string[] = Object.keys(contents);

/** Pieces as a host would stream them. */
const halves = (text: string): [string, string] => [text.slice(0, 7), text.slice(7)];
const data = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const named = (type: string, rest: object) => `event: ${type}\n${data({ type, ...rest })}`;

/** platform.openai.com/docs/api-reference/chat. */
function chat({ text, calls }: Content): WrittenReply {
  const head = { id: "chatcmpl-1", created: 1, model: "written" };
  const finish_reason = calls.length > 0 ? "tool_calls" : "stop";
  const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };
  const toolCalls = calls.map(({ id, ...call }) => ({ id, type: "function", function: call }));
  const message = { role: "assistant", content: text ?? null, ...(calls.length > 0 && { tool_calls: toolCalls }) };
  const chunk = (delta: object, finish: string | null = null) =>
    data({ ...head, object: "chat.completion.chunk", choices: [{ index: 0, delta, finish_reason: finish }] });
  return {
    whole: { ...head, object: "chat.completion", choices: [{ index: 0, message, finish_reason }], usage },
    events: [
      chunk({ role: "assistant", content: text === undefined ? null : "" }),
      ...(text === undefined ? [] : halves(text).map((content) => chunk({ content }))),
      ...calls.flatMap(({ id, name, arguments: given }, index) => [
        chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] }),
        ...halves(given).map((piece) => chunk({ tool_calls: [{ index, function: { arguments: piece } }] })),
      ]),
      chunk({}, finish_reason),
      data({ ...head, object: "chat.completion.chunk", choices: [], usage }),
      "data: [DONE]\n\n",
    ],
  };
}

/** platform.openai.com/docs/api-reference/responses-streaming. */
function responses({ text, calls }: Content): WrittenReply {
  const part = { type: "output_text", text: text ?? "", annotations: [], logprobs: [] };
  const message = { id: "msg_1", type: "message", role: "assistant", status: "completed", content: [part] };
  const items = calls.map(({ id, name, arguments: given }, index) => ({
    ...{ id: `fc_${index}`, type: "function_call", status: "completed", call_id: id, name, arguments: given },
  }));
  const usage = {
    ...{ input_tokens: 11, output_tokens: 7, total_tokens: 18 },
    ...{ input_tokens_details: { cached_tokens: 0 }, output_tokens_details: { reasoning_tokens: 0 } },
  };
  const whole = {
    ...{ id: "resp_1", object: "response", created_at: 1, status: "completed", model: "written", error: null },
    ...{
      incomplete_details: null,
      instructions: null,
      metadata: {},
      parallel_tool_calls: true,
      temperature: 1,
      top_p: 1,
    },
    ...{ tool_choice: "auto", tools: [], output: text === undefined ? items : [message], usage },
  };
  const begun = { ...whole, status: "in_progress", output: [], usage: null };
  const at = { item_id: "msg_1", output_index: 0, content_index: 0 };
  const textEvents: [string, object][] = [
    ["response.output_item.added", { output_index: 0, item: { ...message, status: "in_progress", content: [] } }],
    ["response.content_part.added", { ...at, part: { ...part, text: "" } }],
    ...halves(part.text).map((delta): [string, object] => [
      "response.output_text.delta",
      { ...at, delta, logprobs: [] },
    ]),
    ["response.output_text.done", { ...at, text: part.text, logprobs: [] }],
    ["response.content_part.done", { ...at, part }],
    ["response.output_item.done", { output_index: 0, item: message }],
  ];
  const callEvents = items.flatMap((item, output_index): [string, object][] => {
    const of = { item_id: item.id, output_index };
    return [
      ["response.output_item.added", { output_index, item: { ...item, status: "in_progress", arguments: "" } }],
      ...halves(item.arguments).map((delta): [string, object] => [
        "response.function_call_arguments.delta",
        { ...of, delta },
      ]),
      ["response.function_call_arguments.done", { ...of, name: item.name, arguments: item.arguments }],
      ["response.output_item.done", { output_index, item }],
    ];
  });
  const events: [string, object][] = [
    ["response.created", { response: begun }],
    ["response.in_progress", { response: begun }],
    ...(text === undefined ? callEvents : textEvents),
    ["response.completed", { response: whole }],
  ];
  return { whole, events: events.map(([type, rest], sequence_number) => named(type, { ...rest, sequence_number })) };
}

/** docs.anthropic.com/en/api/messages-streaming. */
function messages({ text, calls }: Content): WrittenReply {
  const stop = { stop_reason: calls.length > 0 ? "tool_use" : "end_turn", stop_sequence: null };
  const usage = { input_tokens: 11, output_tokens: 7 };
  const head = { id: "msg_1", type: "message", role: "assistant", model: "written" };
  const uses = calls.map(({ id, name, arguments: given }) => ({
    type: "tool_use",
    id,
    name,
    input: JSON.parse(given),
  }));
  const blocks = text === undefined ? uses : [{ type: "text", text }];
  const texts = text === undefined ? calls.map((call) => call.arguments) : [text];
  return {
    whole: { ...head, content: blocks, ...stop, usage },
    events: [
      named("message_start", {
        message: {
          ...head,
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { ...usage, output_tokens: 1 },
        },
      }),
      ...blocks.flatMap((block, index) => [
        named("content_block_start", {
          index,
          content_block: { ...block, ...("text" in block ? { text: "" } : { input: {} }) },
        }),
        ...halves(texts[index]!).map((piece) => {
          const delta =
            "text" in block ? { type: "text_delta", text: piece } : { type: "input_json_delta", partial_json: piece };
          return named("content_block_delta", { index, delta });
        }),
        named("content_block_stop", { index }),
      ]),
      named("message_delta", { delta: stop, usage: { output_tokens: 7 } }),
      named("message_stop", {}),
    ],
  };
}

/** ai.google.dev/api/generate-content. */
function gemini({ text, calls }: Content): WrittenReply {
  const usageMetadata = { promptTokenCount: 11, candidatesTokenCount: 7, totalTokenCount: 18 };
  const reply = (parts: readonly object[], finish?: string) => ({
    responseId: "r1",
    modelVersion: "written",
    candidates: [{ index: 0, content: { role: "model", parts }, ...(finish && { finishReason: finish }) }],
    usageMetadata,
  });
  const asked = calls.map(({ name, arguments: given }) => ({ functionCall: { name, args: JSON.parse(given) } }));
  const parts = text === undefined ? asked : [{ text }];
  const streamed = text === undefined ? asked : halves(text).map((piece) => ({ text: piece }));
  const chunks = [...streamed.map((part) => reply([part])), reply([{ text: "" }], "STOP")];
  return { whole: reply(parts, "STOP"), events: chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`) };
}

/** docs.aws.amazon.com/bedrock, API reference of Converse and ConverseStream. */
function bedrock({ text, calls }: Content): WrittenReply {
  const stopReason = calls.length > 0 ? "tool_use" : "end_turn";
  const usage = { inputTokens: 11, outputTokens: 7, totalTokens: 18 };
  const uses = calls.map(({ id, name, arguments: given }) => ({ toolUseId: id, name, input: JSON.parse(given) }));
  const content = text === undefined ? uses.map((toolUse) => ({ toolUse })) : [{ text }];
  const starts = calls.map(({ id, name }, contentBlockIndex) => ({
    contentBlockStart: { contentBlockIndex, start: { toolUse: { toolUseId: id, name } } },
  }));
  const deltas = (text === undefined ? calls.map((call) => call.arguments) : [text]).map((each) => halves(each));
  const events = deltas.flatMap((pieces, contentBlockIndex) => [
    ...starts.slice(contentBlockIndex, contentBlockIndex + 1),
    ...pieces.map((piece) => {
      const delta = text === undefined ? { toolUse: { input: piece } } : { text: piece };
      return { contentBlockDelta: { contentBlockIndex, delta } };
    }),
    { contentBlockStop: { contentBlockIndex } },
  ]);
  const metadata = { usage, metrics: { latencyMs: 1 } };
  const stream = [{ messageStart: { role: "assistant" } }, ...events, { messageStop: { stopReason } }, { metadata }];
  return {
    whole: { output: { message: { role: "assistant", content } }, stopReason, usage, metrics: { latencyMs: 1 } },
    events: stream.map((event) => JSON.stringify(event)),
  };
}

/** docs.cohere.com/reference/chat-stream. */
function cohere({ text, calls }: Content): WrittenReply {
  const finish_reason = calls.length > 0 ? "TOOL_CALL" : "COMPLETE";
  const tokens = { input_tokens: 11, output_tokens: 7 };
  const usage = { billed_units: tokens, tokens };
  const toolCalls = calls.map(({ id, ...call }) => ({ id, type: "function", function: call }));
  const content = text === undefined ? {} : { content: [{ type: "text", text }] };
  const message = { role: "assistant", ...content, ...(calls.length > 0 && { tool_calls: toolCalls }) };
  const inMessage = (index: number, part: object) => ({ index, delta: { message: part } });
  const textEvents = (words: string) => [
    named("content-start", inMessage(0, { content: { type: "text", text: "" } })),
    ...halves(words).map((piece) => named("content-delta", inMessage(0, { content: { text: piece } }))),
    named("content-end", { index: 0 }),
  ];
  const callEvents = toolCalls.flatMap((call, index) => [
    named(
      "tool-call-start",
      inMessage(index, { tool_calls: { ...call, function: { ...call.function, arguments: "" } } }),
    ),
    ...halves(call.function.arguments).map((piece) =>
      named("tool-call-delta", inMessage(index, { tool_calls: { function: { arguments: piece } } })),
    ),
    named("tool-call-end", { index }),
  ]);
  return {
    whole: { id: "c1", message, finish_reason, usage },
    events: [
      named("message-start", { id: "c1", delta: { message: { role: "assistant", content: [], tool_calls: [] } } }),
      ...(text === undefined ? callEvents : textEvents(text)),
      named("message-end", { delta: { finish_reason, usage } }),
    ],
  };
}

/** How each host says in the middle of a stream that it fails. */
const failures: { readonly [played in Played]: string } = {
  chat: data({ error: { message: "Slow down.", type: "server_error", param: null, code: null } }),
  responses: named("error", { code: "server_error", message: "Slow down.", param: null, sequence_number: 4 }),
  messages: named("error", { error: { type: "overloaded_error", message: "Slow down." } }),
  gemini: data({ error: { code: 503, message: "Slow down.", status: "UNAVAILABLE" } }),
  bedrock: JSON.stringify({ throttlingException: { message: "Slow down." } }),
  cohere: named("message-end", { delta: { finish_reason: "ERROR", error: "Slow down." } }),
};

/** Begins to speak, and fails. A stream alone. */
export const failing = "written/failing";

const writers: { readonly [played in Played]: (content: Content) => WrittenReply } = {
  chat,
  responses,
  messages,
  gemini,
  bedrock,
  cohere,
};

export function writtenReply(played: Played, name: string): WrittenReply | undefined {
  if (name === failing) {
    const { events } = writers[played]({ text: "Hello, world", calls: [] });
    const spoken = events.findIndex((event) => event.includes("Hello"));
    return { whole: {}, events: [...events.slice(0, spoken + 1), failures[played]] };
  }
  const content = contents[name];
  return content && writers[played](content);
}
