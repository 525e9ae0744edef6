// AWS event stream messages cut into frames, whatever the chunks; anything wrong with them is an error.
import { describe, expect, test } from "bun:test";
import { GatewayError } from "../../../src/core/errors.ts";
import type { Frame } from "../../../src/dialects/dialect.ts";
import { openDecoder } from "../../../src/dialects/framing/decoder.ts";
import { FrameTooLargeError } from "../../../src/dialects/framing/sse.ts";
import { dialects } from "../../../src/dialects/index.ts";
import { eventMessage, eventStreamMessage, exceptionMessage, joined } from "../../support/aws-event-stream.ts";

function decode(...chunks: Uint8Array[]): Frame[] {
  const frames: Frame[] = [];
  const decoder = openDecoder({ framing: "aws-event-stream" }, (frame) => frames.push(frame));
  for (const chunk of chunks) decoder.push(chunk);
  decoder.end();
  return frames;
}

function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / length) }, (_, at) =>
    bytes.subarray(at * length, (at + 1) * length),
  );
}

function failure(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

const expectMalformed = (bytes: Uint8Array) => {
  const error = failure(() => decode(bytes));
  expect(error).toBeInstanceOf(GatewayError);
  expect((error as GatewayError).code).toBe("upstream_malformed");
};

const wire = joined([
  eventMessage("messageStart", '{"role":"assistant"}'),
  eventMessage("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"Grüße 🌍"}}'),
  eventMessage("messageStop", '{"stopReason":"end_turn"}'),
]);
const expected: Frame[] = [
  { event: "messageStart", data: '{"role":"assistant"}' },
  { event: "contentBlockDelta", data: '{"contentBlockIndex":0,"delta":{"text":"Grüße 🌍"}}' },
  { event: "messageStop", data: '{"stopReason":"end_turn"}' },
];

describe("framing", () => {
  test("S52 a message with a known layout is read byte for byte", () => {
    // Lengths 16 and 0, CRC of the prelude 05c248eb, CRC of the message 7d98c8ff: the empty message of the format's own test vectors.
    const empty = Uint8Array.fromHex("000000100000000005c248eb7d98c8ff");
    expect(decode(empty)).toEqual([{ event: "", data: "" }]);
  });

  for (const length of [1, 2, 3, 7, 11, 12, 13, wire.length]) {
    test(`S52 chunks of ${length} bytes give the same frames`, () => {
      expect(decode(...pieces(wire, length))).toEqual(expected);
    });
  }

  test("S52 two chunks give the same frames wherever they are cut, inside the prelude too", () => {
    for (let at = 0; at <= wire.length; at++) {
      expect(decode(wire.subarray(0, at), wire.subarray(at))).toEqual(expected);
    }
  });

  test("a message that is not whole at the end is no frame", () => {
    for (let kept = 0; kept < wire.length; kept += 5) {
      const frames = decode(wire.subarray(0, kept));
      expect(frames).toEqual(expected.slice(0, frames.length));
      expect(frames.length).toBeLessThan(expected.length);
    }
  });

  test("headers of other types are stepped over", () => {
    const headers = { a: true, b: false, c: 7, d: new Uint8Array([1, 2, 3]), ":event-type": "metadata" };
    expect(decode(eventStreamMessage(headers, "{}"))).toEqual([{ event: "metadata", data: "{}" }]);
  });
});

describe("exceptions", () => {
  test("S53 an exception message is a frame of its exception's type", () => {
    expect(decode(exceptionMessage("throttlingException", '{"message":"slow down"}'))).toEqual([
      { event: "throttlingException", data: '{"message":"slow down"}' },
    ]);
  });

  test("S53 an error without payload has its words in the headers", () => {
    const headers = { ":message-type": "error", ":error-code": "InternalFailure", ":error-message": "it broke" };
    expect(decode(eventStreamMessage(headers, ""))).toEqual([
      { event: "InternalFailure", data: '{"message":"it broke"}' },
    ]);
  });
});

describe("damage", () => {
  const message = eventMessage("messageStop", '{"stopReason":"end_turn"}');
  const changed = (at: number) => message.map((byte, index) => (index === at ? byte ^ 1 : byte));

  test("a flipped bit anywhere is an error", () => {
    for (let at = 0; at < message.length; at++) expectMalformed(changed(at));
  });

  test("a header that runs over its end is an error", () => {
    const raw = eventStreamMessage({ ":event-type": "x" }, "");
    // The declared length of the value, two bytes behind the name and its type byte.
    const longer = eventStreamMessageOf([...raw.subarray(12, raw.length - 4)].with(1 + 11 + 2, 200));
    expectMalformed(longer);
  });

  test("bytes that are no event stream are an error", () => {
    expectMalformed(new TextEncoder().encode('{"message":"not a stream at all"}'));
  });

  test("a message beyond the limit is refused before it is collected", () => {
    const huge = preludeOf(1024 * 1024 * 1024);
    expect(failure(() => decode(huge))).toBeInstanceOf(FrameTooLargeError);
  });

  test("a payload that is not UTF-8 is refused, not repaired", () => {
    expect(failure(() => decode(rawPayload([0xff, 0xfe])))).toBeInstanceOf(TypeError);
  });
});

test("every other dialect is framed as server-sent events", () => {
  for (const dialect of Object.values(dialects)) {
    const half = dialect.upstream;
    if (half === undefined || half.framing === "aws-event-stream") continue;
    const frames: Frame[] = [];
    const decoder = openDecoder(half, (frame) => frames.push(frame));
    decoder.push(new TextEncoder().encode("event: a\ndata: {}\n\n"));
    expect(frames).toEqual([{ event: "a", data: "{}" }]);
  }
});

/** A message of these header bytes and no payload, with right checksums. */
function eventStreamMessageOf(head: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 + head.length));
  view.setUint32(0, 16 + head.length);
  view.setUint32(4, head.length);
  return sealed(view, head);
}

function rawPayload(payload: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(16 + payload.length));
  view.setUint32(0, 16 + payload.length);
  return sealed(view, payload);
}

function sealed(view: DataView, middle: number[]): Uint8Array {
  const bytes = new Uint8Array(view.buffer);
  bytes.set(middle, 12);
  view.setUint32(8, Bun.hash.crc32(bytes.subarray(0, 8)));
  view.setUint32(bytes.length - 4, Bun.hash.crc32(bytes.subarray(0, bytes.length - 4)));
  return bytes;
}

function preludeOf(total: number): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, total);
  view.setUint32(8, Bun.hash.crc32(bytes.subarray(0, 8)));
  return bytes;
}
