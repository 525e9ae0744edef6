// The fake upstream: hand-written HTTP/1.1 over raw TCP with replies built beforehand, so that the rig is not the limit.
import { parseArgs } from "node:util";
import type { Socket } from "bun";
import { openClock } from "./clock.ts";
import { countsPath, type Shape } from "./plan.ts";
import { deltasPerStream, deltaText, scripts } from "./scripts.ts";
import { type Behaviour, behaviourOf, mark, modelName, numbers, stampBytes, wholeReply } from "./wire.ts";

const crlf = "\r\n";
const tickMs = 1;
/** Golden ratio: spreads the phases of any number of streams evenly over their period. */
const phaseStep = 0.618034;
const waitSeed = 20261128;

function head(contentType: string, framing: string): string {
  return [`HTTP/1.1 200 OK`, `Content-Type: ${contentType}`, framing, "x-request-id: req_bench", "", ""].join(crlf);
}

function whole(contentType: string, text: string): Buffer {
  return Buffer.from(head(contentType, `Content-Length: ${Buffer.byteLength(text)}`) + text);
}

function chunk(frame: Buffer): Buffer {
  return Buffer.concat([Buffer.from(frame.length.toString(16) + crlf), frame, Buffer.from(crlf)]);
}

const streamHead = (shape: Shape) => Buffer.from(head(scripts[shape].contentType, "Transfer-Encoding: chunked"));
const streamEnd = Buffer.from(`0${crlf}${crlf}`);
const nothing = Buffer.alloc(0);

/** Every write of a burst, in order: the head leaves with the first frame, the end with the last. */
function burstWrites(shape: Shape): Buffer[] {
  const { opening, delta, closing } = scripts[shape];
  const deltas = Array.from({ length: deltasPerStream(shape) }, (_, index) => delta(deltaText(index)));
  const frames = [...opening, ...deltas, ...closing].map(chunk);
  const last = frames.length - 1;
  return frames.map((frame, index) =>
    Buffer.concat([index === 0 ? streamHead(shape) : nothing, frame, index === last ? streamEnd : nothing]),
  );
}

/** A delta with room for a stamp; safe to share because the kernel copies at the write. */
type StampedFrame = { bytes: Buffer; stampAt: number };

function stampedFrame(shape: Shape): StampedFrame {
  const bytes = chunk(scripts[shape].delta(`${deltaText(0)}${"0".repeat(stampBytes)}`));
  return { bytes, stampAt: bytes.indexOf(mark) + 1 };
}

function modelList(): string {
  const data = (["chat", "messages"] as const).flatMap((shape) =>
    [modelName(shape, { kind: "whole" }), modelName(shape, { kind: "burst" })].map((name) => ({
      id: name.slice(name.indexOf("/") + 1),
      object: "model",
      type: "model",
      created: 1763700000,
      created_at: "2025-11-21T00:00:00Z",
      owned_by: "bench",
    })),
  );
  return JSON.stringify({ object: "list", data, has_more: false });
}

/** A stream with one delta, in one write. */
function briefStream(shape: Shape): Buffer {
  const { opening, delta, closing } = scripts[shape];
  return Buffer.concat([streamHead(shape), ...[...opening, delta(deltaText(0)), ...closing].map(chunk), streamEnd]);
}

function cannedFor(shape: Shape) {
  const { opening, closing } = scripts[shape];
  return {
    whole: shape === "chat" || shape === "messages" ? whole("application/json", wholeReply(shape)) : nothing,
    burst: burstWrites(shape),
    brief: briefStream(shape),
    opening: Buffer.concat([streamHead(shape), ...opening.map(chunk)]),
    stamped: stampedFrame(shape),
    closing: Buffer.concat([...closing.map(chunk), streamEnd]),
  };
}

const canned = {
  chat: cannedFor("chat"),
  messages: cannedFor("messages"),
  responses: cannedFor("responses"),
  gemini: cannedFor("gemini"),
  converse: cannedFor("converse"),
  cohere: cannedFor("cohere"),
} as const;

/** Where each language is spoken; whatever else is posted is Chat Completions. */
const roots: readonly (readonly [root: string, shape: Shape])[] = [
  ["/v1/messages", "messages"],
  ["/v1/responses", "responses"],
  ["/v1beta/", "gemini"],
  ["/model/", "converse"],
  ["/v2/chat", "cohere"],
];

