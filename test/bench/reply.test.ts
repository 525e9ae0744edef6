// The reply reader of the load generator: what counts as whole, and that no split of the bytes changes it.
import { describe, expect, test } from "bun:test";
import { ReplyReader } from "../../bench/reply.ts";

const wholeReply = "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 11\r\n\r\nhello world";
const stamp = "0001507020.125";
const wideStamp = stamp.padStart(17, "0");
const frames = [`data: "a@${wideStamp}"\n\n`, 'data: "b@"\n\n', "data: [DONE]\n\n"];
const chunked = (parts: readonly string[]) =>
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("")}0\r\n\r\n`;

function readIn(
  text: string,
  size: number,
  reader = new ReplyReader("[DONE]", 2),
): { reader: ReplyReader; wholeAt: number } {
  const bytes = Buffer.from(text);
  let wholeAt = -1;
  for (let at = 0; at < bytes.length; at += size) {
    if (reader.read(bytes.subarray(at, at + size)) && wholeAt < 0) wholeAt = Math.min(bytes.length, at + size);
  }
  return { reader, wholeAt };
}

describe("reply reader", () => {
  test("a reply with a length is whole with its last byte, however it is cut", () => {
    for (let size = 1; size <= wholeReply.length; size += 1) {
      const { reader, wholeAt } = readIn(wholeReply, size);
      expect([reader.status, reader.bodyBytes, reader.done, wholeAt]).toEqual([200, 11, true, wholeReply.length]);
    }
  });

  test("a chunked stream is whole with its last chunk, however it is cut, and every mark is counted once", () => {
    const text = chunked(frames);
    for (let size = 1; size <= text.length; size += 1) {
      const { reader, wholeAt } = readIn(text, size);
      expect([reader.marks, reader.bodyBytes, reader.done, wholeAt]).toEqual([
        2,
        frames.join("").length,
        true,
        text.length,
      ]);
    }
  });

  test("the terminal marker is seen behind the last delta", () => {
    expect(readIn(chunked(frames), 4096).reader.terminalSeen).toBe(true);
    expect(readIn(chunked(frames.slice(0, 2)), 4096).reader.terminalSeen).toBe(false);
  });

  test("stamps are read as milliseconds, marks without one are skipped", () => {
    const stamps: number[] = [];
    const reader = new ReplyReader("[DONE]", 2);
    reader.onStamp = (stampMs) => stamps.push(stampMs);
    readIn(chunked(frames), 4096, reader);
    expect(stamps).toEqual([1507020.125]);
  });

  test("a stream that stops before its last chunk is not whole", () => {
    const text = chunked(frames);
    const { reader } = readIn(text.slice(0, text.length - 5), 4096);
    expect([reader.done, reader.broken]).toEqual([false, false]);
  });

  test("a reply without framing, a chunk size that is no number and bytes behind the end are broken", () => {
    expect(readIn("HTTP/1.1 200 OK\r\n\r\nhello", 4096).reader.broken).toBe(true);
    expect(readIn("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 4096).reader.broken).toBe(true);
    expect(readIn(`${wholeReply}!`, 4096).reader.broken).toBe(true);
  });

  test("reads the next reply on the same connection after a reset", () => {
    const { reader } = readIn(wholeReply, 7);
    reader.reset();
    expect(reader.done).toBe(false);
    readIn("HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\nno", 5, reader);
    expect([reader.status, reader.bodyBytes, reader.done]).toEqual([503, 2, true]);
  });
});
