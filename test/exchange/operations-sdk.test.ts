// OpenAI's own client against every endpoint that is not chat, whole and streamed; what the host was sent and what came back.
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import OpenAI, { toFile } from "openai";
import { corpusRoot } from "../support/corpus.ts";
import { jsonReply, type SeenRequest, type Step } from "../support/fake-upstream.ts";
import { credential, type Gateway, openGateway, openModelHost } from "../support/gateway.ts";

const clientOf = (gateway: Gateway) => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "client", maxRetries: 0 });

async function withHost<T>(reply: readonly Step[], use: (client: OpenAI, gateway: Gateway) => Promise<T>) {
  await using host = await openModelHost(reply);
  await using gateway = await openGateway({ hosts: { OPENAI: { url: `${host.url}/v1` } } });
  const result = await use(clientOf(gateway), gateway);
  const [request] = host.calls as [SeenRequest];
  expect(request.header("authorization")).toBe(`Bearer ${credential}`);
  const [settled] = await gateway.settled(1);
  expect(host.calls).toHaveLength(1);
  return { result, request, settled };
}

/** The parts of the form that a host was sent, as any reader of forms sees them. */
async function partsOf(request: SeenRequest): Promise<[string, string][]> {
  const headers = { "content-type": request.header("content-type") ?? "" };
  const form = (await new Response(request.body, { headers }).formData()) as FormData;
  const parts: [string, string | File][] = [];
  form.forEach((value, name) => void parts.push([name, value as string | File]));
  return await Promise.all(
    parts.map(
      async ([name, value]): Promise<[string, string]> => [
        name,
        typeof value === "string" ? value : `${value.name}: ${await value.text()}`,
      ],
    ),
  );
}

const events = (...data: readonly object[]): Step[] => [
  { head: { headers: [["content-type", "text/event-stream"]] } },
  ...data.map((event) => ({ write: `data: ${JSON.stringify(event)}\n\n` })),
  { end: "complete" },
];

test("embeddings arrive as numbers, and tokens and dimensions pass", async () => {
  const reply = JSON.parse(readFileSync(join(corpusRoot, "other/openai/openai-embedding.json"), "utf8"));
  const { result, request, settled } = await withHost(jsonReply(reply), (client) =>
    client.embeddings.create({
      model: "openai/text-embedding-3-small",
      input: [
        [1, 2],
        [3, 4],
      ],
      dimensions: 5,
      encoding_format: "float",
    }),
  );
  expect(request.target).toBe("/v1/embeddings");
  expect(request.json()).toEqual({
    model: "text-embedding-3-small",
    input: [
      [1, 2],
      [3, 4],
    ],
    dimensions: 5,
    encoding_format: "float",
  });
  expect(result.data[1]?.embedding[0]).toBe(-0.037104916);
  expect(settled).toMatchObject({
    endpoint: "embeddings",
    input_tokens: 12,
    translation: "native",
    outcome: "complete",
  });
});

test("embeddings in base64, which the client asks for by itself, pass as they are", async () => {
  const base64 = Buffer.from(new Float32Array([0.5, -2]).buffer).toString("base64");
  const reply = { object: "list", data: [{ object: "embedding", index: 0, embedding: base64 }], model: "m" };
  const { result, request } = await withHost(jsonReply(reply), (client) =>
    client.embeddings.create({ model: "openai/m", input: "hello" }),
  );
  expect(request.json()).toMatchObject({ encoding_format: "base64" });
  expect(result.data[0]?.embedding).toEqual([0.5, -2]);
});

