// Every way in which a provider fails, through real sockets: one typed error or the complete answer, never a clean end.
import { describe, expect, test } from "bun:test";
import { gzipSync } from "node:zlib";
import { jsonReply, type Step, sse } from "../support/fake-upstream.ts";
import { credential, openGateway, openModelHost } from "../support/gateway.ts";
import { completeFrames, type Outcome, outcomeOf, question, type Wire, wires } from "./wires.ts";

type Expected = Outcome & { headers?: { [name: string]: string } };

const failed = (status: number, kind: string, code: string | null): Expected => ({
  status,
  text: "",
  error: { code, kind },
});
const complete: Expected = { status: 200, text: "Hello" };
const brokenOff = (kind: string, code: string): Expected => ({ status: 200, text: "Hello", error: { code, kind } });
const truncatedBefore = failed(502, "network_error", "upstream_stream_truncated");
const truncatedAfter = brokenOff("network_error", "upstream_stream_truncated");
const malformedBefore = failed(502, "provider_error", "upstream_malformed_response");
const malformedAfter = brokenOff("provider_error", "upstream_malformed_response");

/** `seen` resolves when the client has its status: a cut takes away what has not been read yet. */
type Fault = { name: string; steps: (wire: Wire, seen: Promise<void>) => Step[]; expected: Expected };

const answering = (headers: readonly (readonly [string, string])[], body: string | Uint8Array): Step[] => [
  { head: { headers } },
  { write: body },
  { end: "complete" },
];
const wholeText = (wire: Wire) => JSON.stringify(wire.whole);
const streamText = (wire: Wire) => completeFrames(wire).join("");
const inPieces = (text: string): Step[] => [
  ...sse([]).slice(0, 1),
  ...Buffer.from(text).reduce<Step[]>((steps, byte) => {
    steps.push({ write: Uint8Array.of(byte) });
    return steps;
  }, []),
  { end: "complete" },
];
const eventStream = ["content-type", "text/event-stream"] as const;
const jsonType = ["content-type", "application/json"] as const;
/** The limit is 64 MiB, unpacked. */
const tooLargeZipped = gzipSync(new Uint8Array(65 * 1024 * 1024).fill(0x20), { level: 1 });
const html = answering([["content-type", "text/html"]], "<html><title>Welcome</title></html>");
const longAgo = ["Date", "Tue, 01 Jan 2030 00:00:00 GMT"] as const;

/** Failures that a status tells, the same for a whole reply and for a stream. */
const statuses: readonly Fault[] = [
  {
    name: "S20 429 with seconds to wait keeps them",
    steps: (wire) => jsonReply(wire.errorBody(429, "slow down"), 429, [["Retry-After", "7"]]),
    expected: { ...failed(429, "rate_limited", "rate_limit_exceeded"), headers: { "retry-after": "7" } },
  },
  {
    name: "429 with a date to wait for becomes seconds",
    steps: (wire) =>
      jsonReply(wire.errorBody(429, "slow down"), 429, [longAgo, ["Retry-After", "Tue, 01 Jan 2030 00:00:20 GMT"]]),
    expected: { ...failed(429, "rate_limited", "rate_limit_exceeded"), headers: { "retry-after": "20" } },
  },
  {
    name: "500 is a bad gateway",
    steps: (wire) => jsonReply(wire.errorBody(500, "it broke"), 500),
    expected: failed(502, "provider_error", "upstream_error"),
  },
  {
    name: "503 is an overload",
    steps: (wire) => jsonReply(wire.errorBody(503, "come back later"), 503),
    expected: failed(503, "provider_error", "overloaded"),
  },
  {
    name: "X30 401 is the gateway's own fault, and not to be repeated",
    steps: (wire) => jsonReply(wire.errorBody(401, `bad key ${credential}`), 401),
    expected: {
      ...failed(502, "provider_error", "upstream_authentication_failed"),
      headers: { "x-should-retry": "false" },
    },
  },
  {
    name: "404 is an unknown model",
    steps: (wire) => jsonReply(wire.errorBody(404, "no such model"), 404),
    expected: failed(404, "model_not_found", "model_not_found"),
  },
  {
    name: "400 about the context's length says so",
    steps: (wire) => jsonReply(wire.errorBody(400, "This exceeds the maximum context length of 8192 tokens."), 400),
    expected: failed(400, "context_exceeded", "context_length_exceeded"),
  },
  {
    name: "X24 an error whose body is a page of HTML keeps its status",
    steps: () => [
      { head: { status: 503, headers: [["content-type", "text/html"]] } },
      { write: "<title>busy</title>" },
      { end: "complete" },
    ],
    expected: failed(503, "provider_error", "overloaded"),
  },
  { name: "S19 a page of HTML with 200 is malformed", steps: () => html, expected: malformedBefore },
  {
    name: "204 is malformed",
    steps: () => [{ head: { status: 204, framing: "length" } }],
    expected: malformedBefore,
  },
  {
    name: "something that is not HTTP is malformed",
    steps: () => [{ raw: "220 mail.example ESMTP\r\n\r\n" }],
    expected: malformedBefore,
  },
];

