// The mock provider: every recording comes back as its provider sent it, and every fault does what its name says.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Mock, openMock } from "../../src/providers/mock.ts";
import { faultNames, readDurationMs, readFault } from "../../src/providers/mock-faults.ts";
import { type MockDialectId, mockDialects } from "../../src/providers/mock-wire.ts";
import { corpusRoot, payloads, type Recording, readText, streams, wholeReplies, wireText } from "../support/corpus.ts";

const mock = openMock({ directory: corpusRoot });

type Ask = {
  dialect: MockDialectId;
  model: string;
  stream?: boolean;
  headers?: { [name: string]: string };
  from?: Mock;
  signal?: AbortSignal;
};

function ask({ dialect, model, stream = false, headers = {}, from = mock, signal }: Ask): Promise<Response> {
  const path = {
    "openai-chat": "/v1/chat/completions",
    "anthropic-messages": "/v1/messages",
    gemini: `/v1beta/models/${encodeURIComponent(model)}:${stream ? "streamGenerateContent?alt=sse" : "generateContent"}`,
  }[dialect];
  const body = JSON.stringify(dialect === "gemini" ? { contents: [] } : { model, stream });
  return from.handle(new Request(`http://mock.test${path}`, { method: "POST", body, headers, signal: signal ?? null }));
}

const everyStream = mockDialects.flatMap((dialect) => streams(dialect).map((recording) => ({ dialect, recording })));
const everyWhole = mockDialects.flatMap((dialect) =>
  wholeReplies(dialect).map((recording) => ({ dialect, recording })),
);

describe("recordings", () => {
  test("every stream comes back as its provider sent it", async () => {
    for (const { dialect, recording } of everyStream) {
      const response = await ask({ dialect, model: recording.name, stream: true });
      expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
      expect(await response.text()).toBe(wireText(recording));
    }
  });

  test("every whole reply comes back as its provider sent it", async () => {
    for (const { dialect, recording } of everyWhole) {
      const response = await ask({ dialect, model: recording.name });
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(await response.text()).toBe(readText(recording));
    }
  });

  test("pieces of any size, also single bytes, carry the same bytes", async () => {
    const recording = multibyteStream();
    for (const chunkBytes of [1, 2, 3, 1000]) {
      const from = openMock({ directory: corpusRoot, chunkBytes });
      const response = await ask({ dialect: "openai-chat", model: recording.name, stream: true, from });
      const sizes: number[] = [];
      const bytes: Uint8Array[] = [];
      for await (const piece of response.body!) {
        sizes.push(piece.length);
        bytes.push(piece);
      }
      expect(Buffer.concat(bytes).toString()).toBe(wireText(recording));
      expect(new Set(sizes.slice(0, -1))).toEqual(new Set([chunkBytes]));
    }
  });

  test("a short name finds the case, an unknown one gets the first with the form asked for, or the case of the options", async () => {
    const short = await ask({ dialect: "openai-chat", model: "openai-text" });
    expect(await short.text()).toBe(readText(named(wholeReplies("openai-chat"), "openai/openai-text")));
    const first = await ask({ dialect: "gemini", model: "gemini-next", stream: true });
    expect(await first.text()).toBe(wireText(named(streams("gemini"), "google/google-reasoning")));
    const from = openMock({ directory: corpusRoot, caseName: "xai-text" });
    const chosen = await ask({ dialect: "openai-chat", model: "gpt-next", stream: true, from });
    expect(await chosen.text()).toContain('"model":"grok');
  });

  test("a case that has no stream is served whole to a stream request", async () => {
    const response = await ask({ dialect: "openai-chat", model: "recorded-openai/chat_json_mode", stream: true });
    expect(response.headers.get("content-type")).toBe("application/json");
  });

  test("without alt=sse Gemini streams a JSON array", async () => {
    const recording = named(streams("gemini"), "google/google-reasoning");
    const request = new Request("http://mock.test/v1beta/models/google-reasoning:streamGenerateContent", {
      method: "POST",
      body: "{}",
    });
    const values = (await (await mock.handle(request)).json()) as unknown[];
    expect(values).toEqual(payloads(recording).map((line) => JSON.parse(line) as unknown));
  });

  test("the pace is a pause before every frame but the first", async () => {
    const waits: number[] = [];
    const from = openMock({
      directory: corpusRoot,
      paceMs: 20,
      wait: async (durationMs) => void waits.push(durationMs),
    });
    const recording = named(streams("openai-chat"), "openai/openai-text");
    await (await ask({ dialect: "openai-chat", model: recording.name, stream: true, from })).text();
    expect(waits).toEqual(payloads(recording).map(() => 20));
  });
});

