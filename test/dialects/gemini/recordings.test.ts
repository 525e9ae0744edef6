// Every recorded Gemini reply: our events must say what Google's own SDK reads in the same bytes.
import { describe, expect, test } from "bun:test";
import { type GenerateContentResponse, GoogleGenAI } from "@google/genai";
import type { Block } from "../../../src/core/chat.ts";
import type { ReplyEvent } from "../../../src/core/events.ts";
import { openFold } from "../../../src/core/fold.ts";
import type { JsonValue } from "../../../src/core/json.ts";
import { SseDecoder } from "../../../src/dialects/framing/sse.ts";
import { openReader, readReply } from "../../../src/dialects/gemini/read-reply.ts";
import { frames, readText, streams, wholeReplies, wireText } from "../../support/corpus.ts";
import { isTerminal, target } from "./support.ts";

/** What the official SDK reads when a server answers with this body. */
async function readBySdk(body: string, type: string): Promise<GenerateContentResponse[]> {
  const server = Bun.serve({ port: 0, fetch: () => new Response(body, { headers: { "content-type": type } }) });
  try {
    const sdk = new GoogleGenAI({ apiKey: "test", httpOptions: { baseUrl: server.url.href } });
    const call = { model: "gemini-test", contents: "x" };
    if (type === "application/json") return [await sdk.models.generateContent(call)];
    return await Array.fromAsync(await sdk.models.generateContentStream(call));
  } finally {
    await server.stop(true);
  }
}

type Told = {
  text: string;
  thoughts: string;
  calls: string[];
  signatures: string[];
  finish: string;
  usage: object;
  model: string;
  id: string;
};

function toldBySdk(chunks: GenerateContentResponse[]): Told {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const words = (thought: boolean) =>
    parts
      .filter((part) => (part.thought ?? false) === thought)
      .map((part) => part.text ?? "")
      .join("");
  const usage = chunks.findLast((chunk) => chunk.usageMetadata?.promptTokenCount !== undefined)?.usageMetadata;
  return {
    text: words(false),
    thoughts: words(true),
    calls: parts.flatMap((part) => part.functionCall?.name ?? []),
    signatures: parts.flatMap((part) => part.thoughtSignature ?? []),
    finish: chunks.findLast((chunk) => chunk.candidates?.[0]?.finishReason)?.candidates?.[0]?.finishReason ?? "",
    usage: {
      input: usage?.promptTokenCount,
      output: (usage?.candidatesTokenCount ?? 0) + (usage?.thoughtsTokenCount ?? 0),
      reasoning: usage?.thoughtsTokenCount ?? 0,
      total: usage?.totalTokenCount,
    },
    model: chunks[0]?.modelVersion ?? "",
    id: chunks[0]?.responseId ?? "",
  };
}

function toldByUs(events: ReplyEvent[]): Told {
  const fold = openFold();
  for (const event of events) fold.emit(event);
  const reply = fold.reply();
  const blocks = reply.choices[0]?.blocks ?? [];
  const words = (type: "text" | "reasoning") =>
    blocks.flatMap((block) => (block.type === type ? block.text : [])).join("");
  return {
    text: words("text"),
    thoughts: words("reasoning"),
    calls: blocks.flatMap((block) => (block.type === "tool-call" ? block.name : [])),
    signatures: blocks.flatMap((block) => ("state" in block && block.state ? String(block.state.value) : [])),
    finish: reply.choices[0]?.stop.raw ?? "",
    usage: {
      input: reply.usage?.inputTokens,
      output: reply.usage?.outputTokens,
      reasoning: reply.usage?.reasoningTokens,
      total: reply.usage?.totalTokens,
    },
    model: reply.model ?? "",
    id: reply.id ?? "",
  };
}

function streamed(wire: string): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const reader = openReader((event) => events.push(event), target());
  const decoder = new SseDecoder((frame) => reader.read(frame));
  decoder.push(new TextEncoder().encode(wire));
  decoder.end();
  reader.end();
  return events;
}

function whole(body: JsonValue): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  readReply(body, (event) => events.push(event), target());
  return events;
}

/** Blocks open and close one after the other, in dense numbers. */
function expectOrder(events: ReplyEvent[]): void {
  let open: number | undefined;
  let next = 0;
  for (const event of events) {
    if (event.type === "block-start") {
      expect(open).toBeUndefined();
      expect(event.block).toBe(next++);
      open = event.block;
    } else if (event.type === "delta" || event.type === "state" || event.type === "citation")
      expect(event.block).toBe(open!);
    else if (event.type === "block-stop") {
      expect(event.block).toBe(open!);
      open = undefined;
    } else if (event.type === "part") expect(event.block).toBe(next++);
  }
  expect(events[0]?.type).toBe("start");
  expect(events.filter(isTerminal)).toEqual([{ type: "end" }]);
  expect(events.at(-1)).toEqual({ type: "end" });
}

