// Every fault of a provider, for every client dialect, whole and streamed, with one target and with a second, sound one: a full answer of
// one provider or one typed error, and as many calls as stated.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { selfSigned } from "../support/certificate.ts";
import { type FakeUpstream, jsonReply, openFakeUpstream, type Step, sse } from "../support/fake-upstream.ts";
import { type ModelHost, openGateway, openModelHost } from "../support/gateway.ts";
import { ask, type Client, clients } from "./clients.ts";
import { completeFrames, openaiWire as wire } from "./wires.ts";

/** What a client with one target sees: the answer, a status, or an error behind output (of streams alone). */
type Seen = "answer" | "late" | number;

type Fault = {
  name: string;
  steps?: readonly Step[];
  /** In place of the host's own address. */
  url?: (host: ModelHost) => string;
  whole: Seen;
  stream: Seen;
  retryAfter?: string;
  /** How many calls reach the host. */
  calls?: 0;
};

const date = ["Date", "Tue, 01 Jan 2030 00:00:00 GMT"] as const;
const failing = (status: number, headers: readonly (readonly [string, string])[] = [], message = "it failed") =>
  jsonReply(wire.errorBody(status, message), status, headers);
const limited = (name: string, headers: readonly (readonly [string, string])[], message?: string): Fault => ({
  name: `429 ${name}`,
  steps: failing(429, headers, message),
  whole: 429,
  stream: 429,
  retryAfter: "7",
});
const bytewise = (text: string): Step[] => [
  ...sse([]).slice(0, 1),
  ...[...Buffer.from(text)].map((byte) => ({ write: Uint8Array.of(byte) })),
  { end: "complete" },
];
const repeated = (times: number, step: Step): Step[] =>
  Array.from({ length: times }, () => [step, { waitMs: 40 }] as Step[]).flat();
const { opening, output, errorFrame, ping } = wire;

const faults: readonly Fault[] = [
  { name: "connection refused", url: () => "http://127.0.0.1:1", whole: 502, stream: 502, calls: 0 },
  { name: "TLS failure", url: () => untrusted.url, whole: 502, stream: 502, calls: 0 },
  { name: "blackhole", steps: [{ stall: true }], whole: 504, stream: 504 },
  limited("with seconds", [["Retry-After", "7"]]),
  limited("with a date", [date, ["Retry-After", "Tue, 01 Jan 2030 00:00:07 GMT"]]),
  limited("with milliseconds", [["retry-after-ms", "6900"]]),
  limited("with a limit's reset", [
    ["x-ratelimit-remaining-requests", "0"],
    ["x-ratelimit-reset-requests", "6.9s"],
  ]),
  limited("in words", [], "Rate limit reached. Please try again in 6.9s."),
  { name: "500", steps: failing(500), whole: 502, stream: 502 },
  { name: "502", steps: failing(502), whole: 502, stream: 502 },
  {
    name: "a page of HTML with 200",
    steps: [{ head: { headers: [["content-type", "text/html"]] } }, { write: "<html></html>" }, { end: "complete" }],
    whole: 502,
    stream: 502,
  },
  { name: "an error as JSON with 200", steps: jsonReply(wire.errorBody(503, "overloaded")), whole: 503, stream: 503 },
  { name: "an error frame first", steps: sse([...opening, errorFrame]), whole: 503, stream: 503 },
  { name: "an error frame after output", steps: sse([...opening, output, errorFrame]), whole: 503, stream: "late" },
  { name: "an empty stream", steps: sse([]), whole: 502, stream: 502 },
  { name: "a reset before output", steps: [...sse(opening, { waitMs: 60 }), { reset: true }], whole: 502, stream: 502 },
  {
    name: "a reset after output",
    steps: [...sse([...opening, output], { waitMs: 60 }), { reset: true }],
    whole: 502,
    stream: "late",
  },
  { name: "a stall before output", steps: sse(opening, { stall: true }), whole: 504, stream: 504 },
  { name: "a stall after output", steps: sse([...opening, output], { stall: true }), whole: 504, stream: "late" },
  { name: "a clean end before output", steps: sse(opening), whole: 502, stream: 502 },
  { name: "a clean end without the terminal", steps: sse([...opening, output]), whole: 502, stream: "late" },
  {
    name: "a malformed frame first",
    steps: sse(["data: {oops\n\n", ...completeFrames(wire)]),
    whole: 502,
    stream: 502,
  },
  {
    name: "a malformed frame after output",
    steps: sse([...opening, output, "data: {oops\n\n"]),
    whole: 502,
    stream: "late",
  },
  {
    name: "heartbeats only",
    steps: [...sse([]).slice(0, 1), ...repeated(60, { write: ping })],
    whole: 504,
    stream: 504,
  },
  {
    name: "a line without end",
    steps: [...sse([]).slice(0, 1), { write: "data: " }, ...repeated(60, { write: "x".repeat(1024) })],
    whole: 504,
    stream: 504,
  },
  { name: "chunks of one byte", steps: bytewise(completeFrames(wire).join("")), whole: "answer", stream: "answer" },
  { name: "JSON for a stream", steps: jsonReply(wire.whole), whole: "answer", stream: "answer" },
  { name: "a stream for a whole", steps: sse(completeFrames(wire)), whole: "answer", stream: "answer" },
];

