// A WebSocket through Sluice: opened at the provider first, then at the client; every frame both ways at the pace of whoever
// takes it; closed on both sides as soon as one side is gone, with the code it gave.
import { GatewayError } from "../core/errors.ts";
import type { Usage } from "../core/usage.ts";
import { readSocketUsage } from "../dialects/openai-responses/socket.ts";
import { timeoutError } from "./call-timers.ts";
import type { Exchange, Outcome, Stoppable } from "./exchange.ts";
import { protocolsOf } from "./passthrough-headers.ts";
import type { Passing } from "./passthrough-parts.ts";
import { timeoutsFor } from "./run-settings.ts";
import type { ClientSocket, SocketEnd } from "./socket.ts";
import { addCredential, connectionError } from "./upstream.ts";

/** Bytes waiting for the provider above which the client is not read, and below which it is read again. */
const waitingBytesMax = 1024 * 1024;
const waitingBytesLow = 256 * 1024;
/** Bun does not tell when a client socket has drained. */
const lookAgainMs = 10;
/** A silent provider is asked for a sign of life this often, or twice in its idle limit. */
const pingMs = 30_000;

/** Opens both ends, or rejects with GatewayError while the client can still be told with a status. */
export async function openTunnel(passing: Passing): Promise<Response> {
  const { parts, exchange, request, provider } = passing;
  const { record, deadlines } = exchange;
  if (provider.transport.kind !== "http") {
    throw new GatewayError("not_supported", `${provider.name} takes no WebSockets`);
  }
  exchange.liftLater(parts.listener);
  record.attempts++;
  record.stream = true;
  const timeouts = timeoutsFor(parts.settings, provider.name);
  const tunnel = new Tunnel(exchange, timeouts.idle, provider.name);
  exchange.runs(tunnel);
  deadlines.on("connect", () => tunnel.stop(timeoutError("connect", provider.name)));
  deadlines.set("connect", timeouts.connect + timeouts.headers);
  const protocol = await tunnel.call(await dial(passing));
  deadlines.clear("connect");
  record.status = 101;
  record.translation = "native";
  // From here on the sockets tell how it ends; the request's own signal knows no close code.
  exchange.handOver();
  const headers = { "x-request-id": exchange.id, "x-sluice-provider": provider.name };
  const upgraded = parts.upgrade(request, tunnel, {
    ...headers,
    ...(protocol && { "sec-websocket-protocol": protocol }),
  });
  if (!upgraded) {
    tunnel.close(1006, "");
    throw new GatewayError("client_gone", "the client closed the connection");
  }
  // Nobody sees it: the answer was 101.
  return new Response(null, { status: 204 });
}

async function dial({ request, provider, credential, url, headers: passed }: Passing): Promise<WebSocket> {
  const headers = { ...passed };
  addCredential(headers, credential);
  const address = url.replace(/^http/, "ws");
  const own = await credential.authorize?.({ method: "GET", url, headers });
  const protocols = protocolsOf(request.headers);
  const proxy = provider.proxyFor?.(url);
  return new WebSocket(address, {
    headers: { ...headers, ...own },
    perMessageDeflate: false,
    ...(provider.trust && { tls: provider.trust }),
    ...(proxy !== undefined && { proxy }),
    ...(protocols.length > 0 && { protocols }),
  });
}

class Tunnel implements SocketEnd, Stoppable {
  readonly #exchange: Exchange;
  readonly #idleMs: number;
  readonly #provider: string;
  #upstream: WebSocket | undefined;
  #client: ClientSocket | undefined;
  /** What came before the client was there: some providers speak first. */
  #early: (string | Uint8Array)[] = [];
  #usage: Usage | undefined;
  #closed = false;
  #stopped: GatewayError | undefined;
  #refuse: ((reason: GatewayError) => void) | undefined;

  constructor(exchange: Exchange, idleMs: number, provider: string) {
    this.#exchange = exchange;
    this.#idleMs = idleMs;
    this.#provider = provider;
  }

