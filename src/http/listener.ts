// The HTTP listener: guard, then Elysia's router, then 404 or 405 from our own table; and its orderly end.
import type { WebSocketHandler } from "bun";
import { type AnyElysia, Elysia } from "elysia";
import { GatewayError } from "../core/errors.ts";
import { errorWriterOf } from "../dialects/index.ts";
import type { SocketEnd, Upgrade } from "../exchange/socket.ts";
import type { Log } from "../telemetry/log.ts";
import { errorResponse, noEndpoint, pathOf } from "./errors.ts";
import type { Guard } from "./guard.ts";
import { findRoute } from "./routes.ts";

/** Seconds without a byte before a connection is cut while a body is read; lifted for the reply (bun.md 1.6). */
const idleTimeoutSeconds = 30;
/** Our own limit answers with an envelope; Bun's would answer with an empty 413, whatever length is only announced. */
const listenerBodyBytesMax = Number.MAX_SAFE_INTEGER;

export type ListenerOptions = {
  host: string;
  port: number;
  guard: Guard;
  plugins: readonly AnyElysia[];
  log: Log;
};

export type Listener = {
  url: URL;
  /** Lifts the idle limit for one request. */
  liftIdleLimit: (request: Request) => void;
  /** Without it, the connection could stay open for ever behind the reply. */
  restoreIdleLimit: (request: Request) => void;
  /** Hands a request's connection over as a WebSocket. */
  upgrade: Upgrade;
  /** Refuses new connections; resolves when the running requests have ended. */
  stop: () => Promise<void>;
  /** Ends everything at once. */
  close: () => Promise<void>;
};

export function openListener(options: ListenerOptions): Listener {
  const { log } = options;
  const app = new Elysia({ precompile: true, handler: { standardHostname: false } });
  app.onError(({ code, error, request }) => {
    if (code === "NOT_FOUND") return noRoute(request);
    const cause = error instanceof Error ? error : new Error(String(error));
    log.write("error", "a handler failed", { error: cause.message, stack: cause.stack });
    return errorResponse(request, new GatewayError("internal", "internal error", { cause }));
  });
  for (const plugin of options.plugins) app.use(plugin);
  app.compile();
  const { guard } = options;
  const route = app.fetch;
  const server = Bun.serve<SocketEnd>({
    hostname: options.host,
    port: options.port,
    reusePort: false,
    development: false,
    idleTimeout: idleTimeoutSeconds,
    maxRequestBodySize: listenerBodyBytesMax,
    fetch: (request) => guard(request) ?? route(request),
    websocket: socketHandlers,
    error(error) {
      log.write("error", "the listener failed", { error: error.message });
      const failure = new GatewayError("internal", "internal error");
      return Response.json(errorWriterOf("openai-chat")(failure, crypto.randomUUID()), { status: failure.status });
    },
  });
  return {
    url: server.url,
    liftIdleLimit: (request) => server.timeout(request, 0),
    restoreIdleLimit: (request) => server.timeout(request, idleTimeoutSeconds),
    upgrade: (request, end, headers) => server.upgrade(request, { data: end, headers }),
    stop: () => server.stop(),
    close: () => server.stop(true),
  };
}

/** Larger messages close the socket (1009). */
const socketMessageBytesMax = 16 * 1024 * 1024;
/** Whoever answers no ping within this time is gone. */
const socketIdleSeconds = 120;

/** Every socket has an end of its own behind it (exchange/tunnel.ts). */
const socketHandlers: WebSocketHandler<SocketEnd> = {
  maxPayloadLength: socketMessageBytesMax,
  // Whoever sends stops at the first sign of it; this much may be under way then.
  backpressureLimit: 4 * socketMessageBytesMax,
  idleTimeout: socketIdleSeconds,
  sendPings: true,
  perMessageDeflate: false,
  open: (socket) => socket.data.open(socket),
  message: (socket, data) => socket.data.message(data),
  drain: (socket) => socket.data.drain(),
  ping: (socket, data) => socket.data.ping(data),
  close: (socket, code, reason) => socket.data.close(code, reason),
};

/** A path that exists, by another method, is 405; Elysia knows only 404. */
function noRoute(request: Request): Response {
  const path = pathOf(request.url);
  const row = findRoute(path);
  if (row && request.headers.get("upgrade")?.toLowerCase() === "websocket") {
    // Codex tries a WebSocket first, and falls back on this status.
    const error = new GatewayError("upgrade_required", `there is no WebSocket on ${path}; send the request over HTTP`);
    return errorResponse(request, error, { upgrade: "HTTP/1.1" });
  }
  if (row && !row.methods.includes(request.method)) {
    const error = new GatewayError("method_not_allowed", `${request.method} is not allowed on ${path}`);
    return errorResponse(request, error, { allow: row.methods.join(", ") });
  }
  return errorResponse(request, noEndpoint(request));
}