const file = JSON.stringify({
  virtual_models: {
    one: { target: "mistral/model-1" },
    two: { strategy: "fallback", targets: ["mistral/model-1", "mistral-east/model-1"] },
  },
});

let sound: ModelHost;
/** Its certificate is signed by nobody. */
let untrusted: FakeUpstream;
beforeAll(async () => {
  const { key, certificate } = selfSigned(["localhost"]);
  untrusted = await openFakeUpstream([], { tls: { key, cert: certificate } });
  sound = await openModelHost(({ text }) => {
    return text().includes('"stream":true') ? sse(completeFrames(wire)) : jsonReply(wire.whole);
  });
});
afterAll(() => {
  sound.close();
  untrusted.close();
});

async function meets(fault: Fault, client: Client, stream: boolean, two: boolean): Promise<void> {
  const steps = fault.steps ?? [];
  await using host = await openModelHost(steps);
  await using gateway = await openGateway({
    hosts: { MISTRAL: { url: fault.url?.(host) ?? host.url }, MISTRAL_EAST: sound },
    environment: {
      SLUICE_TIMEOUT_HEADERS: "300ms",
      SLUICE_TIMEOUT_FIRST_OUTPUT: "800ms",
      SLUICE_TIMEOUT_IDLE: "400ms",
    },
    file,
    isReady: false,
  });
  const { attempts, ...ending } = await ask(client, gateway.url, two ? "two" : "one", stream);
  const expected = stream ? fault.stream : fault.whole;
  const name = `${fault.name}, ${client.name}, ${stream ? "stream" : "whole"}, ${two ? "two" : "one"}`;
  if (expected === "late") {
    expect([name, ending]).toEqual([name, { kind: "error", status: 200, text: "Hello", retryAfter: null }]);
  } else if (expected === "answer" || two) {
    expect([name, ending]).toEqual([name, { kind: "answer", text: "Hello" }]);
  } else {
    expect([name, ending]).toEqual([
      name,
      { kind: "error", status: expected, text: "", retryAfter: fault.retryAfter ?? null },
    ]);
  }
  const failsOver = two && typeof expected === "number";
  expect([name, host.calls.length]).toEqual([name, fault.calls ?? 1]);
  expect([name, attempts.split(" ")[0]]).toEqual([name, failsOver ? "2" : "1"]);
}

describe("whatever a provider does", () => {
  test.each(faults)("$name: one answer or one error", async (fault) => {
    const callsBefore = sound.calls.length;
    const cases = clients.flatMap((client) =>
      [false, true].flatMap((stream) => [false, true].map((two) => meets(fault, client, stream, two))),
    );
    await Promise.all(cases);
    // The second target is asked where the first has failed before any output, and never otherwise.
    const failures = [fault.whole, fault.stream].filter((seen) => typeof seen === "number").length;
    expect(sound.calls.length - callsBefore).toBe(failures * clients.length);
  });
});
