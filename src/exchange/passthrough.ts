// Passthrough: a provider's own API under Sluice's address. Everything passes as it comes, errors included; what is added is
// the provider's credential, what is taken away the client's. Nothing is tried twice.
import type { DialectId } from "../core/chat.ts";
import { GatewayError } from "../core/errors.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { dialects } from "../dialects/index.ts";
import { addressOf, credentialAs } from "../providers/address.ts";
import type { Credential, Provider, Speech } from "../providers/provider.ts";
import { providerRows } from "../providers/rows.ts";
import { targetKey } from "../routing/session.ts";
import { clientToken } from "./client-token.ts";
import { Exchange } from "./exchange.ts";
import { findProvider, type PassthroughRoute, passthroughAddress, readRoute } from "./passthrough-address.ts";
import { PassthroughCall, tooLarge, Upload } from "./passthrough-call.ts";
import { replyHeadersOf, requestHeadersOf } from "./passthrough-headers.ts";
import type { Passing, PassthroughParts } from "./passthrough-parts.ts";
import { PassthroughReply } from "./passthrough-reply.ts";
import type { ReplyBody } from "./reply-body.ts";
import { errorHeaders, replyHeaders, upstreamRequestId } from "./reply-headers.ts";
import { timeoutsFor } from "./run-settings.ts";
import { withoutSecrets } from "./secrets.ts";
import { openTunnel } from "./tunnel.ts";
import { openUsageTap } from "./usage-tap.ts";

/** Answers one request below `/p/` or `/proxy/`. Never rejects. */
export async function passThrough(parts: PassthroughParts, request: Request): Promise<Response> {
  const route = readRoute(request.url);
  const provider = route && findProvider(parts.providers, route.provider);
  const exchange = new Exchange({
    request,
    dialect: dialectOf(provider),
    timers: parts.timers,
    settle: parts.settle,
  });
  parts.onOpen(exchange);
  try {
    parts.admit(request);
    exchange.record.endpoint = route && `${request.method} /${route.prefix}/${route.provider}`;
    const passing = plan({ parts, exchange, request, route, provider });
    return isUpgrade(request) ? await openTunnel(passing) : await relay(passing);
  } catch (cause) {
    return fail(exchange, cause, provider);
  }
}

type Asked = Pick<Passing, "parts" | "exchange" | "request"> & {
  route: PassthroughRoute | undefined;
  provider: Provider | undefined;
};

function plan({ parts, exchange, request, route, provider }: Asked): Passing {
  if (!route || !parts.passthrough.enabled) throw new GatewayError("not_found", "passthrough is not served here");
  if (!provider) throw unknownProvider(route.provider, parts.providers);
  const { providers, v1Alias } = parts.passthrough;
  if (providers && !providers.includes(provider.name) && !providers.includes(provider.row.type)) {
    throw new GatewayError(
      "forbidden",
      `passthrough is not enabled for ${provider.name}; it is for ${providers.join(", ")}`,
    );
  }
  const credential = credentialOf(provider, parts);
  if (!credential) throw new GatewayError("internal", `${provider.name} has no credential`);
  const url = passthroughAddress(route, provider, { v1Alias });
  exchange.record.provider = provider.name;
  const [id, speech] = spokenAt(provider, url);
  return {
    parts,
    exchange,
    request,
    provider,
    credential: credentialAs(credential, provider.row, speech?.auth),
    url,
    headers: {
      ...requestHeadersOf(request.headers, provider, speech?.headers),
      ...clientToken(request, { provider, credential }, parts.settings.guarded),
    },
    half: id && dialects[id]?.upstream,
  };
}

/** The first that does not rest. Which model is meant stands in a body that is not read. */
function credentialOf(provider: Provider, { health }: PassthroughParts): Credential | undefined {
  const { credentials } = provider;
  if (credentials.length < 2) return credentials[0];
  const isUsable = (credential: Credential) => {
    const key = targetKey(provider.name, credential.id, "");
    return health.availability({ key, provider, credential, model: "" }).usable;
  };
  return credentials.find(isUsable) ?? credentials[0];
}

function unknownProvider(name: string, providers: ReadonlyMap<string, Provider>): GatewayError {
  const row = providerRows.find(({ type }) => type === name);
  if (row) {
    return new GatewayError(
      "unavailable",
      `${name} is not configured: set ${row.envPrefix}_${row.keyless ? "BASE_URL" : "API_KEY"}`,
      {
        publicCode: "provider_not_configured",
      },
    );
  }
  const known = [...providers.keys()].join(", ") || "none";
  return new GatewayError("model_not_found", `there is no provider "${name}"; there are: ${known}`, {
    publicCode: "provider_not_found",
  });
}

/** Clients speak a provider's own language here, and read our errors in it. */
function dialectOf(provider: Provider | undefined): Dialect {
  const own = Object.keys(provider?.row.speaks ?? {}) as DialectId[];
  const served = own.map((id) => dialects[id]).find((dialect) => dialect?.client);
  return served ?? (dialects["openai-chat"] as Dialect);
}

