// A provider on a raw TCP socket whose every byte, pause and end a test decides, and which keeps what it was sent.
import type { Socket, TLSOptions } from "bun";

/** What happens on the connection, in order. Without a `head` first, the first write sends 200 with chunked framing. */
export type Step =
  | { head: { status?: number; headers?: readonly (readonly [string, string])[]; framing?: Framing } }
  /** One HTTP chunk under chunked framing, else the bytes as they are. */
  | { write: string | Uint8Array }
  /** Straight to the socket, whatever the framing. */
  | { raw: string | Uint8Array }
  | { waitMs: number }
  | { waitFor: Promise<unknown> }
  /** Nothing more, until the client leaves. */
  | { stall: true }
  /** RST. It discards what the client has not read yet: let `waitFor` come first where that matters. */
  | { reset: true }
  /** "complete" sends the terminal chunk (and closes where only the close ends a body); "cut" closes without it. */
  | { end: "complete" | "cut" };

/** How the end of a body is told: the last chunk, a header of the script's own making, or the close of the connection. */
type Framing = "chunked" | "length" | "close";

export type SeenRequest = {
  method: string;
  /** As sent: path and query. */
  target: string;
  /** In the order and spelling they were sent in. */
  headers: [string, string][];
  /** First value by lower-case name. */
  header(name: string): string | undefined;
  /** Unchunked, otherwise as sent. */
  body: Uint8Array;
  text(): string;
  json(): unknown;
  /** Which connection it came on, from 0. */
  connection: number;
  /** Resolves when that connection has closed. */
  closed: Promise<"by peer" | "by us">;
};

export type Script =
  | readonly Step[]
  | ((request: SeenRequest, index: number) => readonly Step[] | Promise<readonly Step[]>);

export type FakeUpstream = AsyncDisposable & {
  /** `http://127.0.0.1:PORT`, or https; no trailing slash. */
  url: string;
  port: number;
  requests: SeenRequest[];
  /** Resolves with request number `index` as soon as it has been read. */
  request(index: number): Promise<SeenRequest>;
  /** Connections accepted so far. */
  readonly connections: number;
  close(): void;
};

type Connection = {
  index: number;
  received: Uint8Array;
  arrived: PromiseWithResolvers<void>;
  drained: PromiseWithResolvers<void>;
  closed: PromiseWithResolvers<"by peer" | "by us">;
  closing: boolean;
  open: boolean;
};

type Wire = Socket<Connection>;

export async function openFakeUpstream(script: Script, options: { tls?: TLSOptions } = {}): Promise<FakeUpstream> {
  const requests: SeenRequest[] = [];
  const waiting: { index: number; resolve: (request: SeenRequest) => void }[] = [];
  const sockets = new Set<Wire>();
  let connections = 0;
  const see = (request: SeenRequest): number => {
    requests.push(request);
    for (const { index, resolve } of waiting) if (index === requests.length - 1) resolve(request);
    return requests.length - 1;
  };
  const leave = (socket: Wire): void => {
    sockets.delete(socket);
    // A TLS handshake that fails ends a socket that was never opened.
    const connection: Connection | undefined = socket.data;
    if (connection === undefined) return;
    connection.open = false;
    connection.arrived.resolve();
    connection.drained.resolve();
    connection.closed.resolve(connection.closing ? "by us" : "by peer");
  };
  const listener = Bun.listen<Connection>({
    hostname: "127.0.0.1",
    port: 0,
    ...(options.tls ? { tls: options.tls } : {}),
    socket: {
      open(socket) {
        socket.data = newConnection(connections++);
        sockets.add(socket);
        void serve({ socket, script, see }).catch(() => socket.terminate());
      },
      data({ data: connection }, bytes) {
        connection.received = joined(connection.received, bytes);
        connection.arrived.resolve();
      },
      drain: ({ data: connection }) => connection.drained.resolve(),
      end: leave,
      close: leave,
      error: leave,
    },
  });
  const close = (): void => {
    for (const socket of sockets) hangUp(socket);
    listener.stop(true);
  };
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${listener.port}`,
    port: listener.port,
    requests,
    request: (index) => {
      const seen = requests[index];
      return seen ? Promise.resolve(seen) : new Promise((resolve) => waiting.push({ index, resolve }));
    },
    get connections() {
      return connections;
    },
    close,
    [Symbol.asyncDispose]: async () => close(),
  };
}

function newConnection(index: number): Connection {
  return {
    index,
    received: new Uint8Array(),
    arrived: Promise.withResolvers(),
    drained: Promise.withResolvers(),
    closed: Promise.withResolvers(),
    closing: false,
    open: true,
  };
}

function hangUp(socket: Wire): void {
  socket.data.closing = true;
  socket.terminate();
}

type Served = { socket: Wire; script: Script; see: (request: SeenRequest) => number };

/** Requests of one connection, one after the other. */
async function serve({ socket, script, see }: Served): Promise<void> {
  while (socket.data.open) {
    const request = await readRequest(socket.data);
    if (request === undefined) return;
    const index = see(request);
    const steps = typeof script === "function" ? await script(request, index) : script;
    await play(socket, steps);
  }
}

async function play(socket: Wire, steps: readonly Step[]): Promise<void> {
  let framing: Framing | undefined;
  const send = (content: string | Uint8Array) => sendBytes(socket, bytesOf(content));
  const begin = async (head: Extract<Step, { head: unknown }>["head"]) => {
    framing = head.framing ?? "chunked";
    await send(headText(head, framing));
  };
  for (const step of steps) {
    if (!socket.data.open) return;
    if ("head" in step) await begin(step.head);
    else if ("raw" in step) await send(step.raw);
    else if ("waitMs" in step) await Bun.sleep(step.waitMs);
    else if ("waitFor" in step) await step.waitFor;
    else if ("stall" in step) await socket.data.closed.promise;
    else if ("reset" in step) hangUp(socket);
    else if ("write" in step) {
      if (framing === undefined) await begin({});
      await send(framing === "chunked" ? asChunk(bytesOf(step.write)) : step.write);
    } else {
      if (framing === undefined) await begin({});
      const complete = step.end === "complete";
      if (complete && framing === "chunked") await send("0\r\n\r\n");
      if (!complete || framing === "close") {
        socket.data.closing = true;
        socket.end();
      }
    }
  }
}

function headText(
  head: { status?: number; headers?: readonly (readonly [string, string])[] },
  framing: Framing,
): string {
  const own: [string, string][] = framing === "chunked" ? [["Transfer-Encoding", "chunked"]] : [];
  if (framing === "close") own.push(["Connection", "close"]);
  const lines = [...(head.headers ?? []), ...own].map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${head.status ?? 200} Scripted\r\n${lines.join("")}\r\n`;
}

