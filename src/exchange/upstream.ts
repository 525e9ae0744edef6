// The only caller of fetch. Redirects are never followed, schemes are checked, failures become GatewayErrors, and a
// provider's TLS connections are spread over several contexts, since Bun keeps 64 idle sockets per context.
import { connect } from "node:net";
import { GatewayError } from "../core/errors.ts";
import { addressOf } from "../providers/address.ts";
import type { Credential, OutgoingCall, Provider } from "../providers/provider.ts";
import type { ProxyFor } from "../providers/proxy.ts";
import type { Trust } from "../providers/trust.ts";

/** Idle sockets that Bun keeps per context (oven-sh/bun#42608): more in flight than this means new handshakes. */
const socketsPerContext = 64;
/** Bun caches at most 60 contexts; beyond that a context would be made anew for each request. */
const contextsMax = 48;
/** Any value differs in content, and so in context; seconds of TLS session reuse, harmless on a client. */
const sessionTimeoutSeconds = 300;

export type UpstreamCall = {
  provider: Provider;
  /** One of the provider's: its headers are added here, over all others. */
  credential: Credential;
  /** As the provider's row writes it (providers/address.ts), with its query. */
  path: string;
  /** The whole address, where it is none of the row's paths (passthrough): the caller has checked that it is the provider's. */
  url?: string;
  method: string;
  /** The call's own: the credential's are added to them. */
  headers: { [name: string]: string };
  body?: Uint8Array | string | ReadableStream<Uint8Array>;
  /** The reply's body stays in its content encoding, and none is asked for but what `headers` say. */
  encoded?: true;
  signal: AbortSignal;
  lease: Lease;
};

/** A place in one of the TLS contexts; undefined where there is none to choose. Must be left once. */
export type Lease = { tls: TlsOptions; leave: () => void } | undefined;

type TlsOptions = { sessionTimeout: number };
type FetchOptions = RequestInit & {
  timeout: false;
  tls?: TlsOptions & Trust;
  proxy?: string | false;
  decompress?: false;
};

const tlsContexts: readonly TlsOptions[] = Array.from({ length: contextsMax }, (_, index) => ({
  sessionTimeout: sessionTimeoutSeconds + index,
}));

export class Upstream {
  /** Requests in flight per TLS context, by origin. */
  readonly #inFlight = new Map<string, number[]>();

  /** Chooses a TLS context for one request to this provider. */
  enter(provider: Provider): Lease {
    const secure = provider.transport.kind === "http" && provider.baseUrl.startsWith("https://");
    return secure ? this.#enter(provider.baseUrl) : undefined;
  }

  /** Sends one request. Rejects with what fetch rejects with; `connectionError` reads it. */
  send(call: UpstreamCall): Promise<Response> {
    const { credential, headers, method, body } = call;
    const url = call.url ?? addressOf(call.provider, call.path);
    addCredential(headers, credential);
    if (!credential.authorize) return this.#send(call, url, headers);
    const outgoing: OutgoingCall = { method, url, headers, ...(isBytes(body) && { body }) };
    return authorized(credential, outgoing, call.signal).then((own) => this.#send(call, url, { ...headers, ...own }));
  }

  #send(call: UpstreamCall, url: string, headers: { [name: string]: string }): Promise<Response> {
    const { provider, method, body, signal } = call;
    if (provider.transport.kind === "in-process") {
      return provider.transport.handle(
        new Request(url, { method, headers, signal, ...(body !== undefined && { body }) }),
      );
    }
    if (!url.startsWith("https://") && !url.startsWith("http://")) {
      throw new GatewayError("internal", `the base URL of ${provider.name} is neither http nor https`);
    }
    // A redirect would carry keys and the prompt to another host.
    const options: FetchOptions = { method, headers, signal, redirect: "manual", timeout: false };
    if (body !== undefined) options.body = body;
    if (call.encoded) options.decompress = false;
    if (call.lease) options.tls = provider.trust ? { ...call.lease.tls, ...provider.trust } : call.lease.tls;
    // Said in every case, once anything says it: Bun would else read the process's variables by itself.
    if (provider.proxyFor) options.proxy = provider.proxyFor(url) ?? false;
    return fetch(url, options);
  }

  /** The first context with a free idle socket: few contexts for few requests, so that connections are reused. */
  #enter(origin: string): NonNullable<Lease> {
    let counts = this.#inFlight.get(origin);
    if (!counts) {
      counts = [];
      this.#inFlight.set(origin, counts);
    }
    let index = 0;
    while (index < contextsMax - 1 && (counts[index] ?? 0) >= socketsPerContext) index++;
    counts[index] = (counts[index] ?? 0) + 1;
    const taken = counts;
    let left = false;
    return {
      tls: tlsContexts[index] as TlsOptions,
      leave() {
        if (!left) taken[index] = (taken[index] as number) - 1;
        left = true;
      },
    };
  }
}

