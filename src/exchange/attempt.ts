// One call of one target: the request as this provider wants it, the wait for headers, and what kind of reply came.
import type { ChatRequest } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import type { TargetFacts } from "../core/facts.ts";
import type { JsonObject } from "../core/json.ts";
import type { Dialect, Edit, UpstreamHalf } from "../dialects/dialect.ts";
import { AwsChunks } from "../dialects/framing/aws-chunks.ts";
import { applyEdits, applyEditsToObject } from "../dialects/framing/json-bytes.ts";
import { clientName } from "../dialects/lost-fields.ts";
import { credentialAs } from "../providers/address.ts";
import type { ModelFacts } from "../providers/facts.ts";
import type { Provider, Speech } from "../providers/provider.ts";
import type { SystemPrompt, Target } from "../routing/plan.ts";
import { timeoutError, watchConnect } from "./call-timers.ts";
import type { Stoppable } from "./exchange.ts";
import type { RequestBody } from "./read-body.ts";
import type { KeepTurn, Recall } from "./recall.ts";
import { ReplyBody } from "./reply-body.ts";
import { namespacesOf, type ToolChanges } from "./restore-tools.ts";
import type { DeadlineName, Deadlines } from "./timers.ts";
import { connectionError, type Lease, type Upstream } from "./upstream.ts";

/** Milliseconds; 0 is no limit. */
export type Timeouts = {
  readonly connect: number;
  readonly headers: number;
  readonly first_output: number;
  readonly idle: number;
  readonly total: number;
};

/** A request ready to be sent to one target. */
export type Prepared = {
  target: Target;
  half: UpstreamHalf;
  facts: TargetFacts;
  /** Client and provider speak the same dialect. */
  sameDialect: boolean;
  /** The reply may pass as it comes. */
  asIs: boolean;
  path: string;
  speech: Speech;
  body: Uint8Array | string;
  /** Client fields that this target will not see. */
  lost: string[];
  adjusted: boolean;
  /** We asked for the usage frame, so we take it out again. */
  usageAsked: boolean;
  /** Tools that the reply will call by another name. */
  tools?: ToolChanges;
  /** Told the reply, so that later requests find what their clients lose of it. */
  keep?: KeepTurn | undefined;
};

export type PrepareInput = {
  models: ModelFacts;
  target: Target;
  upstream: Dialect;
  client: Dialect;
  body: RequestBody;
  inPlace: boolean;
  stream: boolean;
  wantsUsage: boolean;
  /** The reply must be read although it could pass as it comes. */
  readsReply?: boolean;
  /** The canonical request is no longer what the client wrote: its bytes are of no use. */
  isChanged?: boolean;
  /** Of the agent that was named; the canonical request has it already. */
  systemPrompt?: SystemPrompt | undefined;
  /** Reads the canonical request, once for all targets; media inlined where the target needs it. */
  canonical: (half: UpstreamHalf) => ChatRequest | Promise<ChatRequest>;
  /** What is remembered of the conversation; undefined where nothing is. */
  recall?: ((request: ChatRequest) => Recall) | undefined;
  /** The client's `anthropic-beta`, for hosts that take only some of them. */
  betas?: string | null;
};

/** At once where the dialects are the same; a promise only where media must be fetched first. */
export function prepare(input: PrepareInput): Prepared | Promise<Prepared> {
  const { target, upstream, client } = input;
  const half = upstream.upstream;
  const speech = target.provider.row.speaks[target.dialect];
  if (!half || !speech)
    throw new GatewayError("internal", `${target.provider.name} is not called in ${target.dialect}`);
  const { facts, adjustments: names } = input.models.get(target.provider, target.model, target.dialect);
  const sameDialect = upstream.id === client.id && !client.client?.isForeign?.(input.body.outline);
  const common = { target, half, facts, speech, path: pathOf(speech, target.model, input.stream), sameDialect };
  if (sameDialect && !input.isChanged) {
    const askUsage = input.stream && speech.streamUsage === "ask";
    const edits = half.nativeEdits(input.body.outline, { model: target.model, askUsage });
    const betas = betasOf(speech, input.betas ?? null);
    if (betas.edit && input.body.json[betas.edit.path[0] as string] === undefined) edits.push(betas.edit);
    const own = (input.systemPrompt && half.systemEdits?.(input.body.json, input.systemPrompt)) ?? [];
    edits.push(...own);
    const adjusted = nativeAdjustments({ half, names, facts, edits }, input.body);
    return {
      ...common,
      asIs: facts.repairs === undefined && !input.readsReply,
      body: applyEdits(input.body.bytes, input.body.top, edits, input.inPlace),
      lost: [...betas.lost, ...adjusted.lost],
      adjusted: adjusted.changed || own.length > 0,
      usageAsked: askUsage && !input.wantsUsage,
    };
  }
  const request = input.canonical(half);
  const finish = (ready: ChatRequest) => {
    const recall = input.recall?.(ready);
    const write = (restored: ChatRequest) =>
      translated(restored, { ...common, keep: recall?.keeper(restored, facts) }, names);
    const restored = recall?.restore(ready, facts) ?? ready;
    return restored instanceof Promise ? restored.then(write) : write(restored);
  };
  return request instanceof Promise ? request.then(finish) : finish(request);
}

