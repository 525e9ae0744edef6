// The same dialect on both sides: bytes pass as they are, in both directions, but for the few that have to change.
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { readText, streams, wholeReplies, wireText } from "../support/corpus.ts";
import { ending } from "../support/ending.ts";
import { jsonReply, type Script, type Step, sse } from "../support/fake-upstream.ts";
import { credential, type GatewayOptions, openGateway, openModelHost } from "../support/gateway.ts";
import { anthropicWire, completeFrames, openaiWire, question } from "./wires.ts";

const eventStream = ["content-type", "text/event-stream"] as const;
const hasUsage = (frame: string) => frame.includes('"usage":{') || frame.includes('"usage": {');

/** The stream's bytes in pieces of this size, inside characters and line ends too. */
function piecewise(text: string, size: number): Step[] {
  const bytes = Buffer.from(text);
  const steps: Step[] = [{ head: { headers: [eventStream] } }];
  for (let start = 0; start < bytes.length; start += size) steps.push({ write: bytes.subarray(start, start + size) });
  return [...steps, { end: "complete" }];
}

async function openPair(script: Script, options: GatewayOptions = {}) {
  const host = await openModelHost(script);
  const gateway = await openGateway({ ...options, hosts: { OPENAI: host } });
  return {
    host,
    gateway,
    ...ending(gateway, host),
  };
}

const asking = { ...question(openaiWire, true), stream_options: { include_usage: true } };

