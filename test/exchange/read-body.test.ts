// Reading a client's body: what is refused, with which code, and what comes through untouched.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../src/core/errors.ts";
import { parseBody, type RequestBody, readJsonBody } from "../../src/exchange/read-body.ts";
import { Timers } from "../../src/exchange/timers.ts";
import { openFakeClock } from "../support/fake-clock.ts";

type Sent = { body?: string | ReadableStream<Uint8Array>; headers?: { [name: string]: string }; bytesMax?: number };

function reading({ body, headers = {}, bytesMax = 1000 }: Sent) {
  const clock = openFakeClock();
  const deadlines = new Timers(clock).open();
  const request = new Request("http://localhost/", { method: "POST", headers, ...(body !== undefined && { body }) });
  const result = readJsonBody(request, { bytesMax, deadlines }).then(
    (read): RequestBody | GatewayError => read,
    (cause: unknown) => {
      if (cause instanceof GatewayError) return cause;
      throw cause;
    },
  );
  return { clock, result };
}

/** A body without a length, whose bytes a test sends. */
function slowBody() {
  let sender!: ReadableStreamDefaultController<Uint8Array>;
  const state = { cancelled: false };
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      sender = controller;
    },
    cancel: () => {
      state.cancelled = true;
    },
  });
  return { body, state, send: (text: string) => sender.enqueue(Buffer.from(text)), end: () => sender.close(), sender };
}

async function failureOf(sent: Sent): Promise<GatewayError> {
  const result = await reading(sent).result;
  expect(result).toBeInstanceOf(GatewayError);
  return result as GatewayError;
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text);

describe("a body", () => {
  test("is read whole, with its bytes as they came and its members found", async () => {
    const text = '{ "model":"m" , "x":1.0}';
    const read = (await reading({ body: text }).result) as RequestBody;
    expect(Buffer.from(read.bytes).toString()).toBe(text);
    expect(read.json).toEqual({ model: "m", x: 1 });
    expect(read.top.map(({ key }) => key)).toEqual(["model", "x"]);
  });

  test("without a length is put together from its pieces, even inside a character", async () => {
    const { body, send, sender, end } = slowBody();
    const { result } = reading({ body });
    send('{"a":"');
    sender.enqueue(Uint8Array.of(0xc3));
    sender.enqueue(Uint8Array.of(0xa9));
    send('"}');
    end();
    expect(((await result) as RequestBody).json).toEqual({ a: "é" });
  });

  test("that is missing is no JSON", async () => {
    expect((await failureOf({})).message).toBe("invalid request body: not valid JSON");
  });

  test("may say that it is not encoded, in any spelling", async () => {
    for (const encoding of ["identity", "Identity"]) {
      expect(await reading({ body: "{}", headers: { "content-encoding": encoding } }).result).toHaveProperty(
        "json",
        {},
      );
    }
  });

  test("that is encoded in a way that is not known is refused with 415 and the name of the coding", async () => {
    for (const encoding of ["compress", "aws-chunked", "gzip, snappy", "gzip, gzip, gzip, gzip"]) {
      const failure = await failureOf({ body: "{}", headers: { "content-encoding": encoding } });
      expect([failure.status, failure.code]).toEqual([415, "unsupported_media_type"]);
      expect(failure.message).toContain(encoding);
    }
  });
});

describe("the size of a body", () => {
  const exactly = (bytes: number) => `{"a":"${"x".repeat(bytes - 8)}"}`;

  test("may be the limit and no more, when its length is declared", async () => {
    const headers = (bytes: number) => ({ "content-length": String(bytes) });
    expect(await reading({ body: exactly(1000), headers: headers(1000) }).result).toHaveProperty("bytes.length", 1000);
    const failure = await failureOf({ body: exactly(1001), headers: headers(1001) });
    expect([failure.status, failure.code]).toEqual([413, "payload_too_large"]);
    expect(failure.message).toContain("1000 bytes");
  });

  test("is counted while it comes, when its length is not declared, and the rest is not waited for", async () => {
    const fitting = slowBody();
    const allowed = reading({ body: fitting.body });
    fitting.send(exactly(1000));
    fitting.end();
    expect(await allowed.result).toHaveProperty("bytes.length", 1000);
    const large = slowBody();
    const refused = reading({ body: large.body });
    large.send("x".repeat(600));
    large.send("x".repeat(401));
    expect(await refused.result).toHaveProperty("code", "payload_too_large");
    expect(large.state.cancelled).toBe(true);
  });
});

