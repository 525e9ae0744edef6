// Speech and transcription at hosts with a form of their own: what is carried, what is refused, and what comes back.
import { describe, expect, test } from "bun:test";
import { jsonReply, type Step } from "../support/fake-upstream.ts";
import { openGateway, openModelHost } from "../support/gateway.ts";

type Host = "ELEVENLABS" | "MINIMAX" | "XIAOMI" | "GEMINI" | "COHERE";

async function ask(host: Host, reply: readonly Step[], path: string, body: object | FormData) {
  await using provider = await openModelHost(reply);
  await using gateway = await openGateway({
    hosts: { [host]: provider },
    arguments: ["--resilience-retry-max-retries", "0"],
  });
  const model = `${host.toLowerCase()}/m`;
  if (body instanceof FormData) body.append("model", model);
  const sent = body instanceof FormData ? body : JSON.stringify({ model, ...body });
  const response = await fetch(gateway.url + path, { method: "POST", body: sent });
  const [call] = provider.calls;
  const [settled] = await gateway.settled(1);
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    lost: response.headers.get("x-sluice-lost"),
    bytes: new Uint8Array(await response.arrayBuffer()),
    call,
    settled,
  };
}

const speak = (host: Host, reply: readonly Step[], body: object) => ask(host, reply, "/v1/audio/speech", body);
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const param = (bytes: Uint8Array) => (JSON.parse(text(bytes)) as { error: { param: string } }).error.param;

const audio = [1, 2, 3, 255];
const spoken: Step[] = [
  { head: { headers: [["content-type", "application/octet-stream"]] } },
  { write: new Uint8Array(audio) },
  { end: "complete" },
];
// platform.minimax.io/docs/api-reference/speech-t2a-http (2026-08).
const minimax = (base: object, data: object | null = { audio: "010203ff", status: 2 }) =>
  jsonReply({ data, extra_info: { audio_length: 1500, usage_characters: 5 }, base_resp: base });

describe("speech at", () => {
  test("ElevenLabs: the voice in the path, the format in the query, the audio as it comes under its type", async () => {
    const { call, type, bytes, settled } = await speak("ELEVENLABS", spoken, {
      input: "hello",
      voice: "a/b",
      response_format: "opus",
      speed: 1.2,
    });
    expect(call?.target).toBe("/v1/text-to-speech/a%2Fb?output_format=opus_48000_128");
    expect(call?.json()).toEqual({ text: "hello", model_id: "m", voice_settings: { speed: 1.2 } });
    expect([type, ...bytes]).toEqual(["audio/ogg", ...audio]);
    expect(settled).toMatchObject({ translation: "exact", outcome: "complete" });
  });

  test("MiniMax: hexadecimal audio becomes bytes, characters and seconds are counted", async () => {
    const { call, type, bytes, settled } = await speak("MINIMAX", minimax({ status_code: 0 }), {
      input: "hello",
      voice: "v",
    });
    expect(call?.target).toBe("/v1/t2a_v2");
    expect(call?.json()).toEqual({
      model: "m",
      text: "hello",
      stream: false,
      output_format: "hex",
      voice_setting: { voice_id: "v", speed: 1 },
      audio_setting: { format: "mp3" },
    });
    expect([type, ...bytes]).toEqual(["audio/mpeg", ...audio]);
    expect(settled).toMatchObject({ input_characters: 5, output_audio_seconds: 1.5 });
  });

  test("MiniMax: failures under status 200 are failures", async () => {
    const limited = minimax({ status_code: 1002, status_msg: "rate limit" }, null);
    expect((await speak("MINIMAX", limited, { input: "a", voice: "v" })).status).toBe(429);
    const empty = minimax({ status_code: 0 }, { audio: "zz", status: 2 });
    expect((await speak("MINIMAX", empty, { input: "a", voice: "v" })).status).toBe(502);
  });

  // platform.xiaomimimo.com/docs/en-US/usage-guide/speech-synthesis-v2.5 (2026-08).
  test("Xiaomi: a chat whose assistant says the text, and whose user says how", async () => {
    const reply = jsonReply({
      choices: [{ message: { role: "assistant", audio: { data: Buffer.from(audio).toString("base64") } } }],
      usage: { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 },
    });
    const { call, type, bytes, settled, lost } = await speak("XIAOMI", reply, {
      input: "hello",
      voice: "mimo_default",
      instructions: "softly",
    });
    expect(call?.target).toBe("/v1/chat/completions");
    expect(call?.json()).toEqual({
      model: "m",
      messages: [
        { role: "user", content: "softly" },
        { role: "assistant", content: "hello" },
      ],
      audio: { format: "wav", voice: "mimo_default" },
    });
    expect([type, ...bytes]).toEqual(["audio/wav", ...audio]);
    expect(settled).toMatchObject({ input_tokens: 3, output_tokens: 4 });
    // mp3 is what a client expects that names no format.
    expect(lost).toBe("response_format");
  });

  // ai.google.dev/gemini-api/docs/speech-generation (2026-08).
  test("Gemini: raw samples get the header that tells their rate", async () => {
    const inlineData = { mimeType: "audio/L16;codec=pcm;rate=16000", data: Buffer.from(audio).toString("base64") };
    const reply = jsonReply({
      candidates: [{ content: { parts: [{ inlineData }] } }],
      usageMetadata: { promptTokenCount: 2, candidatesTokenCount: 30, totalTokenCount: 32 },
    });
    const { bytes, type, settled } = await speak("GEMINI", reply, {
      input: "hello",
      voice: "Kore",
      response_format: "wav",
    });
    const wav = Buffer.from(bytes);
    expect(type).toBe("audio/wav");
    expect([wav.toString("latin1", 0, 4), wav.toString("latin1", 8, 16)]).toEqual(["RIFF", "WAVEfmt "]);
    expect([wav.readUInt32LE(4), wav.readUInt32LE(24), wav.readUInt32LE(40)]).toEqual([40, 16_000, 4]);
    expect([...wav.subarray(44)]).toEqual(audio);
    expect(settled).toMatchObject({ output_tokens: 30 });
  });

  test.each([
    ["ELEVENLABS", { voice: "v", response_format: "flac" }, "response_format"],
    ["ELEVENLABS", { voice: "v", speed: 2 }, "speed"],
    ["ELEVENLABS", { voice: "v", instructions: "softly" }, "instructions"],
    ["ELEVENLABS", {}, "voice"],
    ["ELEVENLABS", { voice: "v", stream_format: "sse" }, "stream_format"],
    ["MINIMAX", { voice: "v", response_format: "opus" }, "response_format"],
    ["MINIMAX", {}, "voice"],
    ["XIAOMI", { response_format: "mp3" }, "response_format"],
    ["GEMINI", { response_format: "mp3" }, "response_format"],
    ["GEMINI", { input: " " }, "input"],
  ] as const)("%s refuses what it could not do: %j", async (host, body, field) => {
    const { status, bytes, call } = await speak(host, spoken, { input: "hello", ...body });
    expect([status, param(bytes), call]).toEqual([400, field, undefined]);
  });
});

