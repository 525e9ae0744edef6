// Numbers in tool arguments keep their text across dialects, in requests and in replies (2^53+1, 1e400, 1.0, -0).
import { describe, expect, test } from "bun:test";
import type { DialectId } from "../../src/core/chat.ts";
import { openFold } from "../../src/core/fold.ts";
import type { Dialect, Frame, ReplyContext, UpstreamHalf } from "../../src/dialects/dialect.ts";
import { geminiCall } from "../../src/dialects/gemini/index.ts";
import { dialects } from "../../src/dialects/index.ts";
import { parseReply } from "../../src/exchange/whole.ts";
import { ModelFacts } from "../../src/providers/facts.ts";
import type { Target } from "../../src/routing/plan.ts";
import { sendText } from "./judge.ts";
import { plainTargets } from "./matrix.ts";

const numbers = '{"a":9007199254740993,"b":[1e400,1.0],"c":"-0","d":-0,"e":1}';
const asText = JSON.stringify(numbers);

const clients: readonly Dialect[] = [
  dialects["openai-chat"] as Dialect,
  dialects["openai-responses"] as Dialect,
  dialects["anthropic-messages"] as Dialect,
  geminiCall({ model: "m", stream: false }),
];

/** A call with those arguments in the history, and its result. temperature 1.0 is a number that is read. */
const requests: { readonly [dialect in DialectId]?: string } = {
  "openai-chat": `{"model":"m","temperature":1.0,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":${asText}}}]},{"role":"tool","tool_call_id":"call_1","content":"mild"}]}`,
  "openai-responses": `{"model":"m","temperature":1.0,"input":[{"role":"user","content":"Hi"},{"type":"function_call","call_id":"call_1","name":"f","arguments":${asText}},{"type":"function_call_output","call_id":"call_1","output":"mild"}]}`,
  "anthropic-messages": `{"model":"m","max_tokens":100,"temperature":1.0,"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"tool_use","id":"call_1","name":"f","input":${numbers}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"call_1","content":"mild"}]}]}`,
  gemini: `{"generationConfig":{"temperature":1.0},"contents":[{"role":"user","parts":[{"text":"Hi"}]},{"role":"model","parts":[{"functionCall":{"id":"call_1","name":"f","args":${numbers}}}]},{"role":"user","parts":[{"functionResponse":{"id":"call_1","name":"f","response":${numbers}}}]}]}`,
};

const withObjects: readonly DialectId[] = ["anthropic-messages", "gemini", "bedrock-converse"];

describe.each(clients)("arguments in the history of a $id client", (client) => {
  test.each(plainTargets())("reach $dialect as they are written", async (target) => {
    const sent = await sendText({ client, target, models: new ModelFacts() }, requests[client.id] as string);
    if ("refused" in sent) throw sent.refused;
    // As it is where both speak the same dialect; an object or its text elsewhere.
    expect(sent.text).toContain(withObjects.includes(target.dialect) ? `:${numbers}` : `:${asText}`);
    expect(sent.text).toMatch(/"temperature":1(\.0)?[,}]/);
    // Gemini's response objects are the text of a result elsewhere.
    if (client.id === "gemini") expect(sent.text.split("9007199254740993").length).toBe(3);
  });
});

const parameters = `{"type":"object","properties":{"a":{"type":"integer","minimum":9007199254740993,"maximum":1e400},"b":{"type":"number","enum":[1.0,2.50]},"c":{"type":"array","items":{"type":"integer","exclusiveMinimum":1.0},"minItems":1.0}},"required":["a","b","c"],"additionalProperties":false}`;

/** A tool and the form of the answer, both with that schema. */
const schemas: { readonly [dialect in DialectId]?: { tool: string; answer: string } } = {
  "openai-chat": {
    tool: `{"model":"m","messages":[{"role":"user","content":"Hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":${parameters}}}]}`,
    answer: `{"model":"m","messages":[{"role":"user","content":"Hi"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":${parameters}}}}`,
  },
  "openai-responses": {
    tool: `{"model":"m","input":[{"type":"additional_tools","role":"developer","tools":[{"type":"function","name":"f","parameters":${parameters}}]},{"role":"user","content":"Hi"}],"tools":[{"type":"function","name":"g","parameters":${parameters}}]}`,
    answer: `{"model":"m","input":"Hi","text":{"format":{"type":"json_schema","name":"n","schema":${parameters}}}}`,
  },
  "anthropic-messages": {
    tool: `{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hi"}],"tools":[{"name":"f","input_schema":${parameters}}]}`,
    answer: `{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"Hi"}],"output_config":{"format":{"type":"json_schema","schema":${parameters}}}}`,
  },
  gemini: {
    tool: `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"tools":[{"functionDeclarations":[{"name":"f","parametersJsonSchema":${parameters}}]}]}`,
    answer: `{"contents":[{"role":"user","parts":[{"text":"Hi"}]}],"generationConfig":{"responseMimeType":"application/json","responseJsonSchema":${parameters}}}`,
  },
};