describe("a slow body", () => {
  test("is cut after ten seconds, and no longer read", async () => {
    const { body, send, state } = slowBody();
    const { clock, result } = reading({ body });
    send('{"a":');
    await clock.advance(9_900);
    expect(state.cancelled).toBe(false);
    await clock.advance(200);
    const failure = (await result) as GatewayError;
    expect([failure.status, failure.code]).toEqual([408, "request_timeout"]);
    expect(state.cancelled).toBe(true);
  });

  test("earns more time only with as many bytes as the least rate asks for", async () => {
    const { body, send, end } = slowBody();
    const { clock, result } = reading({ body, bytesMax: 1_000_000 });
    send(`{"a":"${"x".repeat(100_000)}`);
    await clock.advance(9_000);
    send("x".repeat(70_000));
    await clock.advance(9_000);
    send('"}');
    end();
    expect(await result).toHaveProperty("bytes.length", 170_008);
  });

  test("that drips is cut although it never falls silent", async () => {
    const { body, send } = slowBody();
    const { clock, result } = reading({ body, bytesMax: 1_000_000 });
    send('{"a":"');
    for (let second = 0; second < 11; second++) {
      if (second < 10) send("x".repeat(1000));
      await clock.advance(1000);
    }
    expect(await result).toHaveProperty("code", "request_timeout");
  });

  test("of a declared length has the time that its bytes need at the least rate", async () => {
    // Ten seconds, and twenty for 320 KiB at 16 KiB a second.
    const headers = { "content-length": String(320 * 1024) };
    const inTime = slowBody();
    const first = reading({ body: inTime.body, headers, bytesMax: 1_000_000 });
    await first.clock.advance(29_000);
    inTime.send('{"a":1}');
    inTime.end();
    expect(await first.result).toHaveProperty("json", { a: 1 });
    const late = slowBody();
    const second = reading({ body: late.body, headers, bytesMax: 1_000_000 });
    await second.clock.advance(30_100);
    expect(await second.result).toHaveProperty("code", "request_timeout");
  });

  test("that breaks off is the client's going", async () => {
    const { body, send, sender } = slowBody();
    const { result } = reading({ body });
    send('{"a":');
    sender.error(new Error("reset"));
    expect(await result).toHaveProperty("code", "client_gone");
  });
});

describe("a body's text", () => {
  const refusals: [string, Uint8Array, string][] = [
    ["that is not UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), "not valid UTF-8"],
    ["cut inside a character", bytesOf('{"a":"é').subarray(0, 7), "not valid UTF-8"],
    ["that is broken JSON", bytesOf('{"a":1,}'), "not valid JSON"],
    ["with something behind it", bytesOf('{"a":1} x'), "not valid JSON"],
    ["that is an array", bytesOf("[{}]"), "not a JSON object"],
    ["that is a string", bytesOf('"{}"'), "not a JSON object"],
    ["that is null", bytesOf("null"), "not a JSON object"],
    ["with two byte order marks", bytesOf('\uFEFF\uFEFF{"a":1}'), "not valid JSON"],
    ["that nests 129 levels", bytesOf(`{"a":${"[".repeat(128)}${"]".repeat(128)}}`), "nests deeper than 128 levels"],
    ["that is a million open brackets", bytesOf("[".repeat(1_000_000)), "nests deeper than 128 levels"],
  ];

  test.each(refusals)("%s is refused with 400", (_name, bytes, message) => {
    expect(() => parseBody(bytes)).toThrow(message);
    try {
      parseBody(bytes);
    } catch (cause) {
      expect(cause).toHaveProperty("status", 400);
    }
  });

  // Large bodies are read in another way, which must refuse in the same words.
  const large = (text: string) => text.replace('{"', `{"long":"${"word ".repeat(4000)}","`);

  test.each(refusals)("%s is refused with the same words in a large body", (_name, bytes, message) => {
    const text = Buffer.from(bytes).toString("latin1");
    expect(() => parseBody(Buffer.from(large(text), "latin1"))).toThrow(message);
  });

  test("that is large has its long members parsed when they are read, and its outline for the rest", () => {
    const text = large('{"model":"m","messages":[]}');
    const { json, outline, top } = parseBody(bytesOf(text));
    expect(outline).toEqual({ long: `(long text 0) ${"word ".repeat(8)}`, model: "m", messages: [] });
    expect(json).toEqual(JSON.parse(text));
    expect(top.map(({ key }) => key)).toEqual(["long", "model", "messages"]);
    const small = parseBody(bytesOf('{"model":"m"}'));
    expect(small.outline).toBe(small.json);
  });

  test("may begin with a byte order mark, which is not passed on", () => {
    const read = parseBody(bytesOf('\uFEFF{"a":1}'));
    expect(Buffer.from(read.bytes).toString()).toBe('{"a":1}');
    expect(read.top.map(({ start }) => start)).toEqual([1]);
  });

  test("with a key twice is refused by its name, however it is written", () => {
    for (const text of ['{"model":"a","model":"b"}', '{"model":"a","\\u006dodel":"b"}']) {
      expect(() => parseBody(bytesOf(text))).toThrow('the key "model" stands twice');
      expect(() => parseBody(bytesOf(large(text)))).toThrow('the key "model" stands twice');
    }
    expect(parseBody(bytesOf('{"a":{"x":1,"x":2}}')).json).toEqual({ a: { x: 2 } });
  });
});