/** What cannot pass: it ends in an error, or is no stream of this dialect. Found by reading the recordings, not by our code. */
const endsWell = (text: string) =>
  /^data: ?\[DONE\]/m.test(text) && !/"error": ?[{"]/.test(text) && !/"finish_reason": ?"error"/.test(text);

describe("a recorded stream", () => {
  const recorded = streams("openai-chat").filter((recording) => endsWell(wireText(recording)));

  test("is one of many", () => {
    expect(recorded.length).toBeGreaterThan(15);
  });

  test.each(recorded.map((recording) => ({ name: recording.name, recording })))(
    "passes byte for byte to a client that asked for usage: $name",
    async ({ recording }) => {
      // Some recordings have lost the blank line behind their last frame.
      const sent = wireText(recording).replace(/\n*$/, "\n\n");
      // One-byte chunks of a long recording would take seconds; its beginning and end meet the same code.
      const sizes = sent.length < 20_000 ? [1, 2, 3] : [];
      await using pair = await openPair((_request, index) => piecewise(sent, sizes[index] ?? 16 * 1024));
      for (const _ of [...sizes, "large"]) {
        const received = await (await pair.gateway.chat(asking)).bytes();
        expect(Buffer.from(received).equals(Buffer.from(sent))).toBe(true);
      }
    },
  );
});

describe("a usage frame that the client did not ask for", () => {
  const usage = 'data: {"id":"1","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":3}}\n\n';
  const frames = completeFrames(openaiWire);

  test.each([1, 2, 3, 10_000])("is taken out, and nothing else changes, in chunks of %i", async (size) => {
    const sent = [...frames.slice(0, -1), usage, ...frames.slice(-1)].join("");
    await using pair = await openPair(piecewise(sent, size));
    const response = await pair.gateway.chat(question(openaiWire, true));
    expect(await response.text()).toBe(frames.join(""));
    expect(pair.host.calls[0]?.json()).toMatchObject({ stream_options: { include_usage: true } });
    // It is counted all the same.
    expect((await pair.gateway.settled(1))[0]).toMatchObject({ input_tokens: 3, outcome: "complete" });
  });

  test("stays when the client asked, and when it came inside a chunk with a choice", async () => {
    const inside = frames.map((frame) => frame.replace('"finish_reason":"stop"}]', '$&,"usage":{"prompt_tokens":3}'));
    expect(inside.filter(hasUsage).length).toBe(1);
    const sent = [inside.join(""), [...frames.slice(0, -1), usage, ...frames.slice(-1)].join("")];
    await using pair = await openPair((_request, index) => piecewise(sent[index] ?? "", 10_000));
    expect(await (await pair.gateway.chat(question(openaiWire, true))).text()).toBe(sent[0] as string);
    expect(await (await pair.gateway.chat(asking)).text()).toBe(sent[1] as string);
  });
});

describe("a stream", () => {
  test("S13 S16 keeps comments, event names, CRLF and several data lines as they are", async () => {
    const [first = "", output = "", finish = "", done = ""] = completeFrames(openaiWire);
    const sent = `: hi\r\n\r\nevent: x\nid: 7\n${first}${output.replaceAll("\n", "\r\n")}${finish}\n\n${done}`;
    for (const size of [1, 2, 3, 10_000]) {
      await using pair = await openPair(piecewise(sent, size));
      expect(await (await pair.gateway.chat(asking)).text()).toBe(sent);
    }
  });

  test("gets the blank line that its last frame lacks", async () => {
    const sent = completeFrames(openaiWire).join("").trimEnd();
    for (const size of [1, 10_000]) {
      for (const left of ["", "\n", "\n\n"]) {
        await using pair = await openPair(piecewise(sent + left, size));
        expect(await (await pair.gateway.chat(asking)).text()).toBe(`${sent}\n\n`);
      }
    }
  });

  test("S02 is complete behind a finish alone, as hosts without [DONE] end theirs; clients get one", async () => {
    const sent = completeFrames(openaiWire).slice(0, -1).join("");
    await using pair = await openPair(piecewise(sent, 10_000));
    expect(await (await pair.gateway.chat(asking)).text()).toBe(`${sent}data: [DONE]\n\n`);
    expect((await pair.gateway.settled(1))[0]?.outcome).toBe("complete");
  });

  test("S63 of Messages that has finished gets the end that its host left out, or sent half of", async () => {
    const sent = completeFrames(anthropicWire);
    const [behind, end] = [sent.slice(0, -1).join(""), sent.at(-1) as string];
    for (const half of ["", end.slice(0, 30), end.trimEnd()]) {
      await using host = await openModelHost(piecewise(behind + half, 10_000));
      await using gateway = await openGateway({ hosts: { ANTHROPIC: host } });
      const body = JSON.stringify(question(anthropicWire, true));
      const response = await fetch(`${gateway.url}/v1/messages`, { method: "POST", body });
      const asked = behind.replace('"model":"model-1"', '"model":"anthropic/model-1"');
      expect(await response.text()).toBe(`${asked}event: message_stop\ndata: {"type":"message_stop"}\n\n`);
      expect((await gateway.settled(1))[0]?.outcome).toBe("complete");
    }
  });

  test("S01 that breaks off within a frame ends in an error that stands alone", async () => {
    const [opening = "", output = ""] = completeFrames(openaiWire);
    const whole = output.trimEnd();
    const kept: string[] = [];
    for (const length of [3, whole.length - 2, whole.length - 1, whole.length, whole.length + 1]) {
      await using pair = await openPair(piecewise(opening + output + output.slice(0, length), 10_000));
      const frames = (await (await pair.gateway.chat(asking)).text()).split("\n\n");
      expect(frames.slice(-3)).toEqual([expect.stringContaining('"upstream_stream_truncated"'), "data: [DONE]", ""]);
      kept.push(frames.slice(0, -3).join(" + "));
    }
    const two = `${opening.trimEnd()} + ${whole}`;
    // Without its blank line, a frame whose JSON is complete has come.
    expect(kept).toEqual([two, two, two, `${two} + ${whole}`, `${two} + ${whole}`]);
  });

  test("that is cut within its last CR LF gets the LF", async () => {
    const sent = completeFrames(openaiWire).slice(0, -1).join("").replaceAll("\n", "\r\n");
    await using pair = await openPair(piecewise(sent.slice(0, -1), 10_000));
    expect(await (await pair.gateway.chat(asking)).text()).toBe(`${sent}data: [DONE]\n\n`);
  });

  test("ends at [DONE], whatever a provider says behind it", async () => {
    const sent = completeFrames(openaiWire);
    const seen = Promise.withResolvers<void>();
    const steps = sse([...sent, sent.at(-1) as string, openaiWire.output], { waitFor: seen.promise });
    await using pair = await openPair([...steps, { end: "cut" }]);
    const response = await pair.gateway.chat(asking);
    seen.resolve();
    expect(await response.text()).toBe(sent.join(""));
  });

  test("carries what Sluice knows when replies.annotate is on", async () => {
    const usage = 'data: {"choices":[],"usage":{"prompt_tokens":3}}\n\n';
    const frames = completeFrames(openaiWire);
    const sent = [...frames.slice(0, -1), usage, ...frames.slice(-1)];
    await using pair = await openPair(sse(sent), { arguments: ["--replies-annotate"] });
    const received = (await (await pair.gateway.chat(asking)).text()).split("\n\n").slice(0, -1);
    expect(received.length).toBe(sent.length);
    for (const [index, frame] of received.slice(0, -1).entries()) {
      const original = JSON.parse((sent[index] as string).slice(6)) as { usage?: object };
      const annotated = { ...original, provider: "openai" };
      if (original.usage) annotated.usage = { ...original.usage, raw_usage: original.usage };
      expect(JSON.parse(frame.slice(6))).toEqual(annotated);
    }
    expect(received.at(-1)).toBe("data: [DONE]");
  });
});

describe("a whole reply", () => {
  const isReply = (text: string) => text.includes('"choices"') && !/"error": ?[{"]/.test(text);
  const recorded = wholeReplies("openai-chat").filter((recording) => isReply(readText(recording)));

  test("passes byte for byte, every recorded one", async () => {
    expect(recorded.length).toBeGreaterThan(10);
    const texts = recorded.map(readText);
    await using pair = await openPair((_request, index) => [
      { head: { headers: [["content-type", "application/json"]] } },
      { write: texts[index] ?? "" },
      { end: "complete" },
    ]);
    for (const text of texts) {
      const response = await pair.gateway.chat(question(openaiWire, false));
      expect(await response.text()).toBe(text);
    }
  });

  test("carries what Sluice knows when replies.annotate is on, beside its own words", async () => {
    const sent = { ...(openaiWire.whole as object), usage: { prompt_tokens: 3, cost: 0.1 } };
    await using pair = await openPair(jsonReply(sent), { arguments: ["--replies-annotate"] });
    const received = await (await pair.gateway.chat(question(openaiWire, false))).json();
    expect(received).toEqual({ ...sent, provider: "openai", usage: { ...sent.usage, raw_usage: sent.usage } });
  });

  test("S22 has our own headers and the few of the provider's that may pass", async () => {
    const text = JSON.stringify(openaiWire.whole);
    const headers: [string, string][] = [
      ["Content-Type", "application/json"],
      ["Content-Encoding", "gzip"],
      ["Set-Cookie", "a=b"],
      ["Access-Control-Allow-Origin", "*"],
      ["Strict-Transport-Security", "max-age=1"],
      ["Server", "upstream"],
      ["X-Ratelimit-Remaining-Tokens", "41"],
      ["X-Request-Id", "req_upstream"],
    ];
    await using pair = await openPair([{ head: { headers } }, { write: gzipSync(text) }, { end: "complete" }]);
    const response = await pair.gateway.chat(question(openaiWire, false), { headers: { "x-request-id": "mine-1" } });
    expect(await response.text()).toBe(text);
    const { date: _date, ...received } = response.headers.toJSON();
    expect(received).toEqual({
      "content-type": "application/json",
      "content-length": String(text.length),
      "x-ratelimit-remaining-tokens": "41",
      "x-request-id": "mine-1",
      "x-sluice-upstream-request-id": "req_upstream",
      "x-sluice-provider": "openai",
      "x-sluice-model": "model-1",
      "x-sluice-attempts": "1",
      "x-sluice-translation": "native",
    });
  });
});

test("a request id that could forge a log line is not the client's to choose", async () => {
  await using pair = await openPair(jsonReply(openaiWire.whole));
  for (const id of ['a" level="error', "x".repeat(200)]) {
    const response = await pair.gateway.chat(question(openaiWire, false), { headers: { "x-request-id": id } });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    await response.text();
  }
});

describe("a request", () => {
  const sentTo = async (body: string, headers?: Record<string, string>) => {
    await using pair = await openPair(jsonReply(openaiWire.whole));
    const response = await pair.gateway.chat(body, headers ? { headers } : {});
    await response.text();
    return { call: pair.host.calls[0]!, status: response.status };
  };

  test("keeps unknown fields, numbers, white space and escapes as they were written", async () => {
    const rest =
      ' , "big":9007199254740993,"huge" : 1e400, "one":1.0,"\\u0041":"\\u00e9\\/", "nested":{ "a" :[ 1,2 ] },\n\t' +
      '"messages":[ {"role":"user","content":"caf\\u00e9 ☕" ,"x":null} ]  } ';
    const { call } = await sentTo(`{ "model" : "openai/model-1"${rest}`);
    expect(call.text()).toBe(`{ "model" : "model-1"${rest}`);
  });

  test("keeps its bytes where the model needs no other name", async () => {
    const text = '{"messages": [{"role":"user","content":"hi"}],   "model":"model-1" }';
    expect((await sentTo(text)).call.text()).toBe(text);
  });

  test("gets stream_options when it streams, and keeps what stands in it", async () => {
    const messages = '"messages":[{"role":"user","content":"hi"}]';
    const { call } = await sentTo(`{"model":"model-1","stream":true,${messages},"stream_options":{"x": 1}}`);
    expect(call.json()).toEqual({
      model: "model-1",
      stream: true,
      messages: [{ role: "user", content: "hi" }],
      stream_options: { x: 1, include_usage: true },
    });
    expect(call.text()).toContain(messages);
  });

  test("loses a provider hint in words, and keeps an object there, which is the provider's own", async () => {
    const messages = '"messages":[{"role":"user","content":"hi"}]';
    const hinted = await sentTo(`{"provider":"openai","model":"model-1",${messages}}`);
    expect(hinted.call.json()).toEqual({ model: "model-1", messages: [{ role: "user", content: "hi" }] });
    const routed = `{"provider":{"order":["a"]},"model":"model-1",${messages}}`;
    expect((await sentTo(routed)).call.text()).toBe(routed);
  });

  test("S67 carries our headers alone: nothing of the client's but what the provider's row lets pass", async () => {
    const { call } = await sentTo(JSON.stringify(question(openaiWire, false)), {
      authorization: "Bearer client-key",
      "x-api-key": "client-key",
      cookie: "a=b",
      "x-forwarded-for": "10.0.0.1",
      "x-custom": "1",
      "accept-encoding": "br",
      "openai-beta": "assistants=v2",
      "user-agent": "agent/1",
    });
    const headers = Object.fromEntries(call.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const { host: _host, "content-length": _length, ...sent } = headers;
    expect(sent).toEqual({
      authorization: `Bearer ${credential}`,
      "content-type": "application/json",
      accept: "application/json",
      "accept-encoding": "identity",
      "user-agent": "sluice",
      connection: "keep-alive",
      "openai-beta": "assistants=v2",
    });
  });

  test("X32 does not carry one vendor's beta header to another host of the same dialect", async () => {
    await using host = await openModelHost(jsonReply(openaiWire.whole));
    await using gateway = await openGateway({ hosts: { GROQ: host } });
    const body = { ...question(openaiWire, false), model: "groq/model-1" };
    await (await gateway.chat(body, { headers: { "openai-beta": "x" } })).text();
    expect(host.calls[0]?.header("openai-beta")).toBeUndefined();
  });
});
