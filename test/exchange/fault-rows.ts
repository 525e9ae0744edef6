// What may go wrong at a provider, as the bytes that it sends in any of the upstream dialects, and what the client is to see.
import { jsonReply, type Step } from "../support/fake-upstream.ts";
import { type Bytes, completeStream, type ErrorReply, type FaultWire, type Headers, limitDate } from "./fault-wires.ts";

/** What a client with one target sees: the answer, a status, or an error behind output (of streams alone). */
export type Seen = "answer" | "late" | number;

export type Fault = {
  name: string;
  /** `read` resolves when what has been sent is read: a reset takes away what has not. */
  steps: (wire: FaultWire, read: Promise<void>) => readonly Step[];
  /** In place of a host that speaks: one that refuses, has a certificate of nobody's, or never completes a connection. */
  address?: "refused" | "untrusted" | "silent";
  whole: Seen | ((wire: FaultWire) => Seen);
  stream: Seen | ((wire: FaultWire) => Seen);
  retryAfter?: string;
  /** How many calls reach the host; 1 where nothing else is said. */
  calls?: number;
  /** By variable. Timers that are not set stay as they are by default: longer than a test may run. */
  settings?: { readonly [name: string]: string };
  /** A timer ends it, and so the connection. */
  timesOut?: true;
  /** Dialects that have no such thing. */
  except?: readonly string[];
};

const streamOf = (wire: FaultWire, frames: readonly Bytes[], ...last: Step[]): Step[] => [
  { head: { headers: [["Content-Type", wire.streamType]] } },
  ...frames.map((write) => ({ write })),
  ...(last.length > 0 ? last : [{ end: "complete" } as const]),
];
const jsonHead: Step = { head: { headers: [["Content-Type", "application/json"]] } };
const textOf = (wire: FaultWire) => JSON.stringify(wire.whole);
const halfOf = (wire: FaultWire) => textOf(wire).slice(0, -10);
const bytewise = (content: readonly Bytes[]): Step[] =>
  content.flatMap((bytes) => [...Buffer.from(bytes)].map((byte) => ({ write: Uint8Array.of(byte) })));
/** Longer than any timer of a fault. */
const forever = (write: Bytes): Step[] =>
  Array.from({ length: 100 }, () => [{ write }, { waitMs: 40 }] as Step[]).flat();
const failing = ({ body, headers = [] }: ErrorReply, status: number, more: Headers = []) =>
  jsonReply(body, status, [...headers, ...more]);
const statusOf = (status: number, told: number): Pick<Fault, "name" | "steps" | "whole" | "stream"> => ({
  name: `${status}`,
  steps: (wire) => failing(wire.error(status, "it failed"), status),
  whole: told,
  stream: told,
});
const limited = (name: string, headers: Headers, message = "it failed"): Fault => ({
  name: `429 ${name}`,
  steps: (wire) => failing(wire.error(429, message), 429, headers),
  whole: 429,
  stream: 429,
  retryAfter: "7",
});
const both = (seen: Seen) => ({ whole: seen, stream: seen });
const idle = { settings: { SLUICE_TIMEOUT_IDLE: "600ms" }, timesOut: true } as const;
const firstOutput = { settings: { SLUICE_TIMEOUT_FIRST_OUTPUT: "900ms" }, timesOut: true } as const;

/** Before anything has been said, or instead of it. */
const connections: readonly Fault[] = [
  { name: "connection refused", address: "refused", steps: () => [], ...both(502), calls: 0 },
  { name: "TLS failure", address: "untrusted", steps: () => [], ...both(502), calls: 0 },
  {
    name: "blackhole: no connection is ever made",
    address: "silent",
    steps: () => [],
    ...both(504),
    calls: 0,
    settings: { SLUICE_TIMEOUT_CONNECT: "600ms" },
  },
  {
    name: "silence: the connection is made and no word comes",
    steps: () => [{ stall: true }],
    ...both(504),
    settings: { SLUICE_TIMEOUT_HEADERS: "600ms" },
    timesOut: true,
  },
  // The connection may have been an old one that the provider was about to close: such a request is sent once more.
  {
    name: "a reset before the headers",
    steps: () => [{ reset: true }],
    ...both(502),
    calls: 2,
    settings: { SLUICE_RETRY_BUDGET_PERCENT: "100" },
  },
];

const statuses: readonly Fault[] = [
  limited("with seconds", [["Retry-After", "7"]]),
  limited("with a date", [
    ["Date", limitDate],
    ["Retry-After", "Tue, 01 Jan 2030 00:00:07 GMT"],
  ]),
  limited("with milliseconds", [["retry-after-ms", "6900"]]),
  limited("in words", [], "Rate limit reached. Please try again in 6.9s."),
  {
    ...limited("in the maker's own way", []),
    steps: (wire) => failing(wire.ownLimit as ErrorReply, 429),
    except: ["bedrock-converse", "cohere-chat"],
  },
  statusOf(500, 502),
  statusOf(502, 502),
  {
    name: "a page of HTML with 200",
    steps: () => [
      { head: { headers: [["Content-Type", "text/html"]] } },
      { write: "<html></html>" },
      { end: "complete" },
    ],
    ...both(502),
  },
  { name: "204", steps: () => [{ head: { status: 204, framing: "length" } }], ...both(502) },
  {
    name: "a redirect",
    steps: () => [{ head: { status: 307, headers: [["Location", "http://127.0.0.1:1/"]] } }, { end: "complete" }],
    ...both(502),
  },
  { name: "something that is not HTTP", steps: () => [{ raw: "220 mail.example ESMTP\r\n\r\n" }], ...both(502) },
  {
    name: "500 and a stall in its words",
    steps: () => [{ head: { status: 500 } }, { write: "it fai" }, { stall: true }],
    ...both(502),
    ...idle,
  },
  {
    name: "500 and words without end",
    steps: () => [{ head: { status: 500 } }, ...forever("it failed ".repeat(1024))],
    ...both(502),
    timesOut: true,
  },
  { name: "an error as JSON with 200", steps: (wire) => jsonReply(wire.overloaded), ...both(503) },
];