/** Betas that the host takes, in the body's field for them; the others are lost. */
function betasOf({ betas }: Speech, written: string | null): { edit?: Edit; lost: string[] } {
  if (!betas?.field || written === null) return { lost: [] };
  const asked = written.split(",").flatMap((beta) => beta.trim() || []);
  const taken = asked.filter((beta) => betas.allowed.includes(beta));
  const lost = taken.length < asked.length ? ["anthropic-beta"] : [];
  return taken.length === 0 ? { lost } : { lost, edit: { path: [betas.field], op: "set", value: taken } };
}

function translated(
  request: ChatRequest,
  common: Pick<Prepared, "target" | "half" | "facts" | "speech" | "path" | "sameDialect" | "keep">,
  names: readonly string[],
): Prepared {
  const { half, facts, target } = common;
  const written = half.writeRequest(request, facts);
  const namespaces = namespacesOf(request.tools);
  const edits: Edit[] = [];
  const adjusted = adjustmentEdits({ half, names, body: written.body, facts, edits });
  applyEditsToObject(written.body, edits);
  return {
    ...common,
    asIs: false,
    body: JSON.stringify(written.body),
    lost: [...written.lost, ...adjusted.lost.map((name) => clientName(name, target.dialect, request.dialect))],
    adjusted: false,
    usageAsked: false,
    ...((written.toolAliases || written.freeformTools || namespaces) && {
      tools: { aliases: written.toolAliases ?? new Map(), freeform: written.freeformTools ?? new Set(), namespaces },
    }),
  };
}

type AdjustInput = {
  half: UpstreamHalf;
  names: readonly string[];
  body: JsonObject;
  facts: TargetFacts;
  /** Gets the edits appended. */
  edits: Edit[];
};

/** Nearly all change nothing in a large body, or a number: long texts are parsed only where text is written that may come of them. */
function nativeAdjustments(input: Omit<AdjustInput, "body">, { json, outline }: RequestBody): Adjusted {
  const { edits } = input;
  const before = edits.length;
  const adjusted = adjustmentEdits({ ...input, body: outline });
  if (outline === json || !edits.slice(before).some(writesText)) return adjusted;
  edits.length = before;
  return adjustmentEdits({ ...input, body: json });
}

function writesText(edit: Edit): boolean {
  return edit.op !== "remove" && (typeof edit.value === "string" || typeof edit.value === "object");
}

type Adjusted = { lost: string[]; changed: boolean };

/** The edits of a provider's row for this body, each as if it were the only one. */
export function adjustmentEdits(input: AdjustInput): Adjusted {
  const { half, names, body, facts, edits } = input;
  const before = edits.length;
  for (const name of names) {
    const adjustment = half.adjustments[name];
    if (!adjustment) throw new GatewayError("internal", `no adjustment is called ${name}`);
    for (const edit of adjustment(body, facts)) edits.push(edit);
  }
  const lost: string[] = [];
  for (const edit of edits) if (edit.op === "remove" && edit.lost !== undefined) lost.push(edit.lost);
  return { lost, changed: edits.length > before };
}

function pathOf(speech: Speech, model: string, stream: boolean): string {
  return pathOfModel((stream && speech.streamPath) || speech.path, model);
}

export function pathOfModel(path: string, model: string): string {
  if (!path.includes("{model}")) return path;
  // Dot segments would lead to another path; encodeURIComponent takes no half of a surrogate pair.
  if (/^\.{1,2}$/.test(model) || !model.isWellFormed())
    throw badRequest("model", "model is no name that a path can hold");
  // Vertex's versions (`claude-…@20250929`) are written as they are in its documents; RFC 3986 3.3 allows it.
  return path.replace("{model}", encodeURIComponent(model).replaceAll("%40", "@"));
}

/** What one call needs to know of a request that is ready. */
export type AttemptCall = Pick<Prepared, "target" | "path"> & {
  speech: Pick<Speech, "auth" | "headers" | "framing" | "streamType">;
  half: Pick<UpstreamHalf, "readError">;
  /** A stream can be sent once only. */
  body: Uint8Array | string | ReadableStream<Uint8Array>;
  /** In place of those of a call in JSON, lower-case names. */
  headers?: { [name: string]: string };
  /** Any 2xx is a reply; otherwise only 200 is. */
  takesAnySuccess?: true;
};