function recording(fields: { [name: string]: string } = {}, name = "a.mp3"): FormData {
  const form = new FormData();
  form.append("file", new File([new Uint8Array([255, 0, 128, 7])], name, { type: "audio/mpeg" }));
  for (const [key, value] of Object.entries(fields)) form.append(key, value);
  return form;
}

const transcribe = (host: Host, reply: object, form: FormData) =>
  ask(host, jsonReply(reply), "/v1/audio/transcriptions", form);

describe("transcription by", () => {
  // elevenlabs.io/docs/api-reference/speech-to-text/convert (2026-08).
  test("ElevenLabs: words with their times, under OpenAI's names", async () => {
    const reply = {
      language_code: "en",
      text: "hi you",
      words: [
        { text: "hi", type: "word", start: 0, end: 0.5 },
        { text: " ", type: "spacing", start: 0.5, end: 0.6 },
        { text: "you", type: "word", start: 0.6, end: 1 },
      ],
    };
    const form = recording({ response_format: "verbose_json", language: "en", chunking_strategy: "auto" }, 'a"b.mp3');
    const { bytes, lost, call } = await transcribe("ELEVENLABS", reply, form);
    expect(JSON.parse(text(bytes))).toEqual({
      task: "transcribe",
      language: "en",
      duration: 1,
      text: "hi you",
      words: [
        { word: "hi", start: 0, end: 0.5 },
        { word: "you", start: 0.6, end: 1 },
      ],
    });
    expect(lost).toBe("chunking_strategy");
    const headers = { "content-type": call?.header("content-type") ?? "" };
    const sent = (await new Response(call?.body, { headers }).formData()) as FormData;
    expect([sent.get("model_id"), sent.get("language_code"), sent.get("timestamps_granularity")]).toEqual([
      "m",
      "en",
      "word",
    ]);
    const file = sent.get("file") as File;
    expect([...new Uint8Array(await file.arrayBuffer())]).toEqual([255, 0, 128, 7]);
  });

  test("Xiaomi and Gemini: the file stands in the message, and the text comes back as it was asked for", async () => {
    const chat = { choices: [{ message: { content: "hello" } }] };
    const xiaomi = await transcribe("XIAOMI", chat, recording({ response_format: "text", language: "zh" }));
    expect(xiaomi.call?.json()).toEqual({
      model: "m",
      asr_options: { language: "zh" },
      messages: [
        {
          role: "user",
          content: [{ type: "input_audio", input_audio: { data: "data:audio/mpeg;base64,/wCABw==" } }],
        },
      ],
    });
    expect([xiaomi.type, text(xiaomi.bytes)]).toEqual(["text/plain; charset=utf-8", "hello"]);

    const candidates = [{ content: { parts: [{ text: "thinking", thought: true }, { text: " hello\n" }] } }];
    const gemini = await transcribe("GEMINI", { candidates }, recording({ temperature: "0.2", prompt: 'a "name"' }));
    expect(gemini.call?.json()).toMatchObject({
      contents: [{ parts: [{ text: expect.stringContaining('a "name"') }, { inlineData: { data: "/wCABw==" } }] }],
      generationConfig: { temperature: 0.2 },
    });
    expect(JSON.parse(text(gemini.bytes))).toEqual({ text: "hello" });
  });

  test("Cohere: its own few fields pass, the others are told", async () => {
    const { call, lost, bytes } = await transcribe(
      "COHERE",
      { text: "hello" },
      recording({ language: "en", prompt: "x" }),
    );
    const sent = Buffer.from(call?.body ?? []).toString("latin1");
    expect([sent.includes('name="language"'), sent.includes('name="prompt"')]).toEqual([true, false]);
    expect([lost, text(bytes)]).toEqual(["prompt", '{"text":"hello"}']);
  });

  test.each([
    ["ELEVENLABS", { prompt: "x" }, "prompt"],
    ["ELEVENLABS", { response_format: "srt" }, "response_format"],
    ["XIAOMI", { response_format: "verbose_json" }, "response_format"],
    ["GEMINI", { stream: "true" }, "stream"],
    ["COHERE", {}, "language"],
  ] as const)("%s refuses what it could not do: %j", async (host, fields, field) => {
    const { status, bytes, call } = await transcribe(host, { text: "" }, recording(fields));
    expect([status, param(bytes), call]).toEqual([400, field, undefined]);
  });
});