test("images are made whole, and in parts", async () => {
  const reply = {
    created: 1,
    data: [{ b64_json: "aGk=" }],
    usage: { input_tokens: 5, output_tokens: 9, total_tokens: 14 },
  };
  const whole = await withHost(jsonReply(reply), (client) =>
    client.images.generate({ model: "openai/gpt-image-1", prompt: "an otter" }),
  );
  expect(whole.request.target).toBe("/v1/images/generations");
  expect(whole.result.data?.[0]?.b64_json).toBe("aGk=");
  expect(whole.settled).toMatchObject({ input_tokens: 5, output_tokens: 9 });

  const partial = { type: "image_generation.partial_image", b64_json: "cGFydA==", partial_image_index: 0 };
  const completed = { type: "image_generation.completed", b64_json: "aGk=", usage: reply.usage };
  const streamed = await withHost(events(partial, completed), async (client) => {
    const stream = await client.images.generate({ model: "openai/gpt-image-1", prompt: "an otter", stream: true });
    const seen: string[] = [];
    for await (const event of stream) seen.push(event.type);
    return seen;
  });
  expect(streamed.result).toEqual(["image_generation.partial_image", "image_generation.completed"]);
  expect(streamed.settled).toMatchObject({ stream: true, outcome: "complete", output_tokens: 9 });
});

test("images are edited and varied in forms whose files come first", async () => {
  const reply = { created: 1, data: [{ b64_json: "aGk=" }] };
  const image = await toFile(Buffer.from("PNG"), "otter.png", { type: "image/png" });
  const edit = await withHost(jsonReply(reply), (client) =>
    client.images.edit({ image, prompt: "a hat", model: "openai/gpt-image-1" }),
  );
  expect(edit.request.target).toBe("/v1/images/edits");
  expect((await partsOf(edit.request)).sort()).toEqual([
    ["image", "otter.png: PNG"],
    ["model", "gpt-image-1"],
    ["prompt", "a hat"],
  ]);
  const variation = await withHost(jsonReply(reply), (client) => client.images.createVariation({ image, n: 2 }));
  expect(variation.request.target).toBe("/v1/images/variations");
  expect(await partsOf(variation.request)).toContainEqual(["n", "2"]);
});

test("speech passes as the bytes that it is, under its own type", async () => {
  const audio = new Uint8Array(100_000).map((_, index) => index % 256);
  const steps: Step[] = [
    {
      head: {
        headers: [
          ["content-type", "audio/mpeg"],
          ["set-cookie", "a=b"],
        ],
      },
    },
    { write: audio.subarray(0, 10) },
    { write: audio.subarray(10) },
    { end: "complete" },
  ];
  const { result, request } = await withHost(steps, async (client) => {
    const response = await client.audio.speech.create({ model: "openai/tts-1", voice: "alloy", input: "hello" });
    expect(response.headers.get("content-type")).toBe("audio/mpeg");
    expect(response.headers.get("set-cookie")).toBeNull();
    expect(response.headers.get("x-sluice-provider")).toBe("openai");
    return new Uint8Array(await response.arrayBuffer());
  });
  expect(request.json()).toEqual({ model: "tts-1", voice: "alloy", input: "hello" });
  expect(result).toEqual(audio);
});

test("speech streams as events where it is asked to, and its usage is read", async () => {
  const delta = { type: "speech.audio.delta", audio: "aGk=" };
  const done = { type: "speech.audio.done", usage: { input_tokens: 3, output_tokens: 7, total_tokens: 10 } };
  const { result, settled } = await withHost(events(delta, done), async (client) => {
    const response = await client.audio.speech.create({
      model: "openai/gpt-4o-mini-tts",
      voice: "alloy",
      input: "hello",
      stream_format: "sse",
    });
    return await response.text();
  });
  expect(result).toBe(`data: ${JSON.stringify(delta)}\n\ndata: ${JSON.stringify(done)}\n\n`);
  expect(settled).toMatchObject({ stream: true, input_tokens: 3, output_tokens: 7 });
});

