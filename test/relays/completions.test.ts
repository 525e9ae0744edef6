// POST /v1/completions through the official SDK: as it is where the provider has it, over chat where it has not.
import { describe, expect, test } from "bun:test";
import OpenAI from "openai";
import { ending } from "../support/ending.ts";
import { jsonReply, type Script, sse } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

async function openPair(prefix: string, script: Script) {
  const host = await openModelHost(script);
  const gateway = await openGateway({ hosts: { [prefix]: host } });
  return {
    host,
    gateway,
    client: new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "unused", maxRetries: 0 }),
    ...ending(gateway, host),
  };
}

/** platform.openai.com/docs/api-reference/completions/create, the reply of its example. */
const native = {
  id: "cmpl-uqkvlQyYK7bGYrRHQ0eXlWi7",
  object: "text_completion",
  created: 1589478378,
  model: "gpt-3.5-turbo-instruct",
  system_fingerprint: "fp_44709d6fcb",
  choices: [{ text: "\n\nThis is indeed a test", index: 0, logprobs: null, finish_reason: "length" }],
  usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
};
const chunk = (text: string, finish_reason: string | null = null) =>
  JSON.stringify({ ...native, usage: undefined, choices: [{ text, index: 0, logprobs: null, finish_reason }] });
const usageChunk = JSON.stringify({ ...native, choices: [] });

const claude = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "claude-sonnet-4-5",
  content: [{ type: "text", text: "of a dog" }],
  stop_reason: "stop_sequence",
  stop_sequence: "END",
  usage: { input_tokens: 9, output_tokens: 3 },
};

describe("a provider that has the endpoint", () => {
  const instruct = "openai/gpt-3.5-turbo-instruct";

  test("gets the body as it is, with everything that only this endpoint knows", async () => {
    await using pair = await openPair("OPENAI", jsonReply(native));
    const asked = {
      prompt: [[1, 2, 3], [4]],
      suffix: "end",
      echo: true,
      best_of: 3,
      logprobs: 2,
      logit_bias: { "50256": -100 },
    };
    const { data, response } = await pair.client.completions.create({ model: instruct, ...asked }).withResponse();
    expect(data).toEqual(native as typeof data);
    expect(response.headers.get("x-sluice-translation")).toBe("native");
    const call = await pair.host.call(0);
    expect([call.target, call.json()]).toEqual(["/v1/completions", { model: "gpt-3.5-turbo-instruct", ...asked }]);
  });

  test("streams frames as they are; usage that nobody asked for is taken out again", async () => {
    const frames = [chunk("This "), chunk("is"), chunk("", "stop"), usageChunk, "[DONE]"];
    await using pair = await openPair("OPENAI", sse(frames));
    const read = async (include_usage: boolean) => {
      const stream = await pair.client.completions.create({
        model: instruct,
        prompt: "Say",
        stream: true,
        ...(include_usage && { stream_options: { include_usage } }),
      });
      return await Array.fromAsync(stream);
    };
    const chunks = await read(true);
    expect(chunks.map(({ choices }) => choices[0]?.text).join("")).toBe("This is");
    expect(chunks.at(-1)?.usage).toMatchObject({ total_tokens: 12 });
    expect((await read(false)).length).toBe(3);
    expect((await pair.gateway.settled(2))[1]).toMatchObject({ outcome: "complete", input_tokens: 5 });
  });

  test("that breaks off is an error, never a short answer", async () => {
    await using pair = await openPair("OPENAI", sse([chunk("This ")], { end: "complete" }));
    const stream = await pair.client.completions.create({ model: instruct, prompt: "Say", stream: true });
    const failure: unknown = await Array.fromAsync(stream).catch((cause: unknown) => cause);
    expect(failure).toBeInstanceOf(OpenAI.APIError);
  });

  test("answers a chat client too, with what a prompt can say", async () => {
    await using pair = await openPair("OPENAI", jsonReply(native));
    const reply = await pair.client.chat.completions.create({
      model: instruct,
      messages: [{ role: "user", content: "Say this is a test" }],
      max_tokens: 7,
    });
    expect(reply.choices[0]).toMatchObject({
      message: { role: "assistant", content: "\n\nThis is indeed a test" },
      finish_reason: "length",
    });
    expect((await pair.host.call(0)).json()).toEqual({
      model: "gpt-3.5-turbo-instruct",
      prompt: "Say this is a test",
      max_tokens: 7,
    });
  });
});

