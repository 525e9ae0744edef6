// The request path: read, admit, plan, attempt, relay, settle. Every decision about a request is taken in this file.
import type { ChatRequest } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import type { Dialect, ReplyContext, RequestControl, UpstreamHalf } from "../dialects/dialect.ts";
import { dialects } from "../dialects/index.ts";
import { type Admit, tenantOf } from "../policy/admit.ts";
import type { ModelFacts } from "../providers/facts.ts";
import type { Provider } from "../providers/provider.ts";
import type { Health } from "../routing/health.ts";
import type { Limits } from "../routing/limits.ts";
import { type ModelDirectory, type Plan, plan, type Target } from "../routing/plan.ts";
import type { ReasoningMemory } from "../storage/reasoning-memory.ts";
import type { InputEstimate } from "../tokens/estimate.ts";
import { promptSize } from "../tokens/prompt-size.ts";
import type { Tokenizer } from "../tokens/tokenizer.ts";
import { Attempt, type Prepared, prepare, type Timeouts } from "./attempt.ts";
import { Exchange, type IdleLimit, type Settle } from "./exchange.ts";
import { passedHeaders } from "./passed-headers.ts";
import { type RequestBody, readJsonBody } from "./read-body.ts";
import { openRecall } from "./recall.ts";
import { type Committed, hold, streamReply } from "./relay.ts";
import type { ReplyBody } from "./reply-body.ts";
import { errorHeaders, replyHeaders, streamHeaders, upstreamRequestId } from "./reply-headers.ts";
import { withoutSecrets } from "./secrets.ts";
import { AsIsSource } from "./source-as-is.ts";
import { TranslatedSource } from "./source-translated.ts";
import type { Timers } from "./timers.ts";
import type { Upstream } from "./upstream.ts";
import { htmlFailure, parseReply, wholeReply } from "./whole.ts";

export type RunSettings = {
  bodyBytesMax: number;
  commitAfterMs: number;
  heartbeatMs: number;
  timeouts: Timeouts;
  /** For providers with timers of their own: all five, by instance name. */
  providerTimeouts: ReadonlyMap<string, Timeouts>;
  /** Losses known beforehand are refused, whatever the client says. */
  strict: boolean;
  annotate: boolean;
  /** Requests leave through an outbound proxy. */
  proxied: boolean;
};

/** Replaces media addresses by their bytes where a target cannot fetch them. */
export type InlineMedia = (request: ChatRequest, signal: AbortSignal) => Promise<ChatRequest>;

export type RunParts = {
  settings: RunSettings;
  admit: Admit;
  providers: ReadonlyMap<string, Provider>;
  directory: ModelDirectory;
  upstream: Upstream;
  models: ModelFacts;
  timers: Timers;
  health: Health;
  limits: Limits;
  inlineMedia: InlineMedia;
  settle: Settle;
  estimate: InputEstimate;
  tokenizer: Tokenizer;
  /** Turns that clients may not send back whole; undefined where none are kept. */
  reasoning: ReasoningMemory | undefined;
  /** Told of every exchange at its start. */
  onOpen: (exchange: Exchange) => void;
  listener: IdleLimit;
};

/**
 * After the terminal marker the body's end is waited for this long, so that the connection can be reused. Whatever else
 * comes does not prolong it.
 */
const lingerMs = 1000;
export const modelLengthMax = 256;

type Run = {
  parts: RunParts;
  exchange: Exchange;
  request: Request;
  /** Undefined once the last target's request has been made of it: a reply may take minutes, and bodies are large. */
  body: RequestBody | undefined;
  control: RequestControl & { model: string };
  strict: boolean;
  /** The canonical request, read when a target first needs it. */
  canonical: ChatRequest | undefined;
};

/** Answers one chat request in the dialect of the route it came by. Never rejects. */
export async function runChat(parts: RunParts, request: Request, dialect: Dialect): Promise<Response> {
  const exchange = new Exchange({ request, dialect, timers: parts.timers, settle: parts.settle });
  parts.onOpen(exchange);
  try {
    // The key before the body: strangers cost nothing.
    parts.admit(request);
    const body = await readJsonBody(request, { bytesMax: parts.settings.bodyBytesMax, deadlines: exchange.deadlines });
    exchange.liftLater(parts.listener);
    exchange.record.prompt = promptSize(body.bytes);
    const control = readControl(dialect, body);
    exchange.record.requestedModel = control.model;
    exchange.record.stream = control.stream;
    const strict = parts.settings.strict || request.headers.get("x-sluice-strict") === "true";
    const run: Run = { parts, exchange, request, body, control, strict, canonical: undefined };
    const { model, providerHint } = control;
    const planning = plan({ model, providerHint, clientDialect: dialect.id }, parts.providers, parts.directory);
    const planned = planning instanceof Promise ? await planning : planning;
    return control.stream ? await answerStream(run, planned) : await answerWhole(run, planned);
  } catch (cause) {
    return fail(exchange, cause);
  }
}

