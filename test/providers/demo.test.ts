// The demo provider, called in process the way the exchange calls it, and through OpenAI's own client.
import { describe, expect, test } from "bun:test";
import { Type } from "@sinclair/typebox";
import { Value } from "@sinclair/typebox/value";
import OpenAI from "openai";
import { demoHandle, demoModels, demoRow } from "../../src/providers/demo.ts";

const clock = { nowMs: () => 1_700_000_000_000, wait: async () => {} };
const handle = demoHandle(clock);

type Body = { [field: string]: unknown };

function ask(body: Body | string, signal?: AbortSignal): Promise<Response> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return handle(
    new Request("http://demo.invalid/v1/chat/completions", { method: "POST", body: text, signal: signal ?? null }),
  );
}

const hello = { messages: [{ role: "user", content: "hello  there,\nfriend" }] };

type Chunk = {
  id: string;
  created: number;
  usage?: Body | null;
  choices: { delta: Body; finish_reason: string | null }[];
};

async function chunksOf(response: Response): Promise<{ chunks: Chunk[]; done: boolean }> {
  const lines = (await response.text()).split("\n\n").filter((line) => line !== "");
  const done = lines.at(-1) === "data: [DONE]";
  const frames = done ? lines.slice(0, -1) : lines;
  return { chunks: frames.map((line) => JSON.parse(line.replace("data: ", "")) as Chunk), done };
}

const client = new OpenAI({
  apiKey: "none",
  baseURL: "http://demo.invalid/v1",
  maxRetries: 0,
  fetch: (input, init) => handle(new Request(input as string, init as RequestInit)),
});

describe("talking models", () => {
  test("echo repeats the last user text, whole and streamed, to OpenAI's own client", async () => {
    const messages = [
      { role: "user" as const, content: "first" },
      { role: "assistant" as const, content: "no" },
      { role: "user" as const, content: "hello  there,\nfriend " },
    ];
    const whole = await client.chat.completions.create({ model: "echo", messages });
    expect(whole.choices[0]?.message.content).toBe("hello  there,\nfriend ");
    expect(whole.usage).toMatchObject({ prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 });
    const stream = client.chat.completions.stream({ model: "echo", messages });
    expect(await stream.finalContent()).toBe("hello  there,\nfriend ");
  });

  test("the same request gives the same bytes, another one other ids", async () => {
    const first = await (await ask({ model: "echo", ...hello })).text();
    expect(await (await ask({ model: "echo", ...hello })).text()).toBe(first);
    const other = await (await ask({ model: "echo", messages: [{ role: "user", content: "other" }] })).text();
    expect((JSON.parse(other) as Chunk).id).not.toBe((JSON.parse(first) as Chunk).id);
  });

  test("a part that is not text is named in the echo", async () => {
    const content = [
      { type: "text", text: "look" },
      { type: "image_url", image_url: { url: "data:," } },
    ];
    const reply = await (await ask({ model: "echo", messages: [{ role: "user", content }] })).json();
    expect(reply).toMatchObject({ choices: [{ message: { content: "look\n[image_url]" } }] });
  });

  test("a reply longer than max_tokens is cut there and says length", async () => {
    const reply = await (await ask({ model: "echo", max_tokens: 2, ...hello })).json();
    expect(reply).toMatchObject({
      choices: [{ message: { content: "hello  there,\n" }, finish_reason: "length" }],
      usage: { completion_tokens: 2 },
    });
  });

  test("reasoning streams reasoning_content before text, and usage counts both", async () => {
    const { chunks } = await chunksOf(
      await ask({ model: "reasoning", stream: true, stream_options: { include_usage: true }, ...hello }),
    );
    const kinds = chunks
      .flatMap((chunk) => chunk.choices.map((choice) => Object.keys(choice.delta)[0]))
      .filter((kind) => kind !== undefined);
    expect([...new Set(kinds)]).toEqual(["role", "reasoning_content", "content"]);
    expect(kinds.lastIndexOf("reasoning_content")).toBeLessThan(kinds.indexOf("content"));
    const reasoningWords = kinds.filter((kind) => kind === "reasoning_content").length;
    const textWords = kinds.filter((kind) => kind === "content").length;
    expect(chunks.at(-1)?.usage).toMatchObject({
      completion_tokens: reasoningWords + textWords,
      completion_tokens_details: { reasoning_tokens: reasoningWords },
    });
  });
});