function named(recordings: Recording[], name: string): Recording {
  return recordings.find((recording) => recording.name === name)!;
}

function multibyteStream(): Recording {
  return streams("openai-chat").find(
    (recording) => Buffer.byteLength(wireText(recording)) > wireText(recording).length,
  )!;
}

describe("one dialect in a folder of its own", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "sluice-mock-"));
    cpSync(join(corpusRoot, "gemini/google/google-reasoning.json"), join(folder, "plain.json"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("cases lie in the folder itself when the dialect is named", async () => {
    const from = openMock({ directory: folder, dialect: "gemini" });
    expect((await ask({ dialect: "gemini", model: "plain", from })).status).toBe(200);
    expect((await ask({ dialect: "openai-chat", model: "plain", from })).status).toBe(404);
  });

  test("what cannot be opened says why", () => {
    expect(() => openMock({ directory: folder })).toThrow("name the dialect");
    expect(() => openMock({ directory: join(folder, "none") })).toThrow("there is no folder");
    expect(() => openMock({ directory: folder, dialect: "gemini", caseName: "x" })).toThrow('no case "x"');
    expect(() => openMock({ directory: folder, dialect: "gemini", fault: "explode" })).toThrow(
      'unknown fault "explode"',
    );
  });
});

const textFrames = wireText(named(streams("openai-chat"), "openai/openai-text")).split(/(?<=\n\n)/);

function faulty(fault: string, dialect: MockDialectId = "openai-chat"): Promise<Response> {
  const model = {
    "openai-chat": "openai-text",
    "anthropic-messages": "anthropic-tool-no-args",
    gemini: "google-reasoning",
  }[dialect];
  return ask({ dialect, model: `${model}!${fault}`, stream: true });
}

/** What arrives before the body ends, breaks or falls silent. */
async function received(response: Response, reads: number) {
  const reader = response.body!.getReader();
  const texts: string[] = [];
  while (texts.length < reads) texts.push(new TextDecoder().decode((await reader.read()).value));
  return { texts, reader };
}