  /** Resolves with the protocol that the provider chose, empty for none. Rejects with GatewayError. */
  call(upstream: WebSocket): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    this.#upstream = upstream;
    this.#refuse = reject;
    upstream.binaryType = "nodebuffer";
    let words = "";
    upstream.onopen = () => {
      // Read on once the client is there.
      upstream.pause();
      resolve(upstream.protocol);
    };
    upstream.onmessage = ({ data }) => this.#fromUpstream(data as string | Uint8Array);
    upstream.onerror = (event) => {
      words = (event as ErrorEvent).message ?? "";
    };
    upstream.onclose = ({ code, reason }) => {
      reject(refusal(words, this.#provider));
      this.#upstreamClosed(code, reason);
    };
    upstream.addEventListener("ping", (event) => {
      this.#noteLife();
      this.#client?.ping(new Uint8Array((event as unknown as { data: Uint8Array }).data));
    });
    upstream.addEventListener("pong", () => this.#noteLife());
    if (this.#stopped) this.stop(this.#stopped);
    return promise;
  }

  open(socket: ClientSocket): void {
    this.#client = socket;
    if (this.#closed) {
      socket.terminate();
      return;
    }
    const { deadlines } = this.#exchange;
    deadlines.on("idle", () => this.stop(timeoutError("idle", this.#provider)));
    deadlines.on("heartbeat", () => this.#askForLife());
    this.#noteLife();
    this.#askForLife();
    const early = this.#early;
    this.#early = [];
    this.#upstream?.resume();
    for (const data of early) this.#fromUpstream(data);
  }

  message(data: string | Uint8Array): void {
    const upstream = this.#upstream;
    if (this.#closed || !upstream) return;
    upstream.send(data);
    if (upstream.bufferedAmount > waitingBytesMax) {
      this.#client?.pause();
      this.#whenTaken(upstream);
    }
  }

  drain(): void {
    if (!this.#closed) this.#upstream?.resume();
  }

  ping(data: Uint8Array): void {
    if (!this.#closed) this.#upstream?.ping(data);
  }

  /** The client's end has closed. */
  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#end(code === 1006 ? "client_gone" : "complete");
    closeUpstream(this.#upstream, code, reason);
  }

  /** Ends it from here: shutting down, or a limit. */
  stop(reason: GatewayError): void {
    this.#stopped ??= reason;
    if (this.#closed || !this.#upstream) return;
    this.#refuse?.(reason);
    this.#exchange.record.error = reason;
    // Closing a socket calls back before it returns: how it ended is said first.
    if (this.#client) this.#end("error");
    closeUpstream(this.#upstream, 1001, "");
    // RFC 6455 7.4.1: 1001 going away, 1011 something unexpected.
    this.#client?.close(reason.code === "unavailable" ? 1001 : 1011, reason.message.slice(0, 100));
  }

  #fromUpstream(data: string | Uint8Array): void {
    if (this.#closed) return;
    const client = this.#client;
    if (!client) {
      this.#early.push(data);
      return;
    }
    this.#noteLife();
    this.#exchange.noteOutput();
    const sent = client.send(data);
    if (sent === -1) this.#upstream?.pause();
    // Never on without it: the client would miss a frame and not know.
    if (sent === 0 && data.length > 0) this.stop(new GatewayError("client_gone", "the client took no more frames"));
    if (typeof data === "string") this.#count(data);
  }

  #count(text: string): void {
    const usage = readSocketUsage(text, this.#usage);
    if (!usage) return;
    this.#usage = usage;
    this.#exchange.record.usage = usage;
  }

  #upstreamClosed(code: number, reason: string): void {
    const client = this.#client;
    if (this.#closed || !client) return;
    const failed = code === 1006 || (code >= 1002 && code < 3000 && code !== 1005);
    if (failed) {
      this.#exchange.record.error = new GatewayError(
        "upstream_truncated",
        `${this.#provider} ended the connection (${code}${reason && `: ${reason}`})`,
      );
    }
    this.#end(failed ? "error" : "complete");
    if (code === 1006 || code === 1015) client.terminate();
    else client.close(code, reason);
  }

  #end(outcome: Outcome): void {
    this.#closed = true;
    this.#early = [];
    this.#exchange.settle(outcome);
  }

  #whenTaken(upstream: WebSocket): void {
    setTimeout(() => {
      if (this.#closed) return;
      if (upstream.bufferedAmount > waitingBytesLow) this.#whenTaken(upstream);
      else this.#client?.resume();
    }, lookAgainMs);
  }

  #noteLife(): void {
    if (this.#client) this.#exchange.deadlines.set("idle", this.#idleMs);
  }

  #askForLife(): void {
    if (this.#closed) return;
    const { deadlines } = this.#exchange;
    deadlines.set("heartbeat", this.#idleMs > 0 ? Math.min(pingMs, this.#idleMs / 2) : pingMs);
    this.#upstream?.ping();
  }
}

/** Codes that may stand in a close frame (RFC 6455 7.4) are passed on; the others only say that there was none. */
function closeUpstream(upstream: WebSocket | undefined, code: number, reason: string): void {
  if (!upstream || upstream.readyState === WebSocket.CLOSED) return;
  if (code === 1006 || upstream.readyState === WebSocket.CONNECTING) upstream.terminate();
  else if ((code >= 1000 && code <= 1014 && ![1004, 1005].includes(code)) || code >= 3000) upstream.close(code, reason);
  else upstream.close();
}

/** Bun tells of a refused upgrade its status and nothing else (bun.md 1.7). */
function refusal(words: string, provider: string): GatewayError {
  const status = Number(/status code: (\d{3})/.exec(words)?.[1]);
  if (!Number.isInteger(status)) return connectionError(new Error(words), provider);
  const code = status >= 500 || status < 400 ? "upstream_failed" : "invalid_request";
  return new GatewayError(code, `${provider} refused the WebSocket with the status ${status}`, {
    status: status < 400 ? 502 : status,
    publicCode: "upgrade_refused",
  });
}