export type AttemptInput = {
  upstream: Upstream;
  prepared: AttemptCall;
  /** Client headers that may pass on this pair of dialects, by lower-case name. */
  passed: { [name: string]: string } | undefined;
  stream: boolean;
  timeouts: Timeouts;
  deadlines: Deadlines;
};

const attemptDeadlines = ["headers", "first_output", "idle", "total"] as const;

/** One call under way: how it is stopped, and why it was. */
export class Attempt implements Stoppable {
  readonly #input: AttemptInput;
  readonly #controller = new AbortController();
  failure: GatewayError | undefined;
  #answered = false;
  #lease: Lease;

  constructor(input: AttemptInput) {
    this.#input = input;
  }

  /** Ends the call; the first reason counts. */
  stop(reason: GatewayError): void {
    this.failure ??= reason;
    this.#controller.abort(reason);
    // Nobody may be reading the body who would notice, when the client has gone or has stopped taking anything.
    this.#lease?.leave();
  }

  /** Closes the connection of a reply that is not wanted to its end. */
  abort(): void {
    this.#controller.abort();
  }

  /** Sends the request and waits for headers. Rejects with GatewayError for every failure, an error status included. */
  async call(): Promise<ReplyBody> {
    const { prepared, deadlines, timeouts, upstream } = this.#input;
    const { provider } = prepared.target;
    this.#watch();
    const lease = upstream.enter(provider);
    this.#lease = lease;
    let response: Response;
    try {
      response = await upstream.send({
        provider,
        credential: credentialAs(prepared.target.credential, provider.row, prepared.speech.auth),
        path: prepared.path,
        method: "POST",
        headers: this.#headers(provider, prepared.speech),
        body: prepared.body,
        signal: this.#controller.signal,
        lease,
      });
    } catch (cause) {
      lease?.leave();
      throw this.failure ?? connectionError(cause, provider.name);
    } finally {
      deadlines.clear("connect");
      deadlines.clear("headers");
    }
    this.#answered = true;
    const idleMs = timeouts.idle;
    const body = new ReplyBody({
      ...{ response, lease, provider: provider.name, attempt: this, deadlines, idleMs },
      ...(prepared.speech.framing && isEventStream(response) && { unwrap: new AwsChunks() }),
    });
    if (response.status === 200 || (prepared.takesAnySuccess && response.ok)) return body;
    throw await errorStatus(body, prepared);
  }

  #watch(): void {
    const { deadlines, timeouts, prepared } = this.#input;
    const { provider } = prepared.target;
    const expire = (name: DeadlineName) => this.stop(timeoutError(name, provider.name));
    for (const name of attemptDeadlines) deadlines.on(name, expire);
    const isAnswered = () => this.#answered;
    const stop = (reason: GatewayError) => this.stop(reason);
    watchConnect({ provider, deadlines, connectMs: timeouts.connect, isAnswered, stop });
    deadlines.set("headers", timeouts.headers);
    deadlines.set("first_output", timeouts.first_output);
    deadlines.set("total", timeouts.total);
  }

  #headers(provider: Provider, speech: AttemptCall["speech"]): { [name: string]: string } {
    const headers = requestHeaders(provider, speech.headers);
    headers["content-type"] = "application/json";
    headers["accept"] = this.#input.stream ? (speech.streamType ?? "text/event-stream") : "application/json";
    const { passed, prepared } = this.#input;
    if (passed) Object.assign(headers, passed);
    if (prepared.headers) Object.assign(headers, prepared.headers);
    return headers;
  }
}

function isEventStream({ headers }: Response): boolean {
  return headers.get("content-type")?.startsWith("application/vnd.amazon.eventstream") === true;
}

async function errorStatus(body: ReplyBody, prepared: AttemptCall): Promise<GatewayError> {
  const { status, headers } = body.response;
  const { provider } = prepared.target;
  if (status >= 300 && status < 400) {
    body.cancel();
    return new GatewayError(
      "upstream_failed",
      `${provider.name} answered with a redirect (${status}), which is not followed`,
    );
  }
  const text = await body.text(errorBytesMax);
  if (status < 400) {
    return new GatewayError("upstream_malformed", `${provider.name} answered ${status} where 200 was expected`);
  }
  return prepared.half.readError({ status, headers, text, provider: provider.name });
}

/** As much of an error's body as is read. */
const errorBytesMax = 64 * 1024;

/** The headers every request to a provider carries, without its credential; a copy that may be added to. */
export function requestHeaders(provider: Provider, ofDialect?: { [name: string]: string }): { [name: string]: string } {
  const headers: { [name: string]: string } = {
    // A compressed stream arrives in blocks, and one kind of it is cut short without a word (translation.md C1).
    "accept-encoding": "identity",
    "user-agent": "sluice",
  };
  return Object.assign(headers, ofDialect, provider.headers);
}
