// Tool conversations of three turns with signed reasoning, through official SDKs that keep what they do not know, and through
// clients that drop it (translation.md B10, R01, R04, R05, R24, R25, R30). The providers are strict.
import { describe, expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { ChatCompletionMessageParam } from "openai/resources/chat/completions";
import type { ResponseInput, ResponseInputItem } from "openai/resources/responses/responses";
import { readText, streams } from "../support/corpus.ts";
import { ending } from "../support/ending.ts";
import { jsonReply } from "../support/fake-upstream.ts";
import { type GatewayOptions, openGateway, openModelHost } from "../support/gateway.ts";
import { openStrictClaude, openStrictGemini, type StrictHost } from "../support/strict-hosts.ts";

const question = "How warm is it in Rome and in Oslo, and which of them should I visit?";
const parameters = { type: "object", properties: { city: { type: "string" } } };
const functionTool = { name: "weather", description: "Weather of a city.", parameters };

/** Thinking as Claude signed it, from a recording. */
function recordedThinking() {
  const recording = streams("anthropic-messages").find(({ name }) => name.endsWith("anthropic-clear-thinking.1"));
  if (!recording) throw new Error("the recording with signed thinking is missing");
  const deltas = readText(recording)
    .split("\n")
    .filter((line) => line.includes("content_block_delta"))
    .map((line) => (JSON.parse(line) as { delta: { thinking?: string; signature?: string } }).delta);
  const thinking = deltas.map((delta) => delta.thinking ?? "").join("");
  return { type: "thinking", thinking, signature: deltas.find((delta) => delta.signature)?.signature ?? "" };
}

const claudeTurns = [
  [recordedThinking(), { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome", days: [1, 2] } }],
  [
    { type: "thinking", thinking: "Rome is  warm.\n", signature: "c2Vjb25k" },
    { type: "redacted_thinking", data: "aGlkZGVu" },
    { type: "text", text: "Now Oslo, twice. " },
    { type: "tool_use", id: "toolu_2", name: "weather", input: { city: "Oslo" } },
    { type: "tool_use", id: "toolu_3", name: "weather", input: {} },
  ],
  [
    { type: "thinking", thinking: "Both are known.", signature: "dGhpcmQ=" },
    { type: "text", text: "Go to Rome." },
  ],
];

const geminiTurns = [
  [
    { text: "I need Rome.", thought: true },
    { functionCall: { name: "weather", args: { city: "Rome" } }, thoughtSignature: "c2lnLTE=" },
  ],
  [
    { functionCall: { name: "weather", args: { city: "Oslo" } }, thoughtSignature: "c2lnLTI=" },
    { functionCall: { name: "weather", args: {} } },
  ],
  [{ text: "Go to Rome.", thoughtSignature: "c2lnLTM=" }],
];

type Talk = { url: string; model: string; keeps: boolean; stream: boolean; apiKey?: string };
/** Carries the conversation to its end, and returns the last answer. */
type Client = (talk: Talk) => Promise<string>;

const sdk = (apiKey = "unused") => ({ apiKey, maxRetries: 0 });

const chat: Client = async ({ url, model, keeps, stream, apiKey }) => {
  const client = new OpenAI({ ...sdk(apiKey), baseURL: `${url}/v1` });
  const messages: ChatCompletionMessageParam[] = [{ role: "user", content: question }];
  const tools = [{ type: "function" as const, function: functionTool }];
  for (;;) {
    const asked = { model, messages, tools, reasoning_effort: "high" as const };
    let message: OpenAI.ChatCompletionMessage;
    if (stream) {
      const details: unknown[] = [];
      const signatures = new Map<number, unknown>();
      const running = client.chat.completions.stream(asked);
      for await (const chunk of running) {
        const delta = (chunk.choices[0]?.delta ?? {}) as { reasoning_details?: unknown[]; tool_calls?: Delta[] };
        details.push(...(delta.reasoning_details ?? []));
        for (const call of delta.tool_calls ?? [])
          if (call.extra_content) signatures.set(call.index, call.extra_content);
      }
      const final = (await running.finalChatCompletion()).choices[0]!.message;
      const calls = final.tool_calls?.map((call, index) => {
        const extra_content = signatures.get(index);
        return { ...call, ...(extra_content !== undefined && { extra_content }) };
      });
      message = {
        ...final,
        ...(calls && { tool_calls: calls }),
        ...(details.length > 0 && { reasoning_details: details }),
      } as typeof final;
    } else {
      message = (await client.chat.completions.create(asked)).choices[0]!.message;
    }
    const calls = (message.tool_calls ?? []).filter((call) => call.type === "function");
    if (calls.length === 0) return message.content ?? "";
    // A client that knows only the documented fields, and writes the arguments anew.
    const plain = calls.map(({ id, type, function: { name, arguments: text } }) => ({
      id,
      type,
      function: { name, arguments: JSON.stringify(JSON.parse(text), null, 1) },
    }));
    messages.push(keeps ? message : { role: "assistant", content: message.content?.trim() ?? null, tool_calls: plain });
    for (const { id } of calls) messages.push({ role: "tool", tool_call_id: id, content: "20 degrees" });
  }
};
type Delta = { index: number; extra_content?: unknown };

const responses: Client = async ({ url, model, keeps, stream, apiKey }) => {
  const client = new OpenAI({ ...sdk(apiKey), baseURL: `${url}/v1` });
  const input: ResponseInput = [{ role: "user", content: question }];
  const tools = [{ type: "function" as const, strict: false, ...functionTool }];
  for (;;) {
    const asked = { model, input, tools, reasoning: { effort: "high" as const }, store: false };
    const response = stream
      ? await client.responses.stream(asked).finalResponse()
      : await client.responses.create({ ...asked, include: ["reasoning.encrypted_content"] });
    const calls = response.output.flatMap((item) => (item.type === "function_call" ? [item] : []));
    if (calls.length === 0) return response.output_text;
    for (const item of response.output) {
      if (keeps) input.push(item as ResponseInputItem);
      else if (item.type === "function_call") {
        const { type, call_id, name, arguments: text } = item;
        input.push({ type, call_id, name, arguments: text });
      } else if (item.type === "message") {
        const text = item.content.map((part) => (part.type === "output_text" ? part.text : "")).join("");
        input.push({ role: "assistant", content: text });
      }
    }
    for (const { call_id } of calls) input.push({ type: "function_call_output", call_id, output: "20 degrees" });
  }
};

const messages: Client = async ({ url, model, keeps, stream, apiKey }) => {
  const client = new Anthropic({ ...sdk(apiKey), baseURL: url });
  const history: Anthropic.MessageParam[] = [{ role: "user", content: question }];
  const tools = [{ name: "weather", input_schema: { ...parameters, type: "object" as const } }];
  for (;;) {
    const asked = {
      model,
      messages: history,
      tools,
      max_tokens: 4000,
      thinking: { type: "enabled" as const, budget_tokens: 2000 },
    };
    const message = stream ? await client.messages.stream(asked).finalMessage() : await client.messages.create(asked);
    const calls = message.content.filter((block) => block.type === "tool_use");
    if (calls.length === 0) return message.content.map((block) => (block.type === "text" ? block.text : "")).join("");
    const content = keeps ? message.content : message.content.filter((block) => block.type !== "thinking");
    history.push({ role: "assistant", content });
    history.push({
      role: "user",
      content: calls.map(({ id }) => ({ type: "tool_result", tool_use_id: id, content: "20 degrees" })),
    });
  }
};

const clients = { chat, responses, messages } as const;

async function openRig(prefix: string, strict: Promise<StrictHost>, options: GatewayOptions = {}) {
  const { host, refusals } = await strict;
  const gateway = await openGateway({ ...options, hosts: { [prefix]: host } });
  return {
    gateway,
    host,
    refusals,
    ...ending(gateway, host),
  };
}

const openClaude = (options?: GatewayOptions) => openRig("ANTHROPIC", openStrictClaude(claudeTurns), options);
const openGemini = (options?: GatewayOptions) => openRig("GEMINI", openStrictGemini(geminiTurns), options);

const ways = (names: readonly (keyof typeof clients)[]) =>
  names.flatMap((client) =>
    [true, false].flatMap((keeps) =>
      [true, false].map((stream) => ({
        client,
        keeps,
        stream,
        name: `${client}, ${stream ? "streamed" : "whole"}, ${keeps ? "keeping" : "dropping"} what it does not know`,
      })),
    ),
  );

describe("three turns with Claude's signed thinking", () => {
  const model = "anthropic/claude-sonnet-4-5";

  test.each(ways(["chat", "responses"]))("R01 R04 R05 R30: $name", async ({ client, keeps, stream }) => {
    await using rig = await openClaude();
    const answer = await clients[client]({ url: rig.gateway.url, model, keeps, stream });
    expect([rig.refusals, answer]).toEqual([[], "Go to Rome."]);
    expect(rig.host.calls.length).toBe(3);
    expect((rig.host.calls[2]!.json() as { thinking: object }).thinking).toMatchObject({ type: "enabled" });
  });

  test("are refused by the provider without the memory: it is the memory that carries them", async () => {
    await using rig = await openClaude({ environment: { SLUICE_REASONING_MEMORY: "false" } });
    const talk = { url: rig.gateway.url, model, keeps: false, stream: false };
    const failure: unknown = await chat(talk).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(OpenAI.BadRequestError);
    expect(rig.refusals.length).toBe(1);
  });

  test("are remembered for the caller alone: another key finds nothing", async () => {
    await using rig = await openClaude();
    const ask = (apiKey: string, turns: ChatCompletionMessageParam[]) =>
      new OpenAI({ ...sdk(apiKey), baseURL: `${rig.gateway.url}/v1` }).chat.completions.create({
        model,
        messages: [{ role: "user", content: question }, ...turns],
        tools: [{ type: "function", function: functionTool }],
        reasoning_effort: "high",
      });
    const call = (await ask("one", [])).choices[0]!.message.tool_calls![0] as { id: string };
    const turns: ChatCompletionMessageParam[] = [
      {
        role: "assistant",
        tool_calls: [
          { id: call.id, type: "function", function: { name: "weather", arguments: '{"days":[1,2],"city":"Rome"}' } },
        ],
      },
      { role: "tool", tool_call_id: call.id, content: "20 degrees" },
    ];
    const foreign: unknown = await ask("two", turns).catch((cause: unknown) => cause);
    expect(foreign).toBeInstanceOf(OpenAI.BadRequestError);
    expect(rig.host.calls[1]?.text()).not.toContain("signature");
  });
});

test("what one maker has signed goes to no other, and is not reported as lost by a client that never had it", async () => {
  const claude = await openStrictClaude(claudeTurns);
  const other = await openModelHost(
    jsonReply({ candidates: [{ content: { role: "model", parts: [{ text: "Rome." }] }, finishReason: "STOP" }] }),
  );
  await using gateway = await openGateway({ hosts: { ANTHROPIC: claude.host, GEMINI: other } });
  const client = new OpenAI({ ...sdk(), baseURL: `${gateway.url}/v1` });
  const asked = {
    messages: [{ role: "user", content: question }] as ChatCompletionMessageParam[],
    tools: [{ type: "function" as const, function: functionTool }],
  };
  const first = await client.chat.completions.create({
    ...asked,
    model: "anthropic/claude-sonnet-4-5",
    reasoning_effort: "high",
  });
  const { tool_calls } = first.choices[0]!.message;
  asked.messages.push({ role: "assistant", tool_calls: tool_calls! });
  asked.messages.push({ role: "tool", tool_call_id: tool_calls![0]!.id, content: "20 degrees" });
  const { response } = await client.chat.completions
    .create({ ...asked, model: "gemini/gemini-2.5-pro" })
    .withResponse();
  expect(other.calls[0]?.text()).not.toContain(recordedThinking().signature.slice(0, 40));
  expect(other.calls[0]?.text()).not.toContain(recordedThinking().thinking.slice(0, 20));
  expect(response.headers.get("x-sluice-lost")).toBeNull();
  claude.host.close();
  other.close();
});

/** As Gemini's own CLI sends history: thoughts left out, and a mark on calls without a signature (translation.md A4.4, R27). */
test("a client of Gemini that drops thoughts and marks its calls has Claude's thinking put back", async () => {
  await using rig = await openClaude();
  const contents: { role: string; parts: Part[] }[] = [{ role: "user", parts: [{ text: question }] }];
  for (;;) {
    const response = await fetch(`${rig.gateway.url}/v1beta/models/anthropic/claude-sonnet-4-5:generateContent`, {
      method: "POST",
      body: JSON.stringify({
        contents,
        tools: [{ functionDeclarations: [{ name: "weather", parametersJsonSchema: parameters }] }],
        generationConfig: { thinkingConfig: { thinkingBudget: 2000, includeThoughts: true } },
      }),
    });
    const { candidates } = (await response.json()) as { candidates?: { content: { parts: Part[] } }[] };
    expect(rig.refusals).toEqual([]);
    const parts = (candidates?.[0]?.content.parts ?? []).filter(({ thought }) => thought !== true);
    const calls = parts.flatMap(({ functionCall }) => functionCall ?? []);
    if (calls.length === 0) break;
    contents.push({
      role: "model",
      parts: parts.map(({ functionCall, text }) =>
        functionCall ? { functionCall, thoughtSignature: "skip_thought_signature_validator" } : { text: text ?? "" },
      ),
    });
    contents.push({
      role: "user",
      parts: calls.map(({ id, name }) => ({ functionResponse: { id, name, response: { output: "20 degrees" } } })),
    });
  }
  expect(rig.host.calls.length).toBe(3);
});
type Part = {
  text?: string;
  thought?: boolean;
  thoughtSignature?: string;
  functionCall?: { id: string; name: string; args: object };
  functionResponse?: object;
};

describe("three turns with Gemini 3's thought signatures", () => {
  const model = "gemini/gemini-3-pro-preview";

  test.each(ways(["chat", "responses", "messages"]))("R24 R25: $name", async ({ client, keeps, stream }) => {
    await using rig = await openGemini();
    const answer = await clients[client]({ url: rig.gateway.url, model, keeps, stream });
    expect([rig.refusals, answer]).toEqual([[], "Go to Rome."]);
  });
});
