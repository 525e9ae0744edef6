// How replies end when a provider does not let go: after its terminal marker, in front of its first byte, between choices.
import { expect, test } from "bun:test";
import { asFailure } from "../../src/exchange/source-as-is.ts";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply, openFakeUpstream, type Step, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import {
  anthropicWire,
  completeFrames,
  geminiWire,
  openaiWire,
  outcomeOf,
  question,
  readStream,
  wires,
} from "./wires.ts";

const framed = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const named = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;

/** Gemini has no terminal marker: there the body's end is the end. */
const marked = [openaiWire, anthropicWire];

/** All of these end within a minute, whatever the provider does. */
const within = { stepMs: 200, mostMs: 60_000 };

test.each([geminiWire, openaiWire])(
  "a provider that finished and then only keeps the connection open has answered: $prefix",
  async (wire) => {
    const clock = openFakeClock();
    const frames = completeFrames(wire).filter((frame) => !frame.includes("[DONE]"));
    await using host = await openModelHost([
      ...sse(frames, { waitMs: 0 }).filter((step) => !("end" in step)),
      { stall: true },
    ]);
    const environment = { SLUICE_TIMEOUT_IDLE: "5s" };
    await using gateway = await openGateway({ hosts: { [wire.prefix]: host }, environment, clock });
    const reading = gateway.chat(question(wire, true)).then((response) => response.text());
    await host.call(0);
    const text = await clock.passUntil(reading, within);
    expect(text).toContain("Hello");
    expect(text).not.toContain('"error"');
    expect((await gateway.settled(1))[0]?.outcome).toBe("complete");
  },
);

test.each(marked)("a provider that goes on after its terminal marker is let go: $prefix", async (wire) => {
  const clock = openFakeClock();
  const beats = Array.from({ length: 600 }, (): Step[] => [{ waitMs: 5 }, { write: wire.ping }]).flat();
  await using host = await openModelHost([...sse(completeFrames(wire), { waitMs: 0 }), ...beats, { stall: true }]);
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host }, clock });
  const reading = gateway.chat(question(wire, true)).then(outcomeOf);
  const call = await host.call(0);
  const started = clock.nowMs();
  expect(await clock.passUntil(reading, within)).toEqual({ status: 200, text: "Hello" });
  expect(clock.nowMs() - started).toBeLessThan(10_000);
  expect(await call.closed).toBe("by peer");
  expect((await gateway.settled(1))[0]?.outcome).toBe("complete");
});

test("a loss is told although the provider keeps its connection open behind the reply", async () => {
  const clock = openFakeClock();
  const tool = { type: "server_tool_use", id: "srvtoolu_1", name: "web_search", input: {} };
  const [start, ...opening] = anthropicWire.opening;
  const frames = [
    start as string,
    named("content_block_start", { index: 0, content_block: tool }),
    named("content_block_stop", { index: 0 }),
    ...[...opening, anthropicWire.output, ...anthropicWire.ending].map((frame) =>
      frame.replace('"index":0', '"index":1'),
    ),
  ];
  const steps = [sse(frames), sse(frames, { stall: true })];
  await using host = await openModelHost((_request, index) => steps[index] ?? []);
  await using gateway = await openGateway({ hosts: { ANTHROPIC: host }, clock });
  const ask = async () => (await gateway.chat(question(anthropicWire, true))).text();
  const closedAtOnce = await ask();
  expect(closedAtOnce).toContain(": sluice-lost=");
  const keptOpen = await clock.passUntil(ask(), within);
  const lossOf = (text: string) => /: sluice-lost=.*/.exec(text)?.[0];
  expect(lossOf(keptOpen)).toBe(lossOf(closedAtOnce));
});

test.each(marked)("a stream for a whole reply is complete at its terminal marker: $prefix", async (wire) => {
  await using host = await openModelHost(sse(completeFrames(wire), { stall: true }));
  await using gateway = await openGateway({
    hosts: { [wire.prefix]: host },
    arguments: ["--server-timeouts-idle", "1s"],
  });
  expect(await outcomeOf(await gateway.chat(question(wire, false)))).toEqual({ status: 200, text: "Hello" });
});

test.each(wires)("blanks in front of a reply without a content type are waited out: $prefix", async (wire) => {
  const untyped = (...writes: string[]): Step[] => [
    { head: {} },
    ...writes.flatMap((write): Step[] => [{ write }, { waitMs: 5 }]),
    { end: "complete" },
  ];
  const stream = completeFrames(wire).join("");
  const bodies = [untyped("\n", " \n", JSON.stringify(wire.whole)), untyped("\n", "\n", stream)];
  await using host = await openModelHost((_request, index) => bodies[index] ?? []);
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
  const expected = { status: 200, text: "Hello" };
  expect(await outcomeOf(await gateway.chat(question(wire, false)))).toEqual(expected);
  expect(await outcomeOf(await gateway.chat(question(wire, true)))).toEqual(expected);
});

const choiceChunk = (index: number, content: string, finish: string | null = null) =>
  framed({ id: "c", object: "chat.completion.chunk", choices: [{ index, delta: { content }, finish_reason: finish }] });

test("a second choice that is cut ends in an error, though the first has finished", async () => {
  const frames = [choiceChunk(0, "one"), choiceChunk(0, "", "stop"), choiceChunk(1, "tw")];
  await using host = await openModelHost(sse(frames));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const response = await gateway.chat({ ...question(openaiWire, true), n: 2 });
  expect(await response.text()).toContain("upstream_stream_truncated");
});