/** Adds to `headers` those of the credential, which win over all others; what it appends joins them. */
export function addCredential(headers: { [name: string]: string }, credential: Credential): void {
  Object.assign(headers, credential.headers);
  if (!credential.append) return;
  for (const [name, value] of Object.entries(credential.append)) {
    headers[name] = headers[name] ? `${headers[name]},${value}` : value;
  }
}

function isBytes(body: UpstreamCall["body"]): body is Uint8Array | string {
  return body !== undefined && !(body instanceof ReadableStream);
}

/** A token may have to be fetched first: whoever asked for the call need not wait for that longer than for the call. */
async function authorized(credential: Credential, call: OutgoingCall, signal: AbortSignal) {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([credential.authorize?.(call), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Bun starts the thread behind fetch at the first call: this call starts it and reaches nothing. */
export function startFetchThread(): void {
  fetch("http://localhost/", { unix: "/dev/null/none" }).catch(() => undefined);
}

/** Fetches media that a request names; the caller has checked the address (exchange/fetch-media.ts). */
export function fetchMedia(url: string, options: RequestInit): Promise<Response> {
  return fetch(url, options);
}

/** Token services of clouds are waited for so long, milliseconds. */
const tokenWaitMs = 15_000;

/** Asks for a token; it carries secrets of the operator, so that a redirect is no answer. */
export function fetchToken(url: string, init: RequestInit, proxyFor?: ProxyFor): Promise<Response> {
  const signal = AbortSignal.timeout(tokenWaitMs);
  const proxy = proxyFor && { proxy: proxyFor(url) ?? false };
  return fetch(url, {
    ...init,
    ...proxy,
    redirect: "manual",
    signal: init.signal ? AbortSignal.any([init.signal, signal]) : signal,
  });
}

/** Codes of Bun's fetch and of node's errors, in the words that an operator can act on. */
const reasons: { readonly [code: string]: string } = {
  ECONNREFUSED: "refused the connection",
  ConnectionRefused: "refused the connection",
  ENOTFOUND: "has a host name that does not resolve",
  EAI_AGAIN: "has a host name that does not resolve now",
  DNSLookupFailed: "has a host name that does not resolve",
  FailedToOpenSocket: "cannot be reached",
  EHOSTUNREACH: "cannot be reached",
  ENETUNREACH: "cannot be reached",
  ETIMEDOUT: "did not answer the connection",
};

/** Network failures before the headers of a reply. `resetBeforeReply` marks those where the connection was cut. */
export function connectionError(cause: unknown, provider: string): GatewayError {
  // Ours already, such as a base URL of a scheme that is not called: no fault of the connection.
  if (cause instanceof GatewayError) return cause;
  const code = codeOf(cause);
  if (code === "ECONNRESET" || code === "ConnectionClosed" || code === "EPIPE") {
    return new GatewayError("upstream_unreachable", `${provider} closed the connection before it answered`, {
      cause,
      publicCode: "upstream_connection_reset",
    });
  }
  const tls = /CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/i.test(code);
  const reason = reasons[code] ?? (tls ? `failed the TLS handshake (${code})` : "could not be called");
  if (/HTTPResponse|HTTP_Response|HeadersTooLarge|Zlib|UnrequestedUpgrade/i.test(code)) {
    return new GatewayError("upstream_malformed", `${provider} sent something that is not HTTP`, { cause });
  }
  return new GatewayError("upstream_unreachable", `${provider} ${reason}`, { cause });
}

/** Failures while the body is read: the transport broke off. */
export function bodyError(cause: unknown, provider: string): GatewayError {
  if (cause instanceof GatewayError) return cause;
  if (/Zlib|Brotli|zstd/i.test(codeOf(cause))) {
    return new GatewayError("upstream_malformed", `${provider} sent a broken compressed reply`, { cause });
  }
  return new GatewayError("upstream_truncated", `${provider} broke off its reply`, { cause });
}

function codeOf(cause: unknown): string {
  if (typeof cause !== "object" || cause === null) return "";
  const code = (cause as { code?: unknown }).code;
  return typeof code === "string" ? code : String((cause as { name?: unknown }).name ?? "");
}

/** Behind a proxy a connection of our own would prove nothing. */
export function isReachedDirectly(provider: Provider): boolean {
  return provider.transport.kind === "http" && provider.proxyFor?.(provider.baseUrl) === undefined;
}

/** Can a TCP connection to the provider be made? For telling "cannot connect" from "thinks for long". */
export async function canConnect(provider: Provider, waitMs: number): Promise<boolean> {
  if (provider.transport.kind !== "http") return true;
  const url = new URL(provider.baseUrl);
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  return await new Promise<boolean>((resolve) => {
    // Not Bun.connect: a connection that is never made could not be given up there, and would hold its descriptor for minutes.
    const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port });
    const settle = (reached: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(reached);
    };
    const timer = setTimeout(() => settle(false), waitMs);
    socket.once("connect", () => settle(true));
    // Kept: an error without a listener would end the process.
    socket.on("error", () => settle(false));
  });
}