function readControl(dialect: Dialect, body: RequestBody): Run["control"] {
  const client = clientHalf(dialect);
  const control = client.readControl(body.json);
  const { model } = control;
  if (model === undefined) throw badRequest("model", "model is required: a non-empty string");
  if (model.length > modelLengthMax) throw badRequest("model", `model is longer than ${modelLengthMax} characters`);
  client.checkRequest(body.json);
  return control as Run["control"];
}

async function answerWhole(run: Run, planned: Plan): Promise<Response> {
  const { exchange, parts } = run;
  let upstreamHeaders: Headers | undefined;
  const result = await overTargets(run, planned, (prepared, reply) => {
    upstreamHeaders = reply.response.headers;
    return wholeReply({
      body: reply,
      prepared,
      client: clientHalf(exchange.dialect),
      context: contextOf(run, prepared.target),
      annotate: parts.settings.annotate,
    });
  });
  if (result instanceof GatewayError) return fail(exchange, result);
  const { record } = exchange;
  if (result.usage) record.usage = result.usage;
  if (result.lost.length > 0) {
    record.lost.push(...result.lost);
    record.translation = "lossy";
  }
  record.status = 200;
  exchange.noteOutput();
  const headers = replyHeaders(exchange, upstreamHeaders);
  headers["content-type"] = "application/json";
  exchange.settle("complete");
  return new Response(result.body, { headers });
}

async function answerStream(run: Run, planned: Plan): Promise<Response> {
  const { exchange, parts } = run;
  const { settings } = parts;
  let upstreamHeaders: Headers | undefined;
  const produce = () =>
    overTargets(run, planned, async (prepared, reply): Promise<Committed> => {
      const source = await sourceOf(run, prepared, reply);
      const held = await hold(source);
      if (held instanceof GatewayError) throw held;
      exchange.deadlines.clear("first_output");
      upstreamHeaders = reply.response.headers;
      return held;
    });
  return await streamReply({
    exchange,
    client: clientHalf(exchange.dialect),
    produce,
    commitAfterMs: settings.commitAfterMs,
    heartbeatMs: settings.heartbeatMs,
    headers: () => ({ ...replyHeaders(exchange, upstreamHeaders), ...streamHeaders }),
    fail: (error) => fail(exchange, error),
  });
}

/** Tries the plan's targets in order until one gives what `take` wants. A value, not a throw, when all have failed. */
async function overTargets<Taken>(
  run: Run,
  planned: Plan,
  take: (prepared: Prepared, reply: ReplyBody) => Promise<Taken>,
): Promise<Taken | GatewayError> {
  let failure: GatewayError | undefined;
  for (const target of planned.targets) {
    let reply: ReplyBody | undefined;
    try {
      const preparing = prepareTarget(run, target, target === planned.targets.at(-1));
      const prepared = preparing instanceof Promise ? await preparing : preparing;
      if (target === planned.targets.at(-1)) forgetBody(run);
      refuseLosses(run, prepared);
      reply = await callTarget(run, prepared);
      // Sent and answered: it is not sent again.
      prepared.body = "";
      run.exchange.record.upstreamRequestId = upstreamRequestId(reply.response.headers);
      return await take(prepared, reply);
    } catch (cause) {
      reply?.cancel();
      failure = withoutSecrets(asGatewayError(cause), target.provider);
    }
    if (run.exchange.stopped || !failure.retryable) return failure;
  }
  return failure ?? new GatewayError("unavailable", "no target could be tried");
}

function forgetBody(run: Run): void {
  run.body = undefined;
  run.canonical = undefined;
}

function refuseLosses(run: Run, prepared: Prepared): void {
  const [first] = prepared.lost;
  if (!run.strict || first === undefined) return;
  const { name } = prepared.target.provider;
  throw new GatewayError("loss_refused", `${name} would not see: ${prepared.lost.join(", ")}`, { param: first });
}

/** A pooled connection that the provider has just closed is nobody's fault: the same target is then asked once more. */
async function callTarget(run: Run, prepared: Prepared): Promise<ReplyBody> {
  try {
    return await startCall(run, prepared);
  } catch (cause) {
    const isReset = cause instanceof GatewayError && cause.publicCode === "upstream_connection_reset";
    if (!isReset || run.exchange.stopped) throw cause;
    return await startCall(run, prepared);
  }
}