describe("usage in streams", () => {
  test("asked for: null on every frame, then one frame with empty choices before the end", async () => {
    const { chunks, done } = await chunksOf(
      await ask({ model: "echo", stream: true, stream_options: { include_usage: true }, ...hello }),
    );
    expect(done).toBe(true);
    expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, completion_tokens: 3, total_tokens: 6 },
    });
  });

  test("not asked for: no frame has the key", async () => {
    const { chunks } = await chunksOf(await ask({ model: "echo", stream: true, ...hello }));
    expect(chunks.some((chunk) => "usage" in chunk || chunk.choices.length === 0)).toBe(false);
  });

  test("S29 every frame has the same id and creation time, and only the last a finish reason", async () => {
    const { chunks } = await chunksOf(await ask({ model: "story", stream: true, ...hello }));
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(new Set(chunks.map((chunk) => chunk.created))).toEqual(new Set([1_700_000_000]));
    expect(chunks.map((chunk) => chunk.choices[0]?.finish_reason).filter((reason) => reason !== null)).toEqual([
      "stop",
    ]);
  });
});

describe("the story's pace", () => {
  test("each word waits 40 ms, and a reader that stops reading stops the telling", async () => {
    const waits: number[] = [];
    const paced = demoHandle({ ...clock, wait: async (durationMs) => void waits.push(durationMs) });
    const body = JSON.stringify({ model: "story", stream: true, ...hello });
    const response = await paced(new Request("http://demo.invalid/v1/chat/completions", { method: "POST", body }));
    const reader = response.body!.getReader();
    for (let frame = 0; frame < 4; frame++) await reader.read();
    expect(waits).toEqual([40, 40, 40]);
    await reader.cancel();
    expect(waits.length).toBe(3);
  });

  test("an aborted request ends the body at once with the abort's reason, and ends the wait", async () => {
    const waiting = Promise.withResolvers<AbortSignal>();
    const paced = demoHandle({
      ...clock,
      wait: (_durationMs, signal) => {
        waiting.resolve(signal);
        return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    const abort = new AbortController();
    const body = JSON.stringify({ model: "story", stream: true, ...hello });
    const response = await paced(
      new Request("http://demo.invalid/v1/chat/completions", { method: "POST", body, signal: abort.signal }),
    );
    const reader = response.body!.getReader();
    await reader.read();
    const next = reader.read();
    const signal = await waiting.promise;
    abort.abort(new Error("client gone"));
    await expect(next).rejects.toThrow("client gone");
    expect(signal.aborted).toBe(true);
  });
});

describe("tools", () => {
  const schema = Type.Object({
    city: Type.String({ minLength: 10, maxLength: 12 }),
    days: Type.Integer({ minimum: 3, maximum: 9, multipleOf: 4 }),
    ratio: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 0.5 }),
    unit: Type.Union([Type.Literal("celsius"), Type.Literal("kelvin")]),
    flags: Type.Array(Type.Boolean(), { minItems: 2 }),
    nested: Type.Object({ deep: Type.Null(), list: Type.Array(Type.Object({ id: Type.Integer({ maximum: -5 }) })) }),
    optional: Type.Optional(Type.String()),
  });
  const tools = [{ type: "function", function: { name: "get_weather", parameters: schema } }];

  test("calls the first tool with arguments that satisfy its schema and leaves optional ones out", async () => {
    const whole = (await (await ask({ model: "tools", tools, ...hello })).json()) as {
      choices: {
        finish_reason: string;
        message: { content: null; tool_calls: { function: { name: string; arguments: string } }[] };
      }[];
    };
    const choice = whole.choices[0]!;
    expect(choice.finish_reason).toBe("tool_calls");
    expect(choice.message.content).toBeNull();
    const call = choice.message.tool_calls[0]!.function;
    const arguments_ = JSON.parse(call.arguments) as unknown;
    expect(call.name).toBe("get_weather");
    expect(Value.Check(schema, arguments_)).toBe(true);
    expect(arguments_).not.toHaveProperty("optional");
  });

  test("a streamed call is put together by OpenAI's own client to the same arguments", async () => {
    const parameters = {
      type: "object",
      properties: { a: { $ref: "#/$defs/point" } },
      required: ["a"],
      $defs: { point: { allOf: [{ type: "object", properties: { x: { type: "integer" } }, required: ["x"] }] } },
    };
    const stream = client.chat.completions.stream({
      model: "tools",
      messages: [{ role: "user", content: "go" }],
      tools: [{ type: "function", function: { name: "plot", parameters } }],
    });
    const final = await stream.finalChatCompletion();
    const call = final.choices[0]?.message.tool_calls?.[0];
    expect(call).toMatchObject({ type: "function", function: { name: "plot", arguments: '{"a":{"x":1}}' } });
    expect(final.choices[0]?.finish_reason).toBe("tool_calls");
  });

  test("a schema that refers to itself ends", async () => {
    const parameters = { type: "object", properties: { child: { $ref: "#" } }, required: ["child"] };
    const response = await ask({
      model: "tools",
      tools: [{ type: "function", function: { name: "tree", parameters } }],
      ...hello,
    });
    expect(response.status).toBe(200);
  });

  test("a named tool_choice is followed, none is respected, a tool result is reported, no tools is said", async () => {
    const two = [...tools, { type: "function", function: { name: "second" } }];
    const named = await (
      await ask({
        model: "tools",
        tools: two,
        tool_choice: { type: "function", function: { name: "second" } },
        ...hello,
      })
    ).json();
    expect(named).toMatchObject({
      choices: [{ message: { tool_calls: [{ function: { name: "second", arguments: "{}" } }] } }],
    });
    const none = await (await ask({ model: "tools", tools, tool_choice: "none", ...hello })).json();
    expect(none).toMatchObject({ choices: [{ finish_reason: "stop" }] });
    const result = { role: "tool", tool_call_id: "call_1", content: "21 degrees" };
    const after = await (await ask({ model: "tools", tools, messages: [...hello.messages, result] })).json();
    expect(after).toMatchObject({
      choices: [{ message: { content: "The tool answered: 21 degrees" }, finish_reason: "stop" }],
    });
    const without = await (await ask({ model: "tools", ...hello })).text();
    expect(without).toContain("No tools were offered");
  });
});

describe("failing models", () => {
  const statuses = [400, 401, 404, 429, 500, 503];

  test.each(statuses)("error-%d answers that status with OpenAI's error body", async (status) => {
    const response = await ask({ model: `error-${status}`, stream: true, ...hello });
    expect(response.status).toBe(status);
    expect(response.headers.get("retry-after")).toBe(status === 429 ? "2" : null);
    expect(Object.keys(((await response.json()) as { error: object }).error).sort()).toEqual([
      "code",
      "message",
      "param",
      "type",
    ]);
  });

  test("error-timeout answers only when aborted", async () => {
    const abort = new AbortController();
    const pending = ask({ model: "error-timeout", ...hello }, abort.signal);
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
  });

  test("error-midstream sends some text, then the body breaks like a lost connection", async () => {
    const response = await ask({ model: "error-midstream", stream: true, ...hello });
    const reader = response.body!.getReader();
    const received: string[] = [];
    const reading = (async () => {
      for (;;) received.push(new TextDecoder().decode((await reader.read()).value));
    })();
    await expect(reading).rejects.toMatchObject({ code: "ECONNRESET" });
    expect(received.join("")).toContain('"content":"This "');
    expect(received.join("")).not.toContain("[DONE]");
  });

  test("error-truncated ends cleanly without a finish reason, and a whole reply without its second half", async () => {
    const { chunks, done } = await chunksOf(await ask({ model: "error-truncated", stream: true, ...hello }));
    expect(done).toBe(false);
    expect(chunks.length).toBeGreaterThan(1);
    expect(chunks.every((chunk) => chunk.choices[0]?.finish_reason === null)).toBe(true);
    const half = await (await ask({ model: "error-truncated", ...hello })).text();
    expect(() => JSON.parse(half)).toThrow(SyntaxError);
  });

  test("error-html and error-inside fail under status 200", async () => {
    const page = await ask({ model: "error-html", ...hello });
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const inside = await ask({ model: "error-inside", ...hello });
    expect(inside.status).toBe(200);
    expect(await inside.json()).toHaveProperty("error.message");
    const streamed = await ask({ model: "error-inside", stream: true, ...hello });
    expect(streamed.headers.get("content-type")).toContain("text/event-stream");
    expect(await streamed.text()).toStartWith('data: {"error":');
  });
});

describe("requests that cannot be meant", () => {
  const bad: [string, Body | string, number, string | null][] = [
    ["text that is not JSON", "{", 400, null],
    ["no model", hello, 400, "model"],
    ["no messages", { model: "echo" }, 400, "messages"],
    ["an unknown model", { model: "toString", ...hello }, 404, "model"],
  ];

  test.each(bad)("%s is refused naming the field", async (_name, body, status, param) => {
    const response = await ask(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { param } });
  });

  test("another path is not found", async () => {
    expect((await handle(new Request("http://demo.invalid/v1/files", { method: "POST", body: "{}" }))).status).toBe(
      404,
    );
  });
});

test("the listing names every model, at the path and in the shape of the row", async () => {
  const listing = await client.models.list();
  expect(listing.data.map((model) => model.id)).toEqual([...demoModels]);
  expect(demoModels.slice(0, 4)).toEqual(["echo", "story", "tools", "reasoning"]);
  expect(demoRow.models).toEqual({ path: "/models", shape: "openai" });
});
