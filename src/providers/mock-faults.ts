// The faults the mock can commit: their names, how they are written (`stall@3`, `slow-first=60s`, `status-429`), and what each does to a body.

import type { MockWire } from "./mock-wire.ts";
import type { BodyStep } from "./paced-body.ts";
import { connectionLost } from "./paced-body.ts";

export type Fault = {
  name: string;
  /** Good frames before the fault; absent: the fault's own default. */
  after: number | undefined;
  /** Text after `=`. */
  value: string | undefined;
};

/** A reply on its way: its pieces of wire text, and whether it is a stream. */
export type Piece = { pieces: readonly string[]; stream: boolean; wire: MockWire; fault: Fault };

const heartbeatPauseMs = 1_000;
/** A reset discards what has not been delivered: the good frames get this long to arrive. */
const beforeResetMs = 50;
/** "Endless" ends somewhere: nobody's memory should hold this much, and no disk should fill with it. */
const endlessBytesMax = 1024 * 1024 * 1024;
const endlessPiece = "x".repeat(64 * 1024);

/** Faults of the body: each gives the steps that are sent instead of the good ones. */
export const bodyFaults: { readonly [name: string]: (piece: Piece) => Iterable<BodyStep> } = {
  "error-first": (piece) => [{ write: errorText(piece) }],
  // A whole reply has no "later": its body is the error.
  "error-later": (piece) => [...(piece.stream ? good(piece, 1) : []), { write: errorText(piece) }],
  reset: (piece) => [...good(piece, 1), { waitMs: beforeResetMs, fail: connectionLost() }],
  stall: (piece) => [...good(piece, 1), { stall: true }],
  truncate: (piece) => good(piece, 1),
  malformed,
  "heartbeat-only": heartbeats,
  "endless-line": endlessLine,
  "slow-first": (piece) =>
    piece.pieces.map((write, index) => ({ write, waitMs: index === 0 ? slowMs(piece.fault) : 0 })),
};

/** Faults that answer something else altogether, or change how the good body is cut; mock.ts knows them. */
export const otherFaults = [
  "html",
  "error-in-200",
  "stall-headers",
  "one-byte",
  "json-for-stream",
  "stream-for-whole",
] as const;

/** For help texts. `status-NNN` stands for any status. */
export const faultNames: readonly string[] = ["status-NNN", ...otherFaults, ...Object.keys(bodyFaults)];

const written = /^(?<name>[a-z0-9-]+?)(?:@(?<after>\d{1,6}))?(?:=(?<value>[^@=]+))?$/;

/** Throws Error naming what is wrong. */
export function readFault(text: string): Fault {
  const groups = written.exec(text)?.groups;
  const name = groups?.["name"] ?? "";
  const known =
    statusOf(name) !== undefined ||
    Object.hasOwn(bodyFaults, name) ||
    (otherFaults as readonly string[]).includes(name);
  if (!groups || !known) throw new Error(`unknown fault ${JSON.stringify(text)}; known: ${faultNames.join(", ")}`);
  const fault = {
    name,
    after: groups["after"] === undefined ? undefined : Number(groups["after"]),
    value: groups["value"],
  };
  if (name === "slow-first") slowMs(fault);
  return fault;
}

/** The status of a `status-NNN` fault. */
export function statusOf(name: string): number | undefined {
  const digits = /^status-([2-5]\d\d)$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const unitsMs: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000 };

/** `20ms`, `1.5s`, `2m`; a bare number is milliseconds. Throws Error on anything else. */
export function readDurationMs(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text.trim());
  if (!match) throw new Error(`${JSON.stringify(text)} is not a duration such as 20ms or 60s`);
  return Number(match[1]) * unitsMs[match[2] ?? "ms"]!;
}

function slowMs(fault: Fault): number {
  return readDurationMs(fault.value ?? "60s");
}

function good({ pieces, fault }: Piece, usual: number): { write: string }[] {
  return pieces.slice(0, fault.after ?? usual).map((write) => ({ write }));
}

function errorText({ wire, stream }: Piece): string {
  const text = JSON.stringify(wire.errorBody(503, "The mock was told to report an error here."));
  return stream ? wire.frame(text) : text;
}

/** The frame after the good ones loses the second half of its payload, framing intact; the rest follows. */
function malformed({ pieces, fault }: Piece): BodyStep[] {
  const at = Math.min(fault.after ?? 1, pieces.length - 1);
  return pieces.map((piece, index) => ({ write: index === at ? halved(piece) : piece }));
}

function halved(piece: string): string {
  const text = piece.trimEnd();
  const start = piece.indexOf("data:") + 1;
  return text.slice(0, (start + text.length) / 2) + piece.slice(text.length);
}

function* heartbeats({ wire }: Piece): Generator<BodyStep> {
  yield { write: wire.heartbeat };
  for (;;) yield { waitMs: heartbeatPauseMs, write: wire.heartbeat };
}

function* endlessLine({ wire }: Piece): Generator<BodyStep> {
  yield { write: wire.lineStart };
  for (let sent = 0; sent < endlessBytesMax; sent += endlessPiece.length) yield { write: endlessPiece };
}