function startCall(run: Run, prepared: Prepared): Promise<ReplyBody> {
  const { exchange, parts } = run;
  const { record } = exchange;
  const { target } = prepared;
  record.provider = target.provider.name;
  record.model = target.model;
  record.lost = prepared.lost.slice();
  record.translation = translationOf(prepared);
  record.attempts++;
  const { settings } = parts;
  const attempt = new Attempt({
    upstream: parts.upstream,
    prepared,
    passed: passedHeaders(run.request, { target, speech: prepared.speech, sameDialect: prepared.asIs }),
    stream: run.control.stream,
    timeouts: settings.providerTimeouts.get(target.provider.name) ?? settings.timeouts,
    deadlines: exchange.deadlines,
    proxied: settings.proxied,
  });
  exchange.runs(attempt);
  return attempt.call();
}

function prepareTarget(run: Run, target: Target, isLast: boolean): Prepared | Promise<Prepared> {
  const { exchange, body, control, parts } = run;
  const { reasoning } = parts;
  const upstream = dialects[target.dialect];
  if (!upstream || !body) throw new GatewayError("internal", `no request can be made in ${target.dialect}`);
  return prepare({
    models: parts.models,
    target,
    upstream,
    client: exchange.dialect,
    body,
    // Nobody reads the client's bytes after the last target: they may be edited where they are.
    inPlace: isLast,
    stream: control.stream,
    wantsUsage: control.wantsUsage,
    recall: reasoning && (() => openRecall(reasoning, tenantOf(run.request))),
    canonical: (half: UpstreamHalf) => {
      run.canonical ??= clientHalf(exchange.dialect).readRequest(body.json);
      return half.needsInlineMedia ? parts.inlineMedia(run.canonical, run.request.signal) : run.canonical;
    },
  });
}

function translationOf(prepared: Prepared): "native" | "adjusted" | "exact" | "lossy" {
  if (prepared.lost.length > 0) return "lossy";
  if (!prepared.asIs) return "exact";
  return prepared.adjusted ? "adjusted" : "native";
}

/** The source of a streamed reply: as it is, translated, or made from a reply that came whole. */
async function sourceOf(run: Run, prepared: Prepared, reply: ReplyBody): Promise<AsIsSource | TranslatedSource> {
  const { exchange, parts } = run;
  const { deadlines } = exchange;
  const { target, half, facts } = prepared;
  const provider = target.provider.name;
  const kind = await reply.kind();
  if (kind === "html") throw htmlFailure(reply, provider);
  const watch = {
    body: reply,
    half,
    onTerminal: () => deadlines.set("total", lingerMs),
    clean: (failure: GatewayError) => withoutSecrets(failure, target.provider),
  };
  if (prepared.asIs && kind === "stream") {
    return new AsIsSource({
      ...watch,
      provider,
      removeUsage: prepared.usageAsked,
      annotate: parts.settings.annotate,
      severalChoices: run.control.severalChoices === true,
    });
  }
  const source = new TranslatedSource({
    ...watch,
    client: clientHalf(exchange.dialect),
    facts,
    tools: prepared.tools,
    keep: prepared.keep,
    context: contextOf(run, target),
  });
  if (kind === "json") source.takeWhole(parseReply(await reply.bytes(), provider));
  return source;
}

function contextOf(run: Run, target: Target): ReplyContext {
  const promptBytes = run.exchange.record.prompt?.bytes ?? 0;
  return {
    inputTokensEstimate: run.parts.estimate.estimateInputTokens(target.model, promptBytes),
    requestId: run.exchange.id,
    nowSeconds: Math.floor(Date.now() / 1000),
    provider: target.provider.name,
    model: target.model,
    wantsUsage: run.control.wantsUsage,
  };
}

function clientHalf(dialect: Dialect) {
  if (!dialect.client) throw new GatewayError("internal", `${dialect.id} is not served`);
  return dialect.client;
}

function asGatewayError(cause: unknown): GatewayError {
  return cause instanceof GatewayError ? cause : new GatewayError("internal", "internal error", { cause });
}

/** The error as the client's dialect says it; ends the exchange. */
export function fail(exchange: Exchange, cause: unknown): Response {
  const error = asGatewayError(cause);
  const { record } = exchange;
  record.status = error.status;
  record.error = error;
  const headers = { ...replyHeaders(exchange, undefined), ...errorHeaders(error) };
  const body = JSON.stringify(clientHalf(exchange.dialect).writeError(error, exchange.id));
  exchange.settle(error.code === "client_gone" ? "client_gone" : "error");
  return new Response(body, { status: error.status, headers });
}
