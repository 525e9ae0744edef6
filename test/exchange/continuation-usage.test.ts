// What each target of a stream that went on elsewhere has used: under its own name in the log and the statistics, as one sum for the client.
import { describe, expect, test } from "bun:test";
import { type SeenRequest, type Step, sse } from "../support/fake-upstream.ts";
import { type Gateway, openGateway, openModelHost } from "../support/gateway.ts";
import {
  asked,
  askGemini,
  askMessages,
  askResponses,
  chatOpening,
  chunksOf,
  delta,
  goingOn,
  open,
  textOf,
  usageOf,
} from "./continuation-rig.ts";
import { geminiWire, readStream } from "./wires.ts";

type Sum = { input: number; output: number };

const dataOf = (wire: string) =>
  [...wire.matchAll(/^data: (\{.*)$/gm)].map(([, json]) => JSON.parse(json as string) as { [name: string]: never });

type GeminiChunk = {
  candidates?: { content?: { parts?: { text?: string }[] }; finishReason?: string }[];
  usageMetadata?: { promptTokenCount: number; candidatesTokenCount: number; totalTokenCount: number };
};

/** What a client has at the end: the text, and the last counts that it was told. */
function readGemini(wire: string): { text: string; sum: Sum; finishes: (string | undefined)[] } {
  const chunks = dataOf(wire) as GeminiChunk[];
  const candidates = chunks.flatMap((chunk) => chunk.candidates ?? []);
  const { promptTokenCount = -1, candidatesTokenCount = -1 } = chunks.at(-1)?.usageMetadata ?? {};
  return {
    text: candidates
      .flatMap(({ content }) => content?.parts ?? [])
      .map(({ text }) => text ?? "")
      .join(""),
    sum: { input: promptTokenCount, output: candidatesTokenCount },
    finishes: candidates.flatMap(({ finishReason }) => finishReason ?? []),
  };
}

const clients: { name: string; ask: (gateway: Gateway) => Promise<Response>; read: (wire: string) => Sum }[] = [
  {
    name: "Chat",
    ask: (gateway) => gateway.chat(asked()),
    read: (wire) => {
      const told = chunksOf(wire).flatMap(({ usage }) => usage ?? []);
      return { input: told.at(-1)?.prompt_tokens ?? -1, output: told.at(-1)?.completion_tokens ?? -1 };
    },
  },
  {
    name: "Messages",
    ask: askMessages,
    read: (wire) => {
      const { usage } = dataOf(wire).find(({ type }) => type === "message_delta") as unknown as {
        usage: { input_tokens: number; output_tokens: number };
      };
      return { input: usage.input_tokens, output: usage.output_tokens };
    },
  },
  {
    name: "Responses",
    ask: askResponses,
    read: (wire) => {
      const { response } = dataOf(wire).find(({ type }) => type === "response.completed") as unknown as {
        response: { usage: { input_tokens: number; output_tokens: number } };
      };
      return { input: response.usage.input_tokens, output: response.usage.output_tokens };
    },
  },
  { name: "Gemini", ask: askGemini, read: (wire) => readGemini(wire).sum },
];

const share = (provider: string, model: string, failed: boolean, input: number, output: number) => ({
  provider,
  model,
  failed,
  input_tokens: input,
  output_tokens: output,
});

const models = async ({ url }: Gateway) =>
  ((await (await fetch(`${url}/statsz`)).json()) as { models: { [name: string]: object } }).models;

describe("two targets write one reply", () => {
  for (const { name, ask, read } of clients) {
    test(`${name}: the client is told the sum, each target has its own`, async () => {
      await using setup = await open({ first: sse([...chatOpening, usageOf(3, 5)]), second: goingOn });
      const { gateway } = setup;
      expect(read(await textOf(await ask(gateway)))).toEqual({ input: 13, output: 9 });
      const [line] = await gateway.settled(1);
      expect(line).toMatchObject({ outcome: "complete", input_tokens: 13, output_tokens: 9 });
      expect(line?.["shares"]).toEqual([
        share("mistral", "model-1", true, 3, 5),
        share("mistral-east", "model-2", false, 10, 4),
      ]);
      expect(await models(gateway)).toMatchObject({
        "mistral/model-1": { requests: 1, errors: 1, input_tokens: 3, output_tokens: 5 },
        "mistral-east/model-2": { requests: 1, errors: 0, input_tokens: 10, output_tokens: 4 },
      });
    });

    test(`${name}: what nobody has counted is estimated for both, and the sum is that of the log`, async () => {
      const uncounted = [delta({ role: "assistant", content: "" }), delta({ content: " world" }), delta({}, "stop")];
      await using setup = await open({ first: sse(chatOpening), second: sse([...uncounted, "data: [DONE]\n\n"]) });
      const told = read(await textOf(await ask(setup.gateway)));
      const [line] = await setup.gateway.settled(1);
      expect(line).toMatchObject({ usage_estimated: true, input_tokens: told.input, output_tokens: told.output });
      const shares = line?.["shares"] as { input_tokens: number; output_tokens: number; usage_estimated: boolean }[];
      expect(shares.map(({ usage_estimated: guessed }) => guessed)).toEqual([true, true]);
      for (const { input_tokens: input, output_tokens: output } of shares) {
        expect(input).toBeGreaterThan(0);
        expect(output).toBeGreaterThan(0);
      }
      // The second was sent what the first had written, too.
      expect(shares[1]?.input_tokens).toBeGreaterThan(shares[0]?.input_tokens as number);
      expect(shares.reduce((sum, { input_tokens: input }) => sum + input, 0)).toBe(told.input);
    });
  }
});

test("a reply of one target has no shares", async () => {
  await using setup = await open({ first: goingOn, second: goingOn });
  await textOf(await setup.gateway.chat(asked()));
  const [line] = await setup.gateway.settled(1);
  expect(line?.["shares"]).toBeUndefined();
  expect(await models(setup.gateway)).toEqual({
    "mistral/model-1": expect.objectContaining({ requests: 1, input_tokens: 10, output_tokens: 4 }),
  });
});

test("nobody can go on: what came is counted, and the failure is the target's own", async () => {
  await using setup = await open({ first: sse([...chatOpening, usageOf(3, 5)]), second: [{ reset: true }] });
  await textOf(await setup.gateway.chat(asked()));
  const [line] = await setup.gateway.settled(1);
  expect(line).toMatchObject({ outcome: "error", input_tokens: 3, output_tokens: 5 });
  expect(line?.["shares"]).toEqual([share("mistral", "model-1", true, 3, 5)]);
});

test("both break off: two failed shares", async () => {
  await using setup = await open({
    first: sse([...chatOpening, usageOf(3, 5)]),
    second: sse([delta({ content: " wor" }), usageOf(10, 2)]),
  });
  await textOf(await setup.gateway.chat(asked()));
  const [line] = await setup.gateway.settled(1);
  expect(line).toMatchObject({ outcome: "error", input_tokens: 13, output_tokens: 7 });
  expect(line?.["shares"]).toEqual([
    share("mistral", "model-1", true, 3, 5),
    share("mistral-east", "model-2", true, 10, 2),
  ]);
});

describe("a Gemini client", () => {
  test("from Gemini to Gemini: one text, one finish, one sum", async () => {
    const part = (rest: object, usage: object) =>
      `data: ${JSON.stringify({ responseId: "r2", modelVersion: "model-2", ...rest, usageMetadata: usage })}\n\n`;
    const counts = { promptTokenCount: 10, candidatesTokenCount: 4, totalTokenCount: 14 };
    const says = (text: string, finish?: string) => ({
      candidates: [
        { index: 0, content: { role: "model", parts: [{ text }] }, ...(finish && { finishReason: finish }) },
      ],
    });
    await using first = await openModelHost(sse([geminiWire.output]));
    await using second = await openModelHost(
      sse([part(says(" wor"), { ...counts, candidatesTokenCount: 1 }), part(says("ld", "STOP"), counts)]),
    );
    const targets = ["gemini/model-1", "gemini-east/model-2"];
    await using gateway = await openGateway({
      hosts: { GEMINI: first, GEMINI_EAST: second },
      file: JSON.stringify({ virtual_models: { pair: { strategy: "fallback", targets, continuation: true } } }),
    });
    const wire = await textOf(await askGemini(gateway));
    // 3 and 2 of the first, as its last frame had told them.
    expect(readGemini(wire)).toEqual({ text: "Hello world", sum: { input: 13, output: 6 }, finishes: ["STOP"] });
    expect(wire).toContain(": sluice-continued=gemini-east/model-2\n\n");
    expect(wire).not.toContain('"error"');
    expect(second.calls[0]?.json()).toMatchObject({
      contents: [
        { role: "user", parts: [{ text: "Say hello" }] },
        { role: "model", parts: [{ text: "Hello" }] },
      ],
    });
    const [line] = await gateway.settled(1);
    expect(line).toMatchObject({ outcome: "complete", dialect: "gemini", continued_by: ["gemini-east/model-2"] });
    expect(line?.["shares"]).toEqual([
      share("gemini", "model-1", true, 3, 2),
      share("gemini-east", "model-2", false, 10, 4),
    ]);
  });

  test("a break that nobody goes on from is an error in its own words", async () => {
    await using setup = await open({ first: sse(chatOpening), second: [{ reset: true }] });
    const wire = await textOf(await askGemini(setup.gateway));
    const last = dataOf(wire).at(-1) as { error?: { code: number; status: string } } | undefined;
    expect(last?.error).toMatchObject({ code: 502, status: expect.any(String) });
    expect(readGemini(wire).finishes).toEqual([]);
  });
});

describe("beside a second request that was sent because the first was late", () => {
  const hedge = { percentile: 95, min_delay: "1ms", max_extra_percent: 100 };

  const lesson = asked({ messages: [{ role: "user", content: "A lesson" }] });
  const taught = [...chatOpening, delta({}, "stop"), usageOf(1, 1), "data: [DONE]\n\n"];

  /** Twenty-five requests teach what is usual; of the next one `mistral` is late, and `mistral-east` answers first. */
  async function late(given: { first: Step[]; second: Step[] }) {
    // Known by what is asked: a call of the lesson that was given up may be read when the lesson is over.
    const isLesson = (request: SeenRequest) => request.text().includes("A lesson");
    let calls = 0;
    const first = (request: SeenRequest) => {
      if (isLesson(request)) return sse(taught);
      return calls++ === 0 ? [{ stall: true } as const] : given.first;
    };
    const second = (request: SeenRequest) => (isLesson(request) ? sse(taught) : given.second);
    const setup = await open({ first, second, policies: { continuation: true, hedge } });
    for (let index = 0; index < 25; index++) await (await setup.gateway.chat(lesson)).text();
    return setup;
  }
  test("the faster one breaks off: the one that was only late goes on", async () => {
    await using setup = await late({ first: goingOn, second: sse([...chatOpening, usageOf(3, 5)]) });
    const wire = await textOf(await setup.gateway.chat(asked()));
    expect(readStream(wire)).toEqual({ text: "Hello world" });
    expect(wire).toContain(": sluice-continued=mistral/model-1\n\n");
    const line = (await setup.gateway.settled(26)).at(-1);
    expect(line).toMatchObject({
      outcome: "complete",
      provider: "mistral-east",
      tried: [
        { provider: "mistral", outcome: "superseded" },
        { provider: "mistral-east", outcome: "upstream_truncated" },
        { provider: "mistral", outcome: "ok" },
      ],
      input_tokens: 13,
      output_tokens: 9,
    });
    expect(line?.["shares"]).toEqual([
      share("mistral-east", "model-2", true, 3, 5),
      share("mistral", "model-1", false, 10, 4),
    ]);
  });

  test("both break off one after the other: each is asked to go on once at most", async () => {
    await using setup = await late({
      first: sse([delta({ content: " wor" }), usageOf(10, 2)]),
      second: sse([...chatOpening, usageOf(3, 5)]),
    });
    const wire = await textOf(await setup.gateway.chat(asked()));
    expect(readStream(wire)).toEqual({
      text: "Hello wor",
      error: { code: "upstream_stream_truncated", kind: "network_error" },
    });
    const line = (await setup.gateway.settled(26)).at(-1);
    expect(line?.["tried"]).toEqual([
      expect.objectContaining({ provider: "mistral", outcome: "superseded" }),
      expect.objectContaining({ provider: "mistral-east", outcome: "upstream_truncated" }),
      expect.objectContaining({ provider: "mistral", outcome: "upstream_truncated" }),
    ]);
  });
});