describe.each(clients)("numbers in a schema of a $id client", (client) => {
  test.each(plainTargets())("reach $dialect as they are written", async (target) => {
    for (const wire of Object.values(schemas[client.id] ?? {})) {
      const sent = await sendText({ client, target, models: new ModelFacts() }, wire);
      if ("refused" in sent) throw sent.refused;
      for (const number of ["9007199254740993", "1e400", "1.0", "2.50"]) {
        expect(sent.text.split(number).length).toBeGreaterThanOrEqual(wire.split("2.50").length);
      }
      expect(sent.text).not.toContain("rawJSON");
      if (target.dialect !== "gemini" || client.id === "gemini") continue;
      // Whatever their spelling, they are numbers to the code that reads schemas.
      expect(sent.text).toContain('"type":"integer","minimum"');
      expect(sent.text).not.toContain("exclusiveMinimum");
    }
  });
});

test("numbers in metadata keep their text", async () => {
  const [chat, responses] = clients as [Dialect, Dialect];
  const metadata = '{"a":9007199254740993,"b":1.0}';
  const [toChat, toResponses] = plainTargets() as [Target, Target];
  const fromChat = `{"model":"m","messages":[{"role":"user","content":"Hi"}],"metadata":${metadata}}`;
  const fromResponses = `{"model":"m","input":"Hi","metadata":${metadata}}`;
  const models = new ModelFacts();
  const sent = [
    await sendText({ client: chat, target: toResponses, models }, fromChat),
    await sendText({ client: responses, target: toChat, models }, fromResponses),
  ];
  for (const each of sent) {
    if ("refused" in each) throw each.refused;
    expect(each.text).toContain(`"metadata":${metadata}`);
  }
});

type Replies = { whole: string; stream: readonly Frame[] };

const frame = (data: string, event = ""): Frame => ({ event, data });
const piece = (text: string) => JSON.stringify(text);
const [front, back] = [numbers.slice(0, 12), numbers.slice(12)];