test("audio is transcribed whole, as text, and as events", async () => {
  const file = () => toFile(Buffer.from("RIFF"), "a.wav", { type: "audio/wav" });
  const whole = await withHost(jsonReply({ text: "hello", usage: { type: "duration", seconds: 9 } }), async (client) =>
    client.audio.transcriptions.create({ model: "openai/whisper-1", file: await file() }),
  );
  expect(whole.result.text).toBe("hello");
  expect((await partsOf(whole.request)).sort()).toEqual([
    ["file", "a.wav: RIFF"],
    ["model", "whisper-1"],
  ]);
  expect(whole.settled).toMatchObject({ endpoint: "audio/transcriptions", input_audio_seconds: 9, model: "whisper-1" });

  const srt = "1\n00:00:00,000 --> 00:00:01,000\nhello\n";
  const text: Step[] = [{ head: { headers: [["content-type", "text/plain"]] } }, { write: srt }, { end: "complete" }];
  const plain = await withHost(text, async (client) =>
    client.audio.transcriptions.create({ model: "openai/whisper-1", file: await file(), response_format: "srt" }),
  );
  expect(plain.result as unknown).toBe(srt);

  const delta = { type: "transcript.text.delta", delta: "hel" };
  const done = {
    type: "transcript.text.done",
    text: "hello",
    usage: {
      type: "tokens",
      input_tokens: 4,
      output_tokens: 2,
      total_tokens: 6,
      input_token_details: { audio_tokens: 3 },
    },
  };
  const streamed = await withHost(events(delta, done), async (client) => {
    const stream = await client.audio.transcriptions.create({
      model: "openai/gpt-4o-transcribe",
      file: await file(),
      stream: true,
    });
    const seen: string[] = [];
    for await (const event of stream) seen.push(event.type);
    return seen;
  });
  expect(streamed.result).toEqual(["transcript.text.delta", "transcript.text.done"]);
  expect(streamed.settled).toMatchObject({ stream: true, input_tokens: 4, output_tokens: 2, outcome: "complete" });
});

test("audio is translated, and text classified", async () => {
  const spoken = await withHost(jsonReply({ text: "hello" }), async (client) =>
    client.audio.translations.create({ model: "openai/whisper-1", file: await toFile(Buffer.from("RIFF"), "a.wav") }),
  );
  expect(spoken.request.target).toBe("/v1/audio/translations");
  const verdict = { id: "modr-1", model: "omni", results: [{ flagged: true, categories: {}, category_scores: {} }] };
  const moderated = await withHost(jsonReply(verdict), (client) => client.moderations.create({ input: "kill" }));
  expect(moderated.request.target).toBe("/v1/moderations");
  // No model was named, and none is made up.
  expect(moderated.request.json()).toEqual({ input: "kill" });
  expect(moderated.result.results[0]?.flagged).toBe(true);
});

test("a host's refusal reaches the client with its status, code and field", async () => {
  const steps: Step[] = [
    { head: { status: 400, headers: [["content-type", "application/json"]] } },
    {
      write: JSON.stringify({
        error: { message: "bad voice", type: "invalid_request_error", param: "voice", code: "x" },
      }),
    },
    { end: "complete" },
  ];
  await withHost(steps, async (client) => {
    const failing = client.audio.speech.create({ model: "openai/tts-1", voice: "nobody", input: "a" });
    const error = (await failing.catch((cause: unknown) => cause)) as InstanceType<typeof OpenAI.APIError>;
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect([error.status, error.param, error.code]).toEqual([400, "voice", "x"]);
  });
});

test("a stream of events that breaks off ends with an error, never as if it were whole", async () => {
  const delta = { type: "transcript.text.delta", delta: "hel" };
  const { settled } = await withHost(events(delta), async (client) => {
    const stream = await client.audio.transcriptions.create({
      model: "openai/gpt-4o-transcribe",
      file: await toFile(Buffer.from("RIFF"), "a.wav"),
      stream: true,
    });
    const read = async () => {
      for await (const _ of stream);
    };
    expect(read()).rejects.toThrow("ended its reply before it was complete");
    await read().catch(() => {});
  });
  expect(settled).toMatchObject({ outcome: "error", error: "upstream_truncated" });
});