const models = whole("application/json", modelList());
const lengthRequired = Buffer.from(
  `HTTP/1.1 411 Length Required${crlf}Content-Length: 0${crlf}Connection: close${crlf}${crlf}`,
);

/** What all connections share. */
type Service = {
  answer: (peer: Peer, behaviour: Behaviour) => void;
  /** Requests that were read to their end. */
  calls: number;
};

/** A stream in flight. */
type Stream = { peer: Peer; next: number; period: number; nextAtMs: number; deltas: number };

/** One connection from a proxy: reads requests, knows what of a reply is still to be written. */
class Peer {
  shape: Shape = "chat";
  closed = false;
  /** The rest of a write that the kernel did not take; nothing else is written before it has left. */
  backlog: Buffer | undefined;
  #pending: Buffer | undefined;
  #bodyLeft = 0;
  #behaviour: Behaviour | undefined;

  constructor(
    readonly socket: Socket<Peer | undefined>,
    readonly service: Service,
  ) {}

  send(bytes: Buffer): void {
    const written = Math.max(0, this.socket.write(bytes));
    if (written < bytes.length) this.backlog = Buffer.from(bytes.subarray(written));
  }

  drained(): void {
    const rest = this.backlog;
    this.backlog = undefined;
    if (rest) this.send(rest);
  }

  /** Requests come one after the other: a client of HTTP/1.1 that does not pipeline. */
  read(chunk: Buffer): void {
    if (this.#bodyLeft > 0) this.#readBody(chunk, 0);
    else this.#readHead(chunk);
  }

  #readHead(chunk: Buffer): void {
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    this.#pending = undefined;
    const end = bytes.indexOf(crlf + crlf);
    if (end < 0) {
      this.#pending = Buffer.from(bytes);
      return;
    }
    const text = bytes.toString("latin1", 0, end);
    if (text.startsWith("GET ")) {
      const asksForCounts = text.startsWith(`GET ${countsPath} `);
      this.send(asksForCounts ? whole("application/json", `{"calls":${this.service.calls}}`) : models);
      return;
    }
    const length = /\r\ncontent-length: *(\d+)/i.exec(text)?.[1];
    if (length === undefined) {
      this.send(lengthRequired);
      return;
    }
    this.shape = roots.find(([root]) => text.startsWith(root, "POST ".length))?.[1] ?? "chat";
    this.#bodyLeft = Number(length);
    // Some languages name the model in the path.
    const named = /bench[\w-]*/.exec(text.slice(0, text.indexOf(crlf)))?.[0];
    this.#behaviour = named === undefined ? undefined : behaviourOf(named);
    this.#readBody(bytes, end + 4);
  }

  #readBody(bytes: Buffer, from: number): void {
    this.#behaviour ??= this.#findBehaviour(bytes, from);
    this.#bodyLeft -= bytes.length - from;
    if (this.#bodyLeft > 0) return;
    this.service.calls += 1;
    this.service.answer(this, this.#behaviour ?? { kind: "whole" });
  }

  /** The model's name is the first field of every body of the bench; it is looked for, not parsed. */
  #findBehaviour(bytes: Buffer, from: number): Behaviour | undefined {
    const start = bytes.indexOf("bench", from);
    if (start < 0) return undefined;
    return behaviourOf(bytes.toString("latin1", start, bytes.indexOf('"', start)));
  }
}

/** Writes one frame to each streaming peer per turn of the event loop: each frame is a flush of its own. */
class Bursts {
  #active: Stream[] = [];

  add(peer: Peer): void {
    this.#active.push({ peer, next: 0, period: 0, nextAtMs: 0, deltas: 0 });
    if (this.#active.length === 1) setImmediate(this.#turn);
  }

  readonly #turn = (): void => {
    this.#active = this.#active.filter((stream) => this.#write(stream));
    if (this.#active.length > 0) setImmediate(this.#turn);
  };

  #write(stream: Stream): boolean {
    const { peer } = stream;
    if (peer.closed) return false;
    if (peer.backlog) return true;
    const writes = canned[peer.shape].burst;
    const bytes = writes[stream.next++];
    if (bytes) peer.send(bytes);
    return stream.next < writes.length;
  }
}