const frameStatus = (wire: FaultWire) => wire.errorFrameStatus;

/** Sent to whole requests as well: such a stream is folded into one reply. What lies between a finish and the terminal is cut in test/relays. */
const streams: readonly Fault[] = [
  {
    name: "an error frame first",
    steps: (wire) => streamOf(wire, [...wire.opening, wire.errorFrame]),
    whole: frameStatus,
    stream: frameStatus,
  },
  {
    name: "an error frame after output",
    steps: (wire) => streamOf(wire, [...wire.opening, wire.output, wire.errorFrame]),
    whole: frameStatus,
    stream: "late",
  },
  { name: "an empty stream", steps: (wire) => streamOf(wire, []), ...both(502) },
  {
    name: "a reset behind the headers",
    steps: (wire, read) => streamOf(wire, [], { waitFor: read }, { reset: true }),
    ...both(502),
  },
  {
    name: "a reset before output",
    steps: (wire, read) => streamOf(wire, wire.opening, { waitFor: read }, { reset: true }),
    ...both(502),
  },
  {
    name: "a reset after output",
    steps: (wire, read) => streamOf(wire, [...wire.opening, wire.output], { waitFor: read }, { reset: true }),
    whole: 502,
    stream: "late",
  },
  {
    name: "a stall behind the headers",
    steps: (wire) => streamOf(wire, [], { stall: true }),
    ...both(504),
    ...idle,
  },
  {
    name: "a stall before output",
    steps: (wire) => streamOf(wire, wire.opening, { stall: true }),
    ...both(504),
    ...idle,
  },
  {
    name: "a stall after output",
    steps: (wire) => streamOf(wire, [...wire.opening, wire.output], { stall: true }),
    whole: 504,
    stream: "late",
    ...idle,
  },
  { name: "a clean end before output", steps: (wire) => streamOf(wire, wire.opening), ...both(502) },
  {
    name: "a clean end without the terminal",
    steps: (wire) => streamOf(wire, [...wire.opening, wire.output]),
    whole: 502,
    stream: "late",
  },
  {
    name: "a cut in the middle of a frame",
    steps: (wire, read) =>
      streamOf(wire, [...wire.opening, wire.output, wire.output.slice(0, -9)], { waitFor: read }, { end: "cut" }),
    whole: 502,
    stream: "late",
  },
  {
    name: "a malformed frame first",
    steps: (wire) => streamOf(wire, [wire.malformed, ...completeStream(wire)]),
    ...both(502),
  },
  {
    name: "a malformed frame after output",
    steps: (wire) => streamOf(wire, [...wire.opening, wire.output, wire.malformed, ...wire.ending]),
    whole: 502,
    stream: "late",
  },
  {
    name: "heartbeats only",
    steps: (wire) => streamOf(wire, [], ...forever(wire.ping)),
    ...both(504),
    ...firstOutput,
  },
  {
    name: "a line without end",
    steps: (wire) => streamOf(wire, [wire.endless], ...forever("x".repeat(1024))),
    ...both(504),
    ...firstOutput,
  },
  {
    name: "a stream in chunks of one byte",
    steps: (wire) => streamOf(wire, [], ...bytewise(completeStream(wire)), { end: "complete" }),
    ...both("answer"),
  },
  {
    name: "junk behind the terminal, in the same write",
    steps: (wire) =>
      streamOf(wire, [Buffer.concat([...completeStream(wire), wire.malformed].map((bytes) => Buffer.from(bytes)))]),
    ...both("answer"),
    // A finish is no terminal: more may follow it, and what follows is read.
    except: ["gemini"],
  },
  { name: "a stream, also for a whole", steps: (wire) => streamOf(wire, completeStream(wire)), ...both("answer") },
];

/** Sent to streaming requests as well: such a reply becomes a stream. */
const wholes: readonly Fault[] = [
  { name: "JSON, also for a stream", steps: (wire) => jsonReply(wire.whole), ...both("answer") },
  {
    name: "JSON in chunks of one byte",
    steps: (wire) => [jsonHead, ...bytewise([textOf(wire)]), { end: "complete" }],
    ...both("answer"),
  },
  {
    name: "JSON that ends in the middle",
    steps: (wire) => [jsonHead, { write: halfOf(wire) }, { end: "complete" }],
    ...both(502),
  },
  {
    name: "JSON and a reset in the middle",
    steps: (wire, read) => [jsonHead, { write: halfOf(wire) }, { waitFor: read }, { reset: true }],
    ...both(502),
  },
  {
    name: "JSON and a stall in the middle",
    steps: (wire) => [jsonHead, { write: halfOf(wire) }, { stall: true }],
    ...both(504),
    ...idle,
  },
  {
    name: "JSON that never ends",
    steps: () => [jsonHead, { write: '{"id":"' }, ...forever("x".repeat(1024))],
    ...both(504),
    ...firstOutput,
  },
  { name: "blanks only, as JSON", steps: () => [jsonHead, ...forever("\n")], ...both(504), ...firstOutput },
  { name: "JSON that is no reply", steps: () => jsonReply({ hello: "world" }), ...both(502) },
];

export const faults: readonly Fault[] = [...connections, ...statuses, ...streams, ...wholes];