const streamFaults: readonly Fault[] = [
  {
    name: "S09 an error frame at first is a status",
    steps: (wire) => sse([...wire.opening, wire.errorFrame]),
    expected: failed(503, "provider_error", "overloaded"),
  },
  {
    name: "S03 S06 S07 an error frame after output ends the stream with it",
    steps: (wire) => sse([...wire.opening, wire.output, wire.errorFrame]),
    expected: brokenOff("provider_error", "overloaded"),
  },
  {
    name: "an error frame in the same write as output leaves behind the output",
    steps: (wire) => sse([[...wire.opening, wire.output, wire.errorFrame].join("")]),
    expected: brokenOff("provider_error", "overloaded"),
  },
  {
    name: "X34 an error as JSON inside a 200 is a status",
    steps: (wire) => jsonReply(wire.errorBody(503, "this server is overloaded")),
    expected: failed(503, "provider_error", "overloaded"),
  },
  {
    name: "S01 a clean end before any output is a truncation",
    steps: (wire) => sse(wire.opening),
    expected: truncatedBefore,
  },
  {
    name: "a cut before any output is a truncation",
    steps: (wire) => sse([...wire.opening, wire.ping], { end: "cut" }),
    expected: truncatedBefore,
  },
  {
    name: "S01 a clean end after output without the marker is a truncation",
    steps: (wire) => sse([...wire.opening, wire.output]),
    expected: truncatedAfter,
  },
  {
    name: "a cut after output is a truncation",
    steps: (wire, seen) => [...sse([...wire.opening, wire.output, wire.ping], { waitFor: seen }), { end: "cut" }],
    expected: truncatedAfter,
  },
  {
    name: "a cut in the middle of a frame gives no half frame",
    steps: (wire, seen) => [
      ...sse([...wire.opening, wire.output, wire.output.slice(0, -9)], { waitFor: seen }),
      { end: "cut" },
    ],
    expected: truncatedAfter,
  },
  {
    name: "a frame that is not JSON, before output",
    steps: (wire) => sse([...wire.opening, "data: {oops\n\n", wire.output, ...wire.ending]),
    expected: malformedBefore,
  },
  {
    name: "a frame that is not JSON, after output",
    steps: (wire) => sse([...wire.opening, wire.output, "data: {oops\n\n", ...wire.ending]),
    expected: malformedAfter,
  },
  {
    name: "S16 nothing but comments is a truncation",
    steps: () => sse([": hi\n\n", ": hi\n\n"]),
    expected: truncatedBefore,
  },
  {
    name: "S23 nothing but pings is a truncation",
    steps: (wire) => sse([wire.ping, wire.ping]),
    expected: truncatedBefore,
  },
  {
    name: "S66 a body that only its close ends is truncated without its marker",
    steps: (wire, seen) => [
      { head: { headers: [eventStream], framing: "close" } },
      ...[{ write: [...wire.opening, wire.output].join("") }, { waitFor: seen }, { end: "cut" } as const],
    ],
    expected: truncatedAfter,
  },
  { name: "an empty body is a truncation", steps: () => sse([]), expected: truncatedBefore },
  {
    name: "S18 a whole JSON reply becomes a stream",
    steps: (wire) => jsonReply(wire.whole),
    expected: complete,
  },
  {
    name: "S11 S14 chunks of one byte are put together",
    steps: (wire) => inPieces(streamText(wire)),
    expected: complete,
  },
  {
    name: "a stream without a content type is recognised",
    steps: (wire) => answering([], streamText(wire)),
    expected: complete,
  },
  {
    name: "a stream that calls itself plain text is recognised",
    steps: (wire) => answering([["content-type", "text/plain"]], streamText(wire)),
    expected: complete,
  },
  {
    name: "S21 a compressed stream, though identity was asked for, is unpacked",
    steps: (wire) => answering([eventStream, ["content-encoding", "gzip"]], gzipSync(streamText(wire))),
    expected: complete,
  },
];