/** Writes a stamped frame to each stream when it is due. One timer for all. */
class Paces {
  #active: Stream[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #started = 0;

  constructor(readonly nowMs: () => number) {}

  /** The first delta leaves at once, the second after a part of the period that differs from stream to stream. */
  add(peer: Peer, period: number, deltas: number): void {
    const nowMs = this.nowMs();
    peer.send(canned[peer.shape].opening);
    this.#stamp(peer, nowMs);
    const phase = (this.#started++ * phaseStep) % 1;
    this.#active.push({ peer, next: 1, period, nextAtMs: nowMs + period * phase, deltas });
    this.#timer ??= setInterval(this.#tick, tickMs);
  }

  readonly #tick = (): void => {
    const nowMs = this.nowMs();
    this.#active = this.#active.filter((stream) => stream.nextAtMs > nowMs || this.#write(stream));
    if (this.#active.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  };

  #write(stream: Stream): boolean {
    const { peer } = stream;
    if (peer.closed) return false;
    const nowMs = this.nowMs();
    // A stream that fell behind goes on at its pace and does not catch up: a model would not either.
    stream.nextAtMs = Math.max(stream.nextAtMs + stream.period, nowMs);
    if (peer.backlog) return true;
    if (stream.next >= stream.deltas) {
      peer.send(canned[peer.shape].closing);
      return false;
    }
    stream.next += 1;
    this.#stamp(peer, nowMs);
    return true;
  }

  #stamp(peer: Peer, nowMs: number): void {
    if (peer.backlog) return;
    const { bytes, stampAt } = canned[peer.shape].stamped;
    bytes.write(nowMs.toFixed(3).padStart(stampBytes, "0"), stampAt, "latin1");
    peer.send(bytes);
  }
}

/** Answers after one of two waits, drawn from the same numbers in each run. */
class Waits {
  readonly #next = numbers(waitSeed);

  add(peer: Peer, { fastMs, slowMs, slowPercent }: Extract<Behaviour, { kind: "bimodal" }>): void {
    const waitMs = this.#next() * 100 < slowPercent ? slowMs : fastMs;
    setTimeout(() => {
      if (!peer.closed) peer.send(canned[peer.shape].brief);
    }, waitMs);
  }
}

/** Absent when a TLS handshake was given up: the connection never opened. */
function gone(peer: Peer | undefined): void {
  if (peer) peer.closed = true;
}

type TlsFiles = { cert: string; key: string };

function listen(service: Service, tls?: TlsFiles): number {
  const listener = Bun.listen<Peer | undefined>({
    hostname: "127.0.0.1",
    port: 0,
    ...(tls ? { tls: { cert: Bun.file(tls.cert), key: Bun.file(tls.key) } } : {}),
    socket: {
      open(socket) {
        socket.setNoDelay(true);
        socket.data = new Peer(socket, service);
      },
      data: (socket, bytes) => socket.data?.read(bytes),
      drain: (socket) => socket.data?.drained(),
      close: (socket) => gone(socket.data),
      error: (socket) => gone(socket.data),
    },
  });
  return listener.port;
}

function main(): void {
  const { values } = parseArgs({ options: { cert: { type: "string" }, key: { type: "string" } } });
  const bursts = new Bursts();
  const paces = new Paces(openClock());
  const waits = new Waits();
  const answer = (peer: Peer, behaviour: Behaviour): void => {
    if (behaviour.kind === "whole") peer.send(canned[peer.shape].whole);
    else if (behaviour.kind === "burst") bursts.add(peer);
    else if (behaviour.kind === "bimodal") waits.add(peer, behaviour);
    else paces.add(peer, behaviour.periodMs, behaviour.deltas);
  };
  const service: Service = { answer, calls: 0 };
  const port = listen(service);
  const tlsPort = values.cert && values.key ? listen(service, { cert: values.cert, key: values.key }) : 0;
  process.stdout.write(`${JSON.stringify({ port, tlsPort })}\n`);
  // The run holds our standard input open: when it dies in any way, this process ends as well.
  process.stdin.on("end", () => process.exit(0)).resume();
}

main();
