// A stream that breaks off after its text goes on at the next target, where a name asks for that: one stream, one end, and the sum of what
// was used.
import { describe, expect, test } from "bun:test";
import { openFakeClock } from "../support/fake-clock.ts";
import { jsonReply, type Step, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";
import {
  asked,
  askMessages,
  askResponses,
  breaking,
  chatOpening,
  chunksOf,
  claudeOpening,
  claudeText,
  delta,
  goingOn,
  open,
  textOf,
  usageOf,
} from "./continuation-rig.ts";
import { anthropicWire, completeFrames, openaiWire, readStream } from "./wires.ts";

describe("a Chat client", () => {
  for (const how of ["reset", "cut", "complete", "error frame", "malformed"] as const) {
    test(`${how} after text: the next target goes on in the same stream`, async () => {
      const seen = Promise.withResolvers<void>();
      await using setup = await open({
        first: () => breaking(chatOpening, how, seen.promise, openaiWire.errorFrame),
        second: goingOn,
      });
      const response = await setup.gateway.chat(asked());
      expect(response.headers.get("x-sluice-provider")).toBe("mistral");
      const wire = await textOf(response, seen.resolve);
      // One finish, one [DONE], no error.
      expect(readStream(wire)).toEqual({ text: "Hello world" });
      expect(wire.split(": sluice-continued=mistral-east/model-2\n\n").length).toBe(2);
      const chunks = chunksOf(wire);
      expect(new Set(chunks.map(({ id }) => id))).toEqual(new Set([chunks[0]?.id]));
      expect(wire.match(/"role":"assistant"/g)?.length).toBe(1);

      const [call] = setup.host("MISTRAL_EAST").calls;
      expect((call?.json() as { messages: unknown } | undefined)?.messages).toMatchObject([
        { role: "user", content: "Say hello" },
        { role: "assistant", content: "Hello" },
      ]);
      const [line] = await setup.gateway.settled(1);
      expect(line).toMatchObject({
        outcome: "complete",
        provider: "mistral",
        attempts: 2,
        continued_by: ["mistral-east/model-2"],
        tried: [{ provider: "mistral" }, { provider: "mistral-east", outcome: "ok" }],
        usage_estimated: true,
      });
      expect(line?.["tried"]).not.toMatchObject([{ outcome: "ok" }, {}]);
      const told = chunks.flatMap(({ usage }) => usage ?? []);
      expect(told.length).toBe(1);
      expect([told[0]?.prompt_tokens, told[0]?.completion_tokens]).toEqual([
        Number(line?.["input_tokens"]),
        Number(line?.["output_tokens"]),
      ]);
      expect(Number(line?.["input_tokens"])).toBeGreaterThan(10);
      expect(Number(line?.["output_tokens"])).toBeGreaterThan(4);
    });
  }

  test("what both have counted is summed as it is", async () => {
    await using setup = await open({
      first: sse([...chatOpening, usageOf(3, 5)]),
      second: goingOn,
    });
    const wire = await textOf(await setup.gateway.chat(asked()));
    expect(
      chunksOf(wire)
        .flatMap(({ usage }) => usage ?? [])
        .at(-1),
    ).toMatchObject({
      prompt_tokens: 13,
      completion_tokens: 9,
      total_tokens: 22,
    });
  });

  test("a stall after text goes on, too", async () => {
    const clock = openFakeClock();
    await using setup = await open({
      first: [...sse(chatOpening).slice(0, -1), { stall: true }],
      second: goingOn,
      policies: { continuation: true, timeouts: { idle: "20s" } },
      clock,
    });
    const seen = Promise.withResolvers<void>();
    const reading = setup.gateway.chat(asked()).then((response) => textOf(response, seen.resolve));
    await seen.promise;
    await clock.advance(25_000);
    expect(readStream(await reading)).toEqual({ text: "Hello world" });
  });

  test("white space at the end is not sent, and does not come twice", async () => {
    await using setup = await open({
      first: sse([...chatOpening, delta({ content: " " })]),
      second: goingOn,
    });
    const wire = await textOf(await setup.gateway.chat(asked()));
    expect(readStream(wire)).toEqual({ text: "Hello world" });
    const [call] = setup.host("MISTRAL_EAST").calls;
    expect((call?.json() as { messages: { content: string }[] } | undefined)?.messages.at(-1)?.content).toBe("Hello");
  });

  test("three targets: each is asked once, and the last one ends it", async () => {
    await using setup = await open({
      first: sse(chatOpening),
      second: sse([delta({ role: "assistant", content: "" }), delta({ content: ", dear" })]),
      third: goingOn,
    });
    const wire = await textOf(await setup.gateway.chat(asked()));
    expect(readStream(wire)).toEqual({ text: "Hello, dear world" });
    expect(setup.calls()).toEqual([1, 1, 1]);
    const last = setup.host("MISTRAL_WEST").calls[0]?.json() as { messages: { content: string }[] } | undefined;
    expect(last?.messages.map(({ content }) => content)).toEqual(["Say hello", "Hello, dear"]);
  });
});

describe("a Messages client", () => {
  test("a reset after text: one message with one start and one stop", async () => {
    const seen = Promise.withResolvers<void>();
    await using setup = await open({
      first: () => breaking(chatOpening, "reset", seen.promise, ""),
      second: goingOn,
    });
    const wire = await textOf(await askMessages(setup.gateway), seen.resolve);
    const events = wire
      .split("\n\n")
      .filter((frame) => frame.startsWith("event: ") && !frame.startsWith("event: ping"))
      .map(
        (frame) => JSON.parse(frame.slice(frame.indexOf("data: ") + 6)) as { type: string; delta?: { text?: string } },
      );
    expect(events.map(({ type }) => type)).toEqual([
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    expect(events.map(({ delta: of }) => of?.text ?? "").join("")).toBe("Hello world");
    expect(wire).toContain(": sluice-continued=mistral-east/model-2\n\n");
    const [line] = await setup.gateway.settled(1);
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: "end_turn" },
      usage: { output_tokens: line?.["output_tokens"] },
    });
  });

  test("from Claude to Claude: its count at the start and the estimate, its own block going on", async () => {
    await using first = await openModelHost(sse(claudeOpening));
    await using second = await openModelHost(
      sse([...anthropicWire.opening, claudeText(" world"), ...anthropicWire.ending]),
    );
    const targets = ["anthropic/model-1", "anthropic-east/model-1"];
    await using gateway = await openGateway({
      hosts: { ANTHROPIC: first, ANTHROPIC_EAST: second },
      file: JSON.stringify({ agents: { pair: { strategy: "fallback", targets, continuation: true } } }),
    });
    const wire = await textOf(await askMessages(gateway));
    expect(wire.match(/event: content_block_start/g)?.length).toBe(1);
    expect(wire.match(/event: content_block_stop/g)?.length).toBe(1);
    expect(wire.match(/event: message_stop/g)?.length).toBe(1);
    expect(wire).not.toContain("event: error");
    expect(second.calls[0]?.json()).toMatchObject({
      messages: [
        { role: "user", content: [{ type: "text", text: "Say hello" }] },
        { role: "assistant", content: [{ type: "text", text: "Hello" }] },
      ],
    });
    const [line] = await gateway.settled(1);
    // 3 and 3; "Hello" is two tokens by the estimate, where the start had told one.
    expect(line).toMatchObject({ input_tokens: 6, output_tokens: 4, usage_estimated: true });
  });

  test("a model that refuses a beginning of its answer is asked to go on", async () => {
    await using first = await openModelHost(sse(claudeOpening));
    await using second = await openModelHost(sse(completeFrames(anthropicWire)));
    const targets = ["anthropic/model-1", "anthropic-east/claude-opus-4-7"];
    await using gateway = await openGateway({
      hosts: { ANTHROPIC: first, ANTHROPIC_EAST: second },
      file: JSON.stringify({ agents: { pair: { strategy: "fallback", targets, continuation: true } } }),
    });
    await textOf(await askMessages(gateway));
    const told = second.calls[0]?.json() as { messages: { role: string; content: { text: string }[] }[] } | undefined;
    expect(told?.messages.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect(told?.messages.at(-1)?.content[0]?.text).toContain("Go on exactly where its text stops");
  });
});

test("a Responses client: one item, one completed response", async () => {
  await using setup = await open({ first: sse(chatOpening), second: goingOn });
  const wire = await textOf(await askResponses(setup.gateway));
  const types = [...wire.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
  const count = (type: string) => types.filter((one) => one === type).length;
  expect(
    ["response.created", "response.output_item.added", "response.output_item.done", "response.completed"].map(count),
  ).toEqual([1, 1, 1, 1]);
  expect(wire).toContain('"text":"Hello world"');
});

describe("a typed error", () => {
  const toolCall = delta({
    tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "look", arguments: '{"a' } }],
  });
  const tools = [{ type: "function", function: { name: "look", parameters: { type: "object" } } }];
  const schema = { type: "json_schema", json_schema: { name: "a", schema: { type: "object" } } };
  const cases: { name: string; first: Step[]; second?: Step[]; policies?: object; more?: object; calls: number[] }[] = [
    {
      name: "a tool call has begun",
      first: sse([...chatOpening, toolCall]),
      more: { tools },
      calls: [1, 0],
    },
    {
      name: "reasoning was there",
      first: sse([delta({ reasoning_content: "Hm" }), ...chatOpening]),
      calls: [1, 0],
    },
    {
      name: "JSON was asked for",
      first: sse(chatOpening),
      more: { response_format: schema },
      calls: [1, 0],
    },
    { name: "nobody asked for it", first: sse(chatOpening), policies: {}, calls: [1, 0] },
    {
      name: "the second target refuses",
      first: sse(chatOpening),
      second: jsonReply(openaiWire.errorBody(500, "it broke"), 500),
      calls: [1, 1],
    },
    {
      name: "the second target breaks off before its text",
      first: sse(chatOpening),
      second: sse([delta({ role: "assistant", content: "" })]),
      calls: [1, 1],
    },
  ];
  for (const { name, first, second = goingOn, policies, more, calls } of cases) {
    test(name, async () => {
      await using setup = await open({ first, second, ...(policies && { policies }) });
      const wire = await textOf(await setup.gateway.chat(asked(more)));
      expect(readStream(wire)).toEqual({
        text: "Hello",
        error: { code: "upstream_stream_truncated", kind: "network_error" },
      });
      expect(wire).not.toContain("sluice-continued");
      expect(setup.calls()).toEqual(calls);
      const [line] = await setup.gateway.settled(1);
      expect([line?.outcome, line?.["continued_by"]]).toEqual(["error", undefined]);
    });
  }

  test("the second target breaks off after its text: what came stays, and both have failed", async () => {
    await using setup = await open({
      first: sse(chatOpening),
      second: sse([delta({ content: " wor" })]),
    });
    const wire = await textOf(await setup.gateway.chat(asked()));
    expect(readStream(wire)).toEqual({
      text: "Hello wor",
      error: { code: "upstream_stream_truncated", kind: "network_error" },
    });
    const [line] = await setup.gateway.settled(1);
    expect(line).toMatchObject({
      outcome: "error",
      tried: [{ outcome: "upstream_truncated" }, { outcome: "upstream_truncated" }],
    });
  });

  test("the total time of the first call is that of both", async () => {
    const clock = openFakeClock();
    const stalling = (frames: readonly string[]): Step[] => [...sse(frames).slice(0, -1), { stall: true }];
    await using setup = await open({
      first: stalling(chatOpening),
      second: stalling([delta({ role: "assistant", content: "" })]),
      policies: { continuation: true, timeouts: { idle: "20s", total: "30s", first_output: "10m" } },
      clock,
    });
    const seen = Promise.withResolvers<void>();
    const reading = setup.gateway.chat(asked()).then((response) => textOf(response, seen.resolve));
    await seen.promise;
    await clock.advance(21_000);
    const call = await setup.host("MISTRAL_EAST").call(0);
    await clock.advance(10_000);
    expect(readStream(await reading)).toMatchObject({ text: "Hello", error: { code: "upstream_idle_timeout" } });
    expect(await call.closed).toBe("by peer");
    const [line] = await setup.gateway.settled(1);
    expect(line).toMatchObject({ tried: [{ outcome: "upstream_timeout" }, { outcome: "upstream_timeout" }] });
  });

  test("breakers count both", async () => {
    await using setup = await open({
      first: sse(chatOpening),
      second: sse([delta({ content: " wor" })]),
      policies: { continuation: true, failure_threshold: 1 },
    });
    await textOf(await setup.gateway.chat(asked()));
    await setup.gateway.settled(1);
    const next = await setup.gateway.chat(asked());
    await next.text();
    const [, line] = await setup.gateway.settled(2);
    const tried = line?.["tried"] as { outcome: string }[] | undefined;
    expect(tried?.slice(0, 2).map(({ outcome }) => outcome)).toEqual(["skipped", "skipped"]);
  });
});

test("a client that goes during the second call ends it", async () => {
  await using setup = await open({
    first: sse(chatOpening),
    second: [...sse([delta({ role: "assistant", content: "" })]).slice(0, -1), { stall: true }],
  });
  const controller = new AbortController();
  const response = await setup.gateway.chat(asked(), { signal: controller.signal });
  const reading = textOf(response).catch(() => "gone");
  const call = await setup.host("MISTRAL_EAST").call(0);
  controller.abort();
  expect(await reading).toBe("gone");
  expect(await call.closed).toBe("by peer");
  const [line] = await setup.gateway.settled(1);
  expect(line).toMatchObject({ outcome: "client_gone", attempts: 2, provider: "mistral" });
});