const wholeFaults: readonly Fault[] = [
  {
    name: "X34 an error inside a 200 is a status",
    steps: (wire) => jsonReply(wire.errorBody(503, "this server is overloaded")),
    expected: failed(503, "provider_error", "overloaded"),
  },
  {
    name: "a stream is folded into one reply",
    steps: (wire) => sse(completeFrames(wire)),
    expected: complete,
  },
  {
    name: "a stream without its marker is not folded",
    steps: (wire) => sse([...wire.opening, wire.output]),
    expected: truncatedBefore,
  },
  {
    name: "a stream that fails is not folded",
    steps: (wire) => sse([...wire.opening, wire.output, wire.errorFrame]),
    expected: failed(503, "provider_error", "overloaded"),
  },
  {
    name: "JSON that ends in the middle is malformed",
    steps: (wire) => answering([jsonType], wholeText(wire).slice(0, -10)),
    expected: malformedBefore,
  },
  {
    name: "a reply that is cut is truncated",
    steps: (wire) => [{ head: { headers: [jsonType] } }, { write: wholeText(wire).slice(0, -10) }, { end: "cut" }],
    expected: truncatedBefore,
  },
  {
    name: "a reply shorter than its length is truncated",
    steps: (wire) => [
      { head: { headers: [jsonType, ["content-length", "9999"]], framing: "length" } },
      { write: wholeText(wire) },
      { end: "cut" },
    ],
    expected: truncatedBefore,
  },
  { name: "an empty body is malformed", steps: () => answering([jsonType], ""), expected: malformedBefore },
  { name: "JSON that is no object is malformed", steps: () => jsonReply("hello"), expected: malformedBefore },
  {
    name: "a reply that calls itself plain text is recognised",
    steps: (wire) => answering([["content-type", "text/plain"]], wholeText(wire)),
    expected: complete,
  },
  {
    name: "a compressed reply, though identity was asked for, is unpacked",
    steps: (wire) => answering([jsonType, ["content-encoding", "gzip"]], gzipSync(wholeText(wire))),
    expected: complete,
  },
  {
    name: "a reply that unpacks to more than the limit is given up",
    steps: () => answering([jsonType, ["content-encoding", "gzip"]], tooLargeZipped),
    expected: malformedBefore,
  },
  {
    name: "a reply in chunks of one byte is put together",
    steps: (wire) => [{ head: { headers: [jsonType] } }, ...inPieces(wholeText(wire)).slice(1)],
    expected: complete,
  },
];

async function meets(wire: Wire, fault: Fault, stream: boolean): Promise<void> {
  const seen = Promise.withResolvers<void>();
  await using host = await openModelHost((_request, index) =>
    index === 0 ? fault.steps(wire, seen.promise) : jsonReply(wire.whole),
  );
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
  const response = await gateway.chat(question(wire, stream));
  seen.resolve();
  const { headers = {}, ...outcome } = fault.expected;
  expect(await outcomeOf(response)).toEqual(outcome);
  for (const [name, value] of Object.entries(headers)) expect(response.headers.get(name)).toBe(value);
  const [settlement] = await gateway.settled(1);
  expect([settlement?.outcome, settlement?.attempts]).toEqual([outcome.error ? "error" : "complete", 1]);
  expect(gateway.logged()).not.toContain(credential);
  // Failures of providers are expected: none of them is an error of our own.
  expect(gateway.logged()).not.toContain('"level":"error"');
  // X36, S64: no key in any message, no second attempt. Nothing is left behind that the next request would stumble over,
  // but for the time that the provider has asked for.
  const rests = headers["retry-after"] !== undefined;
  const next = rests ? { status: 429, text: "", error: outcome.error as object } : complete;
  expect(await outcomeOf(await gateway.chat(question(wire, false)))).toEqual(next as Outcome);
  expect(host.calls.length).toBe(rests ? 1 : 2);
}

for (const wire of wires) {
  describe(`${wire.prefix.toLowerCase()}, whole`, () => {
    test.each([...statuses, ...wholeFaults])("$name", (fault) => meets(wire, fault, false));
  });
  describe(`${wire.prefix.toLowerCase()}, streamed`, () => {
    test.each([...statuses, ...streamFaults])("$name", (fault) => meets(wire, fault, true));
  });
}

test.each(wires)("a compressed stream of $prefix that is cut short is no clean end", async (wire) => {
  const zipped = gzipSync(streamText(wire));
  await using host = await openModelHost(
    answering([eventStream, ["content-encoding", "gzip"]], zipped.subarray(0, zipped.length / 2)),
  );
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
  const { error } = await outcomeOf(await gateway.chat(question(wire, true)));
  expect(error).toEqual({ kind: "provider_error", code: "upstream_malformed_response" });
});

test.each(wires)("JSON that is no reply of $prefix is a bad gateway", async (wire) => {
  await using host = await openModelHost(jsonReply({ hello: "world" }));
  await using gateway = await openGateway({ hosts: { [wire.prefix]: host } });
  for (const stream of [false, true]) {
    const { status, error } = await outcomeOf(await gateway.chat(question(wire, stream)));
    expect([status, error?.code]).toEqual([502, expect.stringMatching(/^upstream_(malformed|stream_truncated)/)]);
  }
});