test("an error event whose words stand beside no error object is an error", async () => {
  const failure = 'event: error\ndata: {"message":"the engine has died","code":500}\n\n';
  await using host = await openModelHost(sse([...openaiWire.opening, openaiWire.output, failure, "data: [DONE]\n\n"]));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const response = await gateway.chat(question(openaiWire, true));
  expect(readStream(await response.text())).toMatchObject({ text: "Hello", error: { kind: "provider_error" } });
});

test.each([
  ["a frame without choices that holds bare words", 'data: {"detail":"the engine has died"}\n\n'],
  ["vLLM's flat error", 'data: {"object":"error","message":"the engine has died","code":500}\n\n'],
])("%s is an error in the middle of a stream", async (_name, failure) => {
  const frames = [...openaiWire.opening, openaiWire.output, failure];
  await using host = await openModelHost(sse([...frames, "data: [DONE]\n\n"]));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const text = await (await gateway.chat(question(openaiWire, true))).text();
  expect(readStream(text)).toMatchObject({ text: "Hello", error: { kind: "provider_error" } });
});

test("a frame that is cut is an error, also in front of a good one in the same chunk", async () => {
  const cut = `data: {"id":"c","choices":[{"del\n\n${openaiWire.output}`;
  const steps = sse([...openaiWire.opening, openaiWire.output], { waitMs: 20 });
  const rest: Step[] = [{ write: cut }, { waitMs: 20 }, ...openaiWire.ending.map((write) => ({ write }))];
  await using host = await openModelHost([...steps, ...rest, { end: "complete" }]);
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const text = await (await gateway.chat(question(openaiWire, true))).text();
  expect(readStream(text)).toEqual({
    text: "Hello",
    error: { code: "upstream_malformed_response", kind: "provider_error" },
  });
});

test("a reply without a single choice is an error, streamed and whole", async () => {
  const replies = [sse(["data: [DONE]\n\n"]), jsonReply({ id: "c", object: "chat.completion", choices: [] })];
  await using host = await openModelHost((_request, index) => replies[index] ?? []);
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  for (const stream of [true, false]) {
    const { status, error } = await outcomeOf(await gateway.chat(question(openaiWire, stream)));
    expect([status, error?.code]).toEqual([502, "upstream_malformed_response"]);
  }
});

test("losses that are known only behind the headers are told at the stream's end", async () => {
  const image = Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64",
  );
  const shown = Promise.withResolvers<void>();
  await using pictures = await openFakeUpstream([
    { waitFor: shown.promise },
    { head: { headers: [["content-type", "image/png"]] } },
    { write: image },
    { end: "complete" },
  ]);
  const clock = openFakeClock();
  await using host = await openModelHost(sse(completeFrames(geminiWire)));
  const given = ["--content-fetch-media", "any"];
  await using gateway = await openGateway({ hosts: { GEMINI: host }, arguments: given, clock });
  const content = [{ type: "image_url", image_url: { url: `${pictures.url}/cat.png` } }];
  const body = { ...question(geminiWire, true), logit_bias: { "1": 5 }, messages: [{ role: "user", content }] };
  const asking = gateway.chat(body);
  await pictures.request(0);
  const response = await clock.passUntil(asking, within);
  expect(response.headers.get("x-sluice-lost")).toBeNull();
  shown.resolve();
  expect(await response.text()).toMatch(/: sluice-lost=.*logit_bias/);
});

test("a request that is sent again after a reset is the same to the last byte", async () => {
  const reset: Step[] = [{ reset: true }];
  await using host = await openModelHost((_request, index) => (index === 0 ? reset : jsonReply(openaiWire.whole)));
  await using gateway = await openGateway({ hosts: { OPENAI: host } });
  const body = { messages: [{ role: "user", content: "x".repeat(100_000) }], model: openaiWire.model };
  expect(await outcomeOf(await gateway.chat(body))).toEqual({ status: 200, text: "Hello" });
  const [first, second] = host.calls;
  expect(first?.json()).toEqual({ ...body, model: "model-1" });
  expect(Buffer.compare(first?.body ?? new Uint8Array(), second?.body ?? new Uint8Array())).toBe(0);
});

test("a fault of our own is an internal error, and not the provider's", () => {
  expect(asFailure(new TypeError("undefined is not a function"), "openai").code).toBe("internal");
  const decode = () => new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.of(0xff));
  let cause: unknown;
  try {
    decode();
  } catch (error) {
    cause = error;
  }
  expect(asFailure(cause, "openai").code).toBe("upstream_malformed");
});

test.each(["\ud800", ".", ".."])("a model that no path can hold is refused by name: %j", async (model) => {
  await using host = await openModelHost(sse(completeFrames(geminiWire)));
  await using gateway = await openGateway({ hosts: { GEMINI: host } });
  const response = await gateway.chat({ ...question(geminiWire, false), model: `gemini/${model}` });
  expect([response.status, ((await response.json()) as { error: { param: string } }).error.param]).toEqual([
    400,
    "model",
  ]);
  expect(host.calls).toEqual([]);
});

test("a frame whose JSON stands on several lines is annotated in one piece", async () => {
  const pretty = `${JSON.stringify(JSON.parse(openaiWire.output.slice(6)), null, 1)
    .split("\n")
    .map((line) => `data: ${line}`)
    .join("\n")}\n\n`;
  await using host = await openModelHost(sse([...openaiWire.opening, pretty, ...openaiWire.ending]));
  await using gateway = await openGateway({ hosts: { OPENAI: host }, arguments: ["--replies-annotate"] });
  expect(await outcomeOf(await gateway.chat(question(openaiWire, true)))).toEqual({ status: 200, text: "Hello" });
});