describe("faults", () => {
  test.each(["status-429", "status-529", "status-418"])(
    "%s answers that status with the dialect's error and retry-after",
    async (fault) => {
      const response = await faulty(`${fault}=7`, "anthropic-messages");
      expect([response.status, response.headers.get("retry-after")]).toEqual([Number(fault.slice(7)), "7"]);
      expect(await response.json()).toMatchObject({ type: "error", error: { type: expect.any(String) } });
    },
  );

  test("html and error-in-200 fail under status 200", async () => {
    const page = await faulty("html");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    const inside = await faulty("error-in-200", "gemini");
    expect([inside.status, Object.keys((await inside.json()) as object)]).toEqual([200, ["error"]]);
  });

  test("error-first sends an error frame alone, error-later one after k good frames", async () => {
    expect(await (await faulty("error-first")).text()).toMatch(/^data: \{"error":\{.*\}\n\n$/);
    expect(await (await faulty("error-first", "anthropic-messages")).text()).toMatch(
      /^event: error\ndata: \{"type":"error",.*\}\n\n$/,
    );
    const later = (await (await faulty("error-later@3")).text()).split(/(?<=\n\n)/);
    expect(later.slice(0, 3)).toEqual(textFrames.slice(0, 3));
    expect(later.slice(3)).toEqual([expect.stringMatching(/^data: \{"error":/)]);
  });

  test("truncate ends cleanly after k frames", async () => {
    expect(await (await faulty("truncate@4")).text()).toBe(textFrames.slice(0, 4).join(""));
  });

  test("reset breaks the body after k frames", async () => {
    const { texts, reader } = await received(await faulty("reset@2"), 2);
    expect(texts).toEqual(textFrames.slice(0, 2));
    await expect(reader.read()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  test("stall falls silent after k frames until the reader leaves", async () => {
    const { texts, reader } = await received(await faulty("stall@2"), 2);
    expect(texts).toEqual(textFrames.slice(0, 2));
    const silence = reader.read();
    await reader.cancel();
    expect(await silence).toEqual({ done: true, value: undefined });
  });

  test("stall-headers never answers until the request is aborted", async () => {
    const abort = new AbortController();
    const pending = ask({ dialect: "openai-chat", model: "!stall-headers", signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(pending).rejects.toThrow("enough");
  });

  test.each(mockDialects)("malformed breaks the JSON of one frame and nothing else (%s)", async (dialect) => {
    const parses = (line: string) => {
      try {
        return line === "[DONE]" || typeof JSON.parse(line) === "object";
      } catch {
        return false;
      }
    };
    const text = await (await faulty("malformed@1", dialect)).text();
    const lines = text.split(/\r?\n/).filter((line) => line.startsWith("data: "));
    expect(lines.map((line) => parses(line.slice(6))).flatMap((good, index) => (good ? [] : [index]))).toEqual([1]);
  });

  test("heartbeat-only goes on with heartbeats, and endless-line with one line", async () => {
    const waits: number[] = [];
    const from = openMock({ directory: corpusRoot, wait: async (durationMs) => void waits.push(durationMs) });
    const beats = await received(
      await ask({ dialect: "openai-chat", model: "!heartbeat-only", stream: true, from }),
      3,
    );
    expect(beats.texts).toEqual([": keep-alive\n\n", ": keep-alive\n\n", ": keep-alive\n\n"]);
    expect(waits).toEqual([1000, 1000]);
    await beats.reader.cancel();
    const line = await received(await faulty("endless-line"), 50);
    expect(line.texts.join("").length).toBeGreaterThan(3_000_000);
    expect(line.texts.join("")).not.toContain("\n");
    await line.reader.cancel();
  });

  test("one-byte sends single bytes", async () => {
    const { texts, reader } = await received(await faulty("one-byte"), 6);
    expect(texts).toEqual([..."data: "]);
    await reader.cancel();
  });

  test("json-for-stream and stream-for-whole send the other form", async () => {
    const json = await faulty("json-for-stream");
    expect(await json.text()).toBe(readText(named(wholeReplies("openai-chat"), "openai/openai-text")));
    const stream = await ask({ dialect: "openai-chat", model: "openai-text!stream-for-whole" });
    expect(await stream.text()).toBe(textFrames.join(""));
  });

  test("slow-first waits before the first frame only", async () => {
    const waits: number[] = [];
    const from = openMock({
      directory: corpusRoot,
      fault: "slow-first=60s",
      wait: async (durationMs) => void waits.push(durationMs),
    });
    expect(await (await ask({ dialect: "openai-chat", model: "openai-text", stream: true, from })).text()).toBe(
      textFrames.join(""),
    );
    expect(waits).toEqual([60_000]);
  });

  test("a whole reply is cut in its middle", async () => {
    const cut = await (await ask({ dialect: "openai-chat", model: "openai-text!truncate" })).text();
    expect(readText(named(wholeReplies("openai-chat"), "openai/openai-text"))).toStartWith(cut);
    expect(() => JSON.parse(cut)).toThrow(SyntaxError);
  });

  test("headers ask for case and fault too, and an unknown fault is the client's mistake", async () => {
    const headers = { "x-mock-case": "openai-text", "x-mock-fault": "truncate@2" };
    const response = await ask({ dialect: "openai-chat", model: "whatever", stream: true, headers });
    expect(await response.text()).toBe(textFrames.slice(0, 2).join(""));
    const unknown = await faulty("explode");
    expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining("known: status-NNN")]);
  });

  test("every name in the list can be asked for", () => {
    for (const name of faultNames) expect(readFault(name.replace("NNN", "500")).name).toBe(name.replace("NNN", "500"));
    expect(() => readFault("status-999")).toThrow("unknown fault");
    expect([readDurationMs("20ms"), readDurationMs("1.5s"), readDurationMs("2m"), readDurationMs("7")]).toEqual([
      20, 1500, 120_000, 7,
    ]);
    expect(() => readDurationMs("soon")).toThrow("is not a duration");
  });
});

describe("requests and listings", () => {
  test.each([
    ["openai-chat", "/v1/chat/completions", "{", "error.message"],
    ["anthropic-messages", "/v1/messages", "{}", "error.message"],
    ["gemini", "/v1beta/models/x:generateContent", "[]", "error.status"],
  ])("a body that cannot be meant is 400 in the words of %s", async (_dialect, path, body, property) => {
    const response = await mock.handle(new Request(`http://mock.test${path}`, { method: "POST", body }));
    expect(response.status).toBe(400);
    expect(await response.json()).toHaveProperty(property);
  });

  test("paths need no version prefix, and an unknown one is 404", async () => {
    const body = JSON.stringify({ model: "openai-text" });
    expect((await mock.handle(new Request("http://mock.test/chat/completions", { method: "POST", body }))).status).toBe(
      200,
    );
    expect((await mock.handle(new Request("http://mock.test/v1/other", { method: "POST", body }))).status).toBe(404);
  });

  test("/requests shows what was sent, credentials masked", async () => {
    const from = openMock({ directory: corpusRoot });
    await ask({
      dialect: "openai-chat",
      model: "openai-text",
      from,
      headers: { authorization: "Bearer sk-secret", "x-own": "kept" },
    });
    await from.handle(
      new Request("http://mock.test/v1beta/models?key=sk-secret", { headers: { "x-goog-api-key": "sk-secret" } }),
    );
    const text = await (await from.handle(new Request("http://mock.test/requests"))).text();
    expect(text).not.toContain("sk-secret");
    expect(JSON.parse(text)).toMatchObject({
      requests: [
        {
          method: "POST",
          path: "/v1/chat/completions",
          headers: { authorization: "Bearer ***", "x-own": "kept" },
          body: { model: "openai-text" },
        },
        { method: "GET", path: "/v1beta/models?key=***", headers: { "x-goog-api-key": "***" } },
      ],
    });
  });

  test("/requests keeps the last 100", async () => {
    const from = openMock({ directory: corpusRoot });
    for (let index = 0; index < 103; index++) await from.handle(new Request(`http://mock.test/v1/models?n=${index}`));
    expect(from.received().map((request) => request.path)).toEqual(
      Array.from({ length: 100 }, (_, index) => `/v1/models?n=${index + 3}`),
    );
  });

  test("X42 the listing has the shape that the caller's headers ask for", async () => {
    const list = async (headers: { [name: string]: string }) =>
      (await mock.handle(new Request("http://mock.test/v1/models", { headers }))).json();
    expect(await list({})).toMatchObject({
      object: "list",
      data: expect.arrayContaining([expect.objectContaining({ id: "openai/openai-text", object: "model" })]),
    });
    expect(await list({ "anthropic-version": "2023-06-01" })).toMatchObject({
      has_more: false,
      data: expect.arrayContaining([expect.objectContaining({ type: "model" })]),
    });
    expect(await list({ "x-goog-api-key": "k" })).toMatchObject({
      models: expect.arrayContaining([expect.objectContaining({ name: "models/google/google-reasoning" })]),
    });
  });
});