async function sendBytes(socket: Wire, bytes: Uint8Array): Promise<void> {
  let sent = 0;
  while (sent < bytes.length && socket.data.open) {
    socket.data.drained = Promise.withResolvers();
    const count = socket.write(bytes.subarray(sent));
    if (count < 0) return;
    sent += count;
    if (sent < bytes.length) await socket.data.drained.promise;
  }
}

async function readRequest(connection: Connection): Promise<SeenRequest | undefined> {
  const headEnd = await untilFound(connection, "\r\n\r\n");
  if (headEnd === undefined) return undefined;
  const [requestLine = "", ...lines] = new TextDecoder("latin1")
    .decode(take(connection, headEnd + 4))
    .trimEnd()
    .split("\r\n");
  const [method = "", target = ""] = requestLine.split(" ");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const header = (name: string) => headers.find(([given]) => given.toLowerCase() === name)?.[1];
  const chunked = header("transfer-encoding")?.toLowerCase() === "chunked";
  const body = chunked
    ? await readChunks(connection)
    : await readLength(connection, Number(header("content-length") ?? 0));
  if (body === undefined) return undefined;
  const text = () => new TextDecoder().decode(body);
  const json = () => JSON.parse(text()) as unknown;
  const { index, closed } = connection;
  return { method, target, headers, header, body, text, json, connection: index, closed: closed.promise };
}

async function readLength(connection: Connection, length: number): Promise<Uint8Array | undefined> {
  while (connection.received.length < length) if (!(await more(connection))) return undefined;
  return take(connection, length);
}

async function readChunks(connection: Connection): Promise<Uint8Array | undefined> {
  let body = new Uint8Array();
  for (;;) {
    const lineEnd = await untilFound(connection, "\r\n");
    if (lineEnd === undefined) return undefined;
    const size = Number.parseInt(new TextDecoder().decode(take(connection, lineEnd + 2)), 16);
    const chunk = await readLength(connection, size + 2);
    if (chunk === undefined) return undefined;
    if (size === 0) return body;
    body = joined(body, chunk.subarray(0, size));
  }
}

async function untilFound(connection: Connection, wanted: string): Promise<number | undefined> {
  for (;;) {
    const index = Buffer.from(
      connection.received.buffer,
      connection.received.byteOffset,
      connection.received.length,
    ).indexOf(wanted);
    if (index >= 0) return index;
    if (!(await more(connection))) return undefined;
  }
}

/** Waits for bytes; false when the connection has closed. */
async function more(connection: Connection): Promise<boolean> {
  if (!connection.open) return false;
  connection.arrived = Promise.withResolvers();
  await connection.arrived.promise;
  return connection.open;
}

function take(connection: Connection, count: number): Uint8Array {
  const taken = connection.received.slice(0, count);
  connection.received = connection.received.slice(count);
  return taken;
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

function asChunk(bytes: Uint8Array): Uint8Array {
  return joined(joined(bytesOf(`${bytes.length.toString(16)}\r\n`), bytes), bytesOf("\r\n"));
}

const eventStream: readonly (readonly [string, string])[] = [["Content-Type", "text/event-stream; charset=utf-8"]];

/** A stream: each text (or payload, without `data:`) is one frame and one HTTP chunk; `last` is how it ends. */
export function sse(frames: readonly string[], last: Step = { end: "complete" }): Step[] {
  const texts = frames.map((frame) => (/^(data|event|id|retry)?:/.test(frame) ? frame : `data: ${frame}\n\n`));
  return [{ head: { headers: eventStream } }, ...texts.map((write) => ({ write })), last];
}

/** A whole JSON reply with its length, on a connection that stays open. */
export function jsonReply(body: unknown, status = 200, headers: readonly (readonly [string, string])[] = []): Step[] {
  const bytes = bytesOf(JSON.stringify(body));
  const own = [["Content-Type", "application/json"] as const, ["Content-Length", String(bytes.length)] as const];
  return [{ head: { status, headers: [...own, ...headers], framing: "length" } }, { write: bytes }];
}