/** The dialect spoken at this address; else, for its usage alone, the provider's first one. */
function spokenAt(provider: Provider, url: string): [DialectId?, Speech?] {
  const spoken = Object.entries(provider.row.speaks) as [DialectId, Speech][];
  const path = url.split("?")[0] as string;
  const exact = spoken.find(([, speech]) => isSpokenAt(provider, speech, path));
  return exact ?? (spoken[0] ? [spoken[0][0]] : []);
}

function isSpokenAt(provider: Provider, { path, streamPath }: Speech, url: string): boolean {
  return [path, streamPath].some((known) => {
    if (known === undefined) return false;
    const address = addressOf(provider, known).split("?")[0] as string;
    const [head = "", tail] = address.split("{model}");
    return tail === undefined ? url === head : url.startsWith(head) && url.endsWith(tail);
  });
}

function isUpgrade({ method, headers }: Request): boolean {
  return method === "GET" && headers.get("upgrade")?.toLowerCase() === "websocket";
}

async function relay(passing: Passing): Promise<Response> {
  const { parts, exchange, request, provider, credential, url, headers } = passing;
  const { settings } = parts;
  const body = await bodyOf(passing);
  if (body === undefined) delete headers["content-length"];
  exchange.liftLater(parts.listener);
  exchange.record.attempts++;
  const call = new PassthroughCall({
    upstream: parts.upstream,
    provider,
    credential,
    url,
    method: request.method,
    headers,
    body,
    timeouts: timeoutsFor(settings, provider.name),
    deadlines: exchange.deadlines,
  });
  exchange.runs(call);
  return answer(passing, await call.call());
}

/** The upload as a stream; in one piece only where a signature must cover it. */
async function bodyOf(passing: Passing): Promise<Uint8Array | Upload | undefined> {
  const { parts, exchange, request, credential } = passing;
  const { method, headers, body } = request;
  const length = headers.get("content-length");
  const bytesMax = parts.passthrough.bodyBytesMax;
  if (length !== null && Number(length) > bytesMax) throw tooLarge(bytesMax);
  if (
    (method === "GET" || method === "HEAD") &&
    ((length !== null && length !== "0") || headers.has("transfer-encoding"))
  ) {
    throw new GatewayError("invalid_request", `a ${method} with a body cannot be passed on`);
  }
  if (!body) return undefined;
  const upload = new Upload(body, { bytesMax, deadlines: exchange.deadlines });
  if (!credential.authorize || length === null || Number(length) > parts.settings.bodyBytesMax) return upload;
  return new Uint8Array(await new Response(upload.open()).arrayBuffer()).slice();
}

/** RFC 9110 15: these never carry content. */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304]);

function answer(passing: Passing, reply: ReplyBody): Response {
  const { exchange, request, provider, half } = passing;
  const { status, headers } = reply.response;
  if (status < 200 || status > 599) {
    reply.cancel();
    throw new GatewayError("upstream_malformed", `${provider.name} answered with the status ${status}`);
  }
  const { record } = exchange;
  record.status = status;
  record.translation = "native";
  record.upstreamRequestId = upstreamRequestId(headers);
  const passed = replyHeadersOf(headers);
  if (!passed.has("x-request-id")) passed.set("x-request-id", exchange.id);
  passed.set("x-sluice-provider", provider.name);
  if (bodiless.has(status) || request.method === "HEAD" || !reply.response.body) {
    // Nothing is left to come, and the connection can be used again; or what comes is not allowed to.
    if (reply.response.body) reply.cancel();
    else reply.release();
    exchange.settle(outcomeOf(status));
    return new Response(null, { status, headers: passed });
  }
  const tap = half && openUsageTap(headers, half);
  const relayed = new PassthroughReply({ exchange, body: reply, tap, outcome: outcomeOf(status) });
  return new Response(relayed.open(), { status, headers: passed });
}

function outcomeOf(status: number): "complete" | "error" {
  return status < 400 ? "complete" : "error";
}

/** Our own failures, in the dialect of the provider. */
export function fail(exchange: Exchange, cause: unknown, provider: Provider | undefined): Response {
  const failure = cause instanceof GatewayError ? cause : new GatewayError("internal", "internal error", { cause });
  const error = provider ? withoutSecrets(failure, provider) : failure;
  const { record, dialect } = exchange;
  record.status = error.status;
  record.error = error;
  const write = dialect.client?.writeError;
  const body = JSON.stringify(write ? write(error, exchange.id) : { error: error.message });
  exchange.settle(error.code === "client_gone" ? "client_gone" : "error");
  return new Response(body, {
    status: error.status,
    headers: { ...replyHeaders(exchange, undefined), ...errorHeaders(error) },
  });
}