describe("a provider that has only chat", () => {
  const model = "anthropic/claude-sonnet-4-5";

  test("answers a prompt; what it cannot be told is reported", async () => {
    await using pair = await openPair("ANTHROPIC", jsonReply(claude));
    const { data, response } = await pair.client.completions
      .create({ model, prompt: ["A picture "], max_tokens: 20, stop: "END", echo: true, best_of: 2, seed: 7 })
      .withResponse();
    expect(data).toMatchObject({
      object: "text_completion",
      model: "claude-sonnet-4-5",
      choices: [{ text: "of a dog", index: 0, logprobs: null, finish_reason: "stop" }],
      usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
    });
    expect(response.headers.get("x-sluice-lost")?.split(",").sort()).toEqual(["best_of", "echo", "seed"]);
    expect((await pair.host.call(0)).json()).toMatchObject({
      messages: [{ role: "user", content: [{ type: "text", text: "A picture " }] }],
      max_tokens: 20,
      stop_sequences: ["END"],
    });
  });

  test("fills a gap between prompt and suffix", async () => {
    await using pair = await openPair("ANTHROPIC", jsonReply(claude));
    await pair.client.completions.create({ model, prompt: "def add(a, b):\n", suffix: "\n\nprint(add(1, 2))" });
    const sent = (await pair.host.call(0)).json() as { system: unknown; messages: unknown };
    expect(JSON.stringify(sent.system)).toContain("between");
    expect(JSON.stringify(sent.messages)).toContain("def add(a, b):");
    expect(JSON.stringify(sent.messages)).toContain("print(add(1, 2))");
  });

  test("streams: text, finish, usage, the end", async () => {
    const event = (type: string, rest: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...rest })}\n\n`;
    const delta = (index: number, fields: object) => event("content_block_delta", { index, delta: fields });
    const frames = [
      event("message_start", { message: { ...claude, content: [], stop_reason: null } }),
      event("content_block_start", { index: 0, content_block: { type: "thinking", thinking: "", signature: "" } }),
      delta(0, { type: "thinking_delta", thinking: "A dog." }),
      event("content_block_stop", { index: 0 }),
      event("content_block_start", { index: 1, content_block: { type: "text", text: "" } }),
      delta(1, { type: "text_delta", text: "of " }),
      delta(1, { type: "text_delta", text: "a dog" }),
      event("content_block_stop", { index: 1 }),
      event("message_delta", { delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 3 } }),
      event("message_stop", {}),
    ];
    await using pair = await openPair("ANTHROPIC", sse(frames));
    const asked = { model, prompt: "A picture ", stream: true as const, stream_options: { include_usage: true } };
    const chunks = await Array.fromAsync(await pair.client.completions.create(asked));
    expect(chunks.map(({ choices }) => choices[0]?.text ?? "").join("")).toBe("of a dog");
    expect(chunks.flatMap(({ choices }) => choices.map((choice) => choice.finish_reason as string | null))).toEqual([
      null,
      null,
      "length",
    ]);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 3 } });
    const response = await fetch(`${pair.gateway.url}/v1/completions`, { method: "POST", body: JSON.stringify(asked) });
    const text = await response.text();
    expect(text).toContain(": sluice-lost=reasoning");
    expect(text.match(/data: \[DONE\]/g)?.length).toBe(1);
  });

  test("that gives log probabilities has them written in the older shape", async () => {
    const token = (text: string, logprob: number) => ({
      token: text,
      logprob,
      bytes: null,
      top_logprobs: [{ token: text, logprob, bytes: null }],
    });
    const reply = {
      id: "chatcmpl-1",
      object: "chat.completion",
      created: 1,
      model: "gpt-4o",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "a dog", refusal: null },
          logprobs: { content: [token("a", -0.1), token(" dog", -0.2)], refusal: null },
          finish_reason: "stop",
        },
      ],
    };
    await using pair = await openPair("OPENAI", jsonReply(reply));
    const { choices } = await pair.client.completions.create({ model: "openai/gpt-4o", prompt: "Of", logprobs: 1 });
    // platform.openai.com/docs/api-reference/completions/object.
    expect(choices[0]?.logprobs).toEqual({
      tokens: ["a", " dog"],
      token_logprobs: [-0.1, -0.2],
      top_logprobs: [{ a: -0.1 }, { " dog": -0.2 }],
      text_offset: [0, 1],
    });
    const sent = (await pair.host.call(0)).json();
    expect(sent).toMatchObject({ logprobs: true, top_logprobs: 1, messages: [{ role: "user", content: "Of" }] });
  });

  test.each([
    [{ prompt: ["one", "two"] }, "prompt"],
    [{ prompt: [1, 2, 3] }, "prompt"],
    [{}, "prompt"],
    [{ prompt: { text: "x" } }, "prompt"],
    [{ prompt: "x", max_tokens: "many" }, "max_tokens"],
    [{ prompt: "x", logprobs: 2 }, "logprobs"],
  ])("is not asked for what it cannot give: %p", async (fields, param) => {
    await using pair = await openPair("ANTHROPIC", jsonReply(claude));
    const body = JSON.stringify({ model, ...fields });
    const response = await fetch(`${pair.gateway.url}/v1/completions`, { method: "POST", body });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: { type: "invalid_request_error", param } },
    ]);
    expect(pair.host.calls).toEqual([]);
  });
});