const replies: { readonly [dialect in DialectId]?: Replies } = {
  "openai-chat": {
    whole: `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":${asText}}}]},"finish_reason":"tool_calls"}]}`,
    stream: [
      frame(
        `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"f","arguments":${piece(front)}}}]},"finish_reason":null}]}`,
      ),
      frame(
        `{"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":${piece(back)}}}]},"finish_reason":"tool_calls"}]}`,
      ),
      frame("[DONE]"),
    ],
  },
  "openai-responses": {
    whole: `{"id":"r","object":"response","created_at":1,"status":"completed","model":"m","output":[{"type":"function_call","id":"fc","call_id":"call_1","name":"f","arguments":${asText},"status":"completed"}]}`,
    stream: [
      frame(`{"type":"response.created","sequence_number":0,"response":{"id":"r","model":"m","output":[]}}`),
      frame(
        `{"type":"response.output_item.added","sequence_number":1,"output_index":0,"item":{"type":"function_call","id":"fc","call_id":"call_1","name":"f","arguments":"","status":"in_progress"}}`,
      ),
      frame(
        `{"type":"response.function_call_arguments.delta","sequence_number":2,"output_index":0,"item_id":"fc","delta":${asText}}`,
      ),
      frame(
        `{"type":"response.output_item.done","sequence_number":3,"output_index":0,"item":{"type":"function_call","id":"fc","call_id":"call_1","name":"f","arguments":${asText},"status":"completed"}}`,
      ),
      frame(
        `{"type":"response.completed","sequence_number":4,"response":{"id":"r","model":"m","status":"completed","output":[]}}`,
      ),
    ],
  },
  "anthropic-messages": {
    whole: `{"id":"msg","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"call_1","name":"f","input":${numbers}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`,
    stream: [
      frame(
        `{"type":"message_start","message":{"id":"msg","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}`,
        "message_start",
      ),
      // Some hosts put the whole object into the start (S37).
      frame(
        `{"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"call_1","name":"f","input":${numbers}}}`,
        "content_block_start",
      ),
      frame(`{"type":"content_block_stop","index":0}`, "content_block_stop"),
      frame(`{"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}`, "message_delta"),
      frame(`{"type":"message_stop"}`, "message_stop"),
    ],
  },
  gemini: {
    whole: `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"call_1","name":"f","args":${numbers}}}]},"finishReason":"STOP","index":0}]}`,
    stream: [
      frame(
        `{"candidates":[{"content":{"role":"model","parts":[{"functionCall":{"id":"call_1","name":"f","args":${numbers}}}]},"finishReason":"STOP","index":0}]}`,
      ),
    ],
  },
  "bedrock-converse": {
    whole: `{"output":{"message":{"role":"assistant","content":[{"toolUse":{"toolUseId":"call_1","name":"f","input":${numbers}}}]}},"stopReason":"tool_use","usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2}}`,
    stream: [
      frame(`{"role":"assistant"}`, "messageStart"),
      frame(`{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"call_1","name":"f"}}}`, "contentBlockStart"),
      frame(`{"contentBlockIndex":0,"delta":{"toolUse":{"input":${asText}}}}`, "contentBlockDelta"),
      frame(`{"contentBlockIndex":0}`, "contentBlockStop"),
      frame(`{"stopReason":"tool_use"}`, "messageStop"),
    ],
  },
  "cohere-chat": {
    whole: `{"id":"c","finish_reason":"TOOL_CALL","message":{"role":"assistant","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":${asText}}}]}}`,
    stream: [
      frame(`{"type":"message-start","id":"c","delta":{"message":{"role":"assistant"}}}`),
      frame(
        `{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"call_1","type":"function","function":{"name":"f","arguments":""}}}}}`,
      ),
      frame(
        `{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":${asText}}}}}}`,
      ),
      frame(`{"type":"tool-call-end","index":0}`),
      frame(`{"type":"message-end","delta":{"finish_reason":"TOOL_CALL"}}`),
    ],
  },
};

const context: ReplyContext = {
  requestId: "req",
  nowSeconds: 1,
  provider: "p",
  model: "m",
  wantsUsage: true,
  inputTokensEstimate: 1,
} as ReplyContext;
const factsOf = (dialect: DialectId) => {
  const target = plainTargets().find((each) => each.dialect === dialect);
  if (!target) throw new Error(dialect);
  return new ModelFacts().get(target.provider, "m", dialect).facts;
};

/** The arguments as they stand in a client's reply: an object's text, or the text itself. */
function argumentsIn(client: DialectId, text: string): string {
  const pieces = [...text.matchAll(/"(?:arguments|partial_json|delta)":("(?:[^"\\]|\\.)*")/g)].map(
    ([, quoted]) => JSON.parse(quoted as string) as string,
  );
  if (client === "gemini" || pieces.length === 0) return /"(?:args|input)":(\{.*?\]?[^{}]*\})/.exec(text)?.[1] ?? "";
  // Responses says them once more at the end of a stream.
  const longest = pieces.toSorted((one, other) => other.length - one.length)[0] ?? "";
  return client === "openai-responses" ? longest : pieces.join("");
}

describe.each(Object.entries(replies) as [DialectId, Replies][])("arguments in a reply of %s", (upstream, reply) => {
  const half = dialects[upstream]?.upstream as UpstreamHalf;
  const facts = factsOf(upstream);

  test.each(clients)("reach a $id client whole", (client) => {
    const fold = openFold();
    half.readReply(parseReply(Buffer.from(reply.whole), "p", half.exactFields), fold.emit, facts);
    const written = client.client?.writeReply(fold.reply(), context) ?? {};
    expect(argumentsIn(client.id, JSON.stringify(written))).toBe(numbers);
  });

  test.each(clients)("reach a $id client in a stream", (client) => {
    const writer = client.client?.openWriter(context);
    let text = "";
    const reader = half.openReader((event) => {
      text += writer?.write(event) ?? "";
    }, facts);
    for (const each of reply.stream) reader.read(each);
    reader.end();
    expect(argumentsIn(client.id, text)).toBe(numbers);
    expect(writer?.lost).toEqual([]);
  });
});
