// Every recorded Gemini reply through the gateway, read by the official OpenAI SDK and compared with Google's own SDK.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type FunctionCall, type GenerateContentResponse, GoogleGenAI, type Part } from "@google/genai";
import { streams, wholeReplies } from "../support/corpus.ts";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { type Seen, seenInStream, seenWhole } from "../support/seen.ts";

let gateway: MockGateway;
/** The maker's SDK, reading straight from the recordings. */
let direct: GoogleGenAI;

beforeAll(async () => {
  gateway = await openMockGateway({ providers: ["gemini"] });
  direct = new GoogleGenAI({ apiKey: "none", httpOptions: { baseUrl: gateway.mockOrigin } });
});
afterAll(() => gateway[Symbol.asyncDispose]());

type Call = { id: string | undefined; name: string; arguments: unknown };
type Expected = Omit<Seen, "calls"> & { calls: Call[] };

/** Puts a streamed value where its path says; text grows. The SDK hands the pieces on as they come (translation.md A4.6). */
function grow(root: unknown, path: string, value: unknown): void {
  const steps = [...path.matchAll(/\.([^.[]+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
  let holder = root as { [step: string | number]: unknown };
  for (const [position, step] of steps.slice(0, -1).entries()) {
    holder[step] ??= typeof steps[position + 1] === "number" ? [] : {};
    holder = holder[step] as typeof holder;
  }
  const last = steps.at(-1)!;
  const before = holder[last];
  holder[last] = typeof before === "string" && typeof value === "string" ? before + value : value;
}

/** A part with a name begins a call; parts without one bring more of it. */
function callsOf(parts: readonly Part[]): Call[] {
  const calls: Call[] = [];
  for (const { functionCall } of parts) {
    if (!functionCall) continue;
    const { id, name, args }: FunctionCall = functionCall;
    if (name !== undefined) calls.push({ id, name, arguments: args ?? {} });
    for (const piece of functionCall.partialArgs ?? []) {
      const value = piece.stringValue ?? piece.numberValue ?? piece.boolValue ?? null;
      grow(calls.at(-1)?.arguments, piece.jsonPath ?? "", value);
    }
  }
  return calls;
}

/** What the chunks say, in the words of Chat Completions (translation.md B2.2, B6, B7). */
function expected(chunks: readonly GenerateContentResponse[]): Expected {
  const parts = chunks.flatMap((chunk) => chunk.candidates?.[0]?.content?.parts ?? []);
  const textOf = (thought: boolean) =>
    parts.map((part) => ((part.thought ?? false) === thought ? (part.text ?? "") : "")).join("");
  const calls = callsOf(parts);
  const reasons = chunks.flatMap((chunk) => chunk.candidates?.[0]?.finishReason ?? []);
  if (reasons.join() !== "STOP") throw new Error(`no row for ${reasons.join()}`);
  const counts = chunks.at(-1)!.usageMetadata!;
  const input = (counts.promptTokenCount ?? 0) + (counts.toolUsePromptTokenCount ?? 0);
  const reasoning = counts.thoughtsTokenCount ?? 0;
  return {
    text: textOf(false),
    reasoning: textOf(true),
    refusal: null,
    calls,
    // S56: Gemini has no reason for calls.
    finish: calls.length > 0 ? "tool_calls" : "stop",
    usage: {
      input,
      // U11: thoughts are counted beside the answer there, and inside it here.
      output: (counts.candidatesTokenCount ?? 0) + reasoning,
      total: counts.totalTokenCount!,
      cacheRead: counts.cachedContentTokenCount ?? 0,
      cacheWrite: 0,
      reasoning,
    },
  };
}

/** Gemini seldom names its calls: then the gateway's ids only have to differ. */
function compare(seen: Seen, { calls, ...rest }: Expected): void {
  expect({ ...seen, calls: seen.calls.map(({ name, arguments: given }) => ({ name, arguments: given })) }).toEqual({
    ...rest,
    calls: calls.map(({ name, arguments: given }) => ({ name, arguments: given as object })),
  } as never);
  for (const [index, call] of calls.entries()) if (call.id !== undefined) expect(seen.calls[index]?.id).toBe(call.id);
  const ids = seen.calls.map(({ id }) => id);
  expect(ids.every((id) => id !== "")).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
}

const question = "The mock does not read this.";

describe("a Gemini provider behind Chat Completions", () => {
  test.each(streams("gemini").map(({ name }) => name))("the stream %s means what it means there", async (name) => {
    const chunks: GenerateContentResponse[] = [];
    const source = await direct.models.generateContentStream({ model: name, contents: question });
    for await (const chunk of source) chunks.push(chunk);
    const { seen } = await seenInStream(gateway.client, `gemini/${name}`);
    compare(seen, expected(chunks));
  });

  test.each(wholeReplies("gemini").map(({ name }) => name))("the whole reply %s means the same", async (name) => {
    const source = await direct.models.generateContent({ model: name, contents: question });
    const { seen } = await seenWhole(gateway.client, `gemini/${name}`);
    compare(seen, expected([source]));
  });

  test("T06 the same stream read twice gives calls of different ids", async () => {
    const read = async () => {
      const { seen } = await seenInStream(gateway.client, "gemini/google/google-stream-tool-call-arguments");
      return seen.calls.map(({ id }) => id);
    };
    const ids = [...(await read()), ...(await read())];
    expect(new Set(ids).size).toBe(4);
  });
});