describe("streams", () => {
  for (const recording of streams("gemini")) {
    test(`S57 ${recording.name} says what the official SDK reads`, async () => {
      const wire = wireText(recording);
      const events = streamed(wire);
      expectOrder(events);
      expect(toldByUs(events)).toEqual(toldBySdk(await readBySdk(wire, "text/event-stream")));
    });

    test(`S59 ${recording.name} says the same in an envelope and as one list`, () => {
      const chunks = frames(recording).map((frame) => JSON.parse(frame.data) as JsonValue);
      const plain = toldByUs(streamed(wireText(recording)));
      const enveloped = chunks
        .map((chunk) => `data: ${JSON.stringify({ response: chunk, traceId: "t" })}\r\n\r\n`)
        .join("");
      expect(toldByUs(streamed(enveloped))).toEqual(plain);
      expect(toldByUs(whole(chunks))).toEqual(plain);
    });

    test(`${recording.name} cut after any frame ends in exactly one terminal event`, () => {
      const all = frames(recording);
      for (let count = 0; count <= all.length; count++) {
        const events: ReplyEvent[] = [];
        const reader = openReader((event) => events.push(event), target());
        for (const frame of all.slice(0, count)) reader.read(frame);
        reader.end();
        reader.end();
        expect(events.filter(isTerminal)).toHaveLength(1);
        const finished = all.slice(0, count).some((frame) => frame.data.includes('"finishReason"'));
        const last = events.at(-1);
        expect(last?.type).toBe(finished ? "end" : "error");
        if (last?.type === "error") expect(last.error.code).toBe("upstream_truncated");
      }
    });
  }
});

describe("whole replies", () => {
  for (const recording of wholeReplies("gemini")) {
    test(`R23 ${recording.name} says what the official SDK reads`, async () => {
      const text = readText(recording);
      const events = whole(JSON.parse(text) as JsonValue);
      expectOrder(events);
      expect(toldByUs(events)).toEqual(toldBySdk(await readBySdk(text, "application/json")));
    });
  }
});

function callsOf(name: string): Block[] {
  const recording = streams("gemini").find((candidate) => candidate.name.endsWith(name));
  const fold = openFold();
  for (const event of streamed(wireText(recording!))) fold.emit(event);
  return (fold.reply().choices[0]?.blocks ?? []).filter((block) => block.type === "tool-call");
}

const argumentsOf = (blocks: Block[]) =>
  blocks.flatMap((block) => (block.type === "tool-call" ? JSON.parse(block.argumentsText) : []));

describe("streamed arguments", () => {
  test("a call without arguments has an empty object, and the calls after it their own", () => {
    const calls = callsOf("google-stream-no-args-tool-call");
    expect(argumentsOf(calls)).toEqual([{}, { id: "A" }, { id: "B" }, { id: "C" }]);
    expect(new Set(calls.map((block) => block.type === "tool-call" && block.id)).size).toBe(4);
  });

  test("two calls of one function stay two calls", () => {
    expect(argumentsOf(callsOf("google-stream-tool-call-arguments"))).toEqual([
      { location: "Boston" },
      { location: "San Francisco" },
    ]);
  });

  test("pieces with paths make the object that they describe", () => {
    const [recipe] = argumentsOf(callsOf("google-vertex-stream-tool-call-arguments-nested.1")) as { recipe: object }[];
    expect(recipe).toEqual({
      recipe: {
        ingredients: [
          { amount: "16 oz", name: "Lasagna noodles" },
          { amount: "1 lb", name: "Ground beef" },
          { amount: "15 oz", name: "Ricotta cheese" },
          { amount: "3 cups", name: "Mozzarella cheese" },
          { amount: "1/2 cup", name: "Parmesan cheese" },
          { amount: "24 oz", name: "Tomato sauce" },
          { amount: "1", name: "Egg" },
          { amount: "2 cloves", name: "Garlic" },
          { amount: "1 tsp", name: "Salt" },
          { amount: "1/2 tsp", name: "Pepper" },
        ],
        name: "Lasagna",
        steps: [
          "Preheat oven to 375°F (190°C).",
          "Cook lasagna noodles according to package directions, drain and set aside.",
          "Brown ground beef with minced garlic in a skillet. Drain fat and stir in tomato sauce. Simmer for 10 minutes.",
          "In a bowl, mix ricotta cheese, egg, salt, pepper, and Parmesan cheese.",
          "In a 9x13 baking dish, spread a thin layer of meat sauce.",
          "Layer noodles, ricotta mixture, mozzarella, and meat sauce. Repeat.",
          "Top with remaining mozzarella cheese.",
          "Cover with foil and bake for 25 minutes.",
          "Remove foil and bake for another 25 minutes until golden.",
          "Let stand for 15 minutes before serving.",
        ],
      },
    });
  });
});
