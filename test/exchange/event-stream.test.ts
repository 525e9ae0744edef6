// A provider that answers in an AWS event stream: the relay picks the framing by the upstream's dialect.
import { expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { bedrockConverse } from "../../src/dialects/bedrock-converse/index.ts";
import type { ClientHalf, UpstreamHalf } from "../../src/dialects/dialect.ts";
import { openaiChatClient } from "../../src/dialects/openai-chat/client.ts";
import type { Prepared } from "../../src/exchange/attempt.ts";
import { ReplyBody } from "../../src/exchange/reply-body.ts";
import { TranslatedSource } from "../../src/exchange/source-translated.ts";
import { wholeReply } from "../../src/exchange/whole.ts";
import { eventMessage, joined } from "../support/aws-event-stream.ts";

const half = bedrockConverse.upstream as UpstreamHalf;
const client: ClientHalf = openaiChatClient;
const facts = { provider: "cloud", providerType: "cloud", model: "m", origin: "cloud", flags: {} };
const context = { requestId: "r", nowSeconds: 1, provider: "cloud", model: "m", wantsUsage: true };
const messages = [
  eventMessage("messageStart", '{"role":"assistant"}'),
  eventMessage("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"Hel"}}'),
  eventMessage("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"lo"}}'),
  eventMessage("messageStop", '{"stopReason":"end_turn"}'),
  eventMessage("metadata", '{"usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}}'),
];

/** The reply in chunks of five bytes, so that every prelude is cut. */
function bodyOf(bytes: Uint8Array): ReplyBody {
  const chunks = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += 5) controller.enqueue(bytes.slice(at, at + 5));
      controller.close();
    },
  });
  const headers = { "content-type": "application/vnd.amazon.eventstream" };
  const attempt = { failure: undefined, abort() {} };
  return new ReplyBody({ response: new Response(chunks, { headers }), lease: undefined, provider: "cloud", attempt });
}

async function streamed(bytes: Uint8Array): Promise<{ text: string; failure?: GatewayError }> {
  const clean = (failure: GatewayError) => failure;
  const options = { half, client, facts, tools: undefined, context, clean, onTerminal() {} };
  const source = new TranslatedSource({ ...options, body: bodyOf(bytes) });
  let text = "";
  for (;;) {
    const next = await source.next();
    if (next === undefined) return { text };
    if (next instanceof GatewayError) return { text, failure: next };
    text += next;
  }
}

const deltasOf = (text: string) => [...text.matchAll(/"content":"([^"]+)"/g)].map((match) => match[1]).join("");

test("its content type alone says that it is a stream", () => {
  expect(bodyOf(joined(messages)).kind()).toBe("stream");
});

test("S52 it becomes a stream of the client's dialect", async () => {
  const { text, failure } = await streamed(joined(messages));
  expect(failure).toBeUndefined();
  expect(deltasOf(text)).toBe("Hello");
  expect(text).toContain('"finish_reason":"stop"');
  expect(text).toEndWith("data: [DONE]\n\n");
});

test("S52 cut short, it is an error after what has come", async () => {
  const whole = joined(messages.slice(0, 3));
  const { text, failure } = await streamed(whole.subarray(0, whole.length - 2));
  expect(deltasOf(text)).toBe("Hel");
  expect(failure?.code).toBe("upstream_truncated");
});

test("damaged, it is an error and not a different text", async () => {
  const bytes = joined(messages);
  const at = Buffer.from(bytes).indexOf("lo");
  const { failure } = await streamed(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
  expect(failure?.code).toBe("upstream_malformed");
});

test("a client that wants the reply whole gets it whole", async () => {
  const prepared = { half, facts, asIs: false } as unknown as Prepared;
  const reply = await wholeReply({ body: bodyOf(joined(messages)), prepared, client, context, annotate: false });
  expect(JSON.parse(String(reply.body))).toMatchObject({
    choices: [{ message: { content: "Hello" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 },
  });
});
