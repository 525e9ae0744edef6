// The path of a request to an endpoint that is not chat: read, admit, choose, attempt, pass on or translate, settle.
import { GatewayError } from "../core/errors.ts";
import { isObject, type JsonValue } from "../core/json.ts";
import { passingShapes, type ReadyReply } from "../operations/operation.ts";
import type { Plan, Target } from "../routing/plan.ts";
import { noPolicies } from "../routing/policies.ts";
import { promptSize } from "../tokens/prompt-size.ts";
import { clientHalf, fail } from "./answer-failure.ts";
import type { Call } from "./call.ts";
import { openCourse } from "./course-steps.ts";
import { Exchange } from "./exchange.ts";
import { makeCalls, type PreparedOperation, prepareOperation, sendCall } from "./operation-call.ts";
import { candidatesFor, rowOf } from "./operation-plan.ts";
import { beginPassing, errorIn, eventTap, noteUsage, type PassingReply, passBytes } from "./operation-reply.ts";
import { namedModel, type OperationSource, openSource, readOperationControl } from "./operation-request.ts";
import { type OperationEntry, type OperationParts, type OperationRun, planFor, requestOf } from "./operation-run.ts";
import { overCourse } from "./over-course.ts";
import { hold, streamReply } from "./relay.ts";
import type { ReplyBody } from "./reply-body.ts";
import { replyHeaders, streamHeaders, upstreamRequestId } from "./reply-headers.ts";
import { withoutSecrets } from "./secrets.ts";
import type { ReplySource } from "./source.ts";
import { AsIsSource } from "./source-as-is.ts";
import { isStrict, refuseLosses } from "./strict.ts";
import { htmlFailure, parseReply } from "./whole.ts";

/** What came of a target: a reply of our own making, bytes that pass, or events that pass. */
type Taken =
  | { kind: "ready"; reply: ReadyReply }
  | { kind: "bytes"; reply: PassingReply; type: string }
  | { kind: "events"; source: ReplySource; held: (Uint8Array | string)[] };

/** Never rejects. */
export async function runOperation(parts: OperationParts, request: Request, entry: OperationEntry): Promise<Response> {
  let source: OperationSource | undefined;
  const exchange = new Exchange({
    request,
    dialect: entry.dialect,
    timers: parts.timers,
    settle: (settled, outcome, durationMs) => {
      closeSource(source);
      parts.settle(settled, outcome, durationMs);
    },
  });
  exchange.record.endpoint = entry.operation.id;
  parts.onOpen(exchange);
  try {
    parts.admit(request);
    const candidates = candidatesFor(parts.providers, entry.operation.id);
    const { uploads, settings } = parts;
    const limits = { jsonBytesMax: settings.bodyBytesMax, uploadBytesMax: uploads.bytesMax, spool: uploads.spool };
    source = await openSource(exchange, limits, entry.operation.isRaw === true);
    if (exchange.stopped) closeSource(source);
    exchange.liftLater(parts.listener);
    if (source.kind === "form") await source.upload.readAhead("model");
    const control = readOperationControl(source, entry.model ?? namedModel(request));
    const client = typeof entry.client === "function" ? entry.client(source) : entry.client;
    const run: OperationRun = {
      parts,
      exchange,
      entry,
      source,
      control,
      client,
      candidates,
      policies: noPolicies,
      streamed: false,
    };
    exchange.record.requestedModel = control.model;
    exchange.record.stream = control.stream;
    if (source.kind === "json") exchange.record.prompt = promptSize(source.body.bytes, source.body.longTexts);
    return await answer(run, await planned(run));
  } catch (cause) {
    return fail(exchange, cause, entry.errorMembers);
  }
}

function closeSource(source: OperationSource | undefined): void {
  if (source?.kind === "form") source.upload.close();
  if (source?.kind === "raw") source.upload.cancel();
}

/** Chooses, and reads the rest of a form that cannot go straight through. */
async function planned(run: OperationRun): Promise<Plan> {
  const { source, candidates, entry } = run;
  if (source.kind === "raw") return firstOnly(run, await planFor(run, run.control.model));
  if (source.kind === "form" && !source.upload.isWhole) {
    const isCertain = run.control.model !== undefined || candidates.size === 1;
    const plan = isCertain ? await planFor(run, run.control.model) : undefined;
    const target = plan?.targets[0];
    const shape = target && rowOf(target.provider, entry.operation.id)?.shape;
    if (plan && shape && passingShapes.has(shape)) return firstOnly(run, plan);
    await source.upload.readAll();
    run.control = readOperationControl(source, run.control.model);
    run.exchange.record.requestedModel = run.control.model;
    run.exchange.record.stream = run.control.stream;
  }
  entry.operation.check(requestOf(run));
  return await planFor(run, run.control.model);
}

/** A body that is on its way cannot be sent again. */
function firstOnly(run: OperationRun, plan: Plan): Plan {
  run.streamed = true;
  return { ...plan, targets: plan.targets.slice(0, 1), policies: { ...plan.policies, attemptsMax: 1 } };
}

async function answer(run: OperationRun, plan: Plan): Promise<Response> {
  const { exchange, entry, parts } = run;
  const { settings } = parts;
  run.policies = plan.policies;
  let upstream: Headers | undefined;
  const won = await overCourse({
    parts,
    exchange,
    course: openCourse(parts, plan),
    breaker: plan.policies.breaker,
    isStream: () => run.control.stream,
    inputTokens: ({ model }) => parts.estimate.estimateInputTokens(model, exchange.record.prompt?.bytes ?? 0),
    take: (call, { target }) =>
      callTarget(run, call, target, (headers) => {
        upstream = headers;
      }),
  });
  if (won instanceof GatewayError) return fail(exchange, won, entry.errorMembers);
  won.call.output(run.control.stream);
  exchange.answeredBy(won.call);
  plan.session?.keep(won.call.target);
  const { taken } = won;
  if (taken.kind === "ready") return ready(run, taken.reply, upstream);
  if (taken.kind === "bytes") return passing(run, taken.reply, taken.type, upstream);
  const committed = Promise.resolve({ source: taken.source, held: taken.held });
  return await streamReply({
    exchange,
    client: clientHalf(entry.dialect),
    produce: () => committed,
    commitAfterMs: settings.commitAfterMs,
    heartbeatMs: settings.heartbeatMs,
    headers: () => ({
      ...replyHeaders(exchange, upstream),
      ...streamHeaders,
      "content-type": upstream?.get("content-type") ?? streamHeaders["content-type"],
    }),
    fail: (error) => fail(exchange, error, entry.errorMembers),
  });
}

async function callTarget(
  run: OperationRun,
  call: Call,
  target: Target,
  onHeaders: (headers: Headers) => void,
): Promise<Taken> {
  const prepared = prepareOperation(run, target);
  if (isStrict(run.parts.settings, run.exchange.request)) refuseLosses(prepared.target, prepared.written.lost);
  const replies: { json: JsonValue; headers: Headers }[] = [];
  for (const made of makeCalls(run, prepared)) {
    const reply = await sendCall(run, prepared, { call, made });
    const { headers } = reply.response;
    onHeaders(headers);
    run.exchange.record.upstreamRequestId = upstreamRequestId(headers);
    try {
      if (!prepared.written.read) return await passOn(run, prepared, reply);
      replies.push({ json: await wholeJson(reply, prepared), headers });
    } catch (cause) {
      reply.cancel();
      throw cause;
    }
  }
  const read = prepared.written.read?.(replies);
  if (!read) throw new GatewayError("internal", "an operation made no call");
  return { kind: "ready", reply: read };
}

function ready(run: OperationRun, reply: ReadyReply, upstream: Headers | undefined): Response {
  const { exchange } = run;
  const { record } = exchange;
  if (reply.usage) record.usage = reply.usage;
  record.status = 200;
  exchange.noteOutput();
  const headers = { ...replyHeaders(exchange, upstream), "content-type": reply.contentType };
  exchange.settle("complete");
  const { body } = reply;
  return new Response(typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body), {
    headers,
  });
}

function passing(run: OperationRun, reply: PassingReply, type: string, upstream: Headers | undefined): Response {
  const { exchange, entry } = run;
  const { status } = reply.body.response;
  exchange.record.status = status;
  exchange.noteOutput();
  const headers = replyHeaders(exchange, upstream);
  if (type !== "") headers["content-type"] = type;
  const disposition = upstream?.get("content-disposition");
  if (disposition) headers["content-disposition"] = disposition;
  const provider = exchange.record.provider ?? "the provider";
  const options = { exchange, reply, provider, usageOf: entry.operation.usageOf };
  if (!reply.isWhole) return new Response(passBytes(options), { status, headers });
  noteUsage(options);
  exchange.settle("complete");
  return new Response(reply.first ?? null, { status, headers });
}

/** A reply that passes as it comes, read up to where its status may go out. */
async function passOn(run: OperationRun, prepared: PreparedOperation, reply: ReplyBody): Promise<Taken> {
  const { exchange, entry } = run;
  const provider = prepared.target.provider.name;
  const isRaw = entry.operation.isRaw === true;
  const type = prepared.written.replyType ?? reply.response.headers.get("content-type") ?? "";
  if (!isRaw && /^text\/html\b/i.test(type)) throw htmlFailure(reply, provider);
  if (!isRaw && /^text\/event-stream\b/i.test(type)) {
    const source = new AsIsSource({
      body: reply,
      half: { openTap: () => eventTap(entry.operation) },
      provider,
      removeUsage: false,
      annotate: false,
      severalChoices: false,
      clean: (failure) => withoutSecrets(failure, prepared.target.provider),
      onTerminal: () => {},
    });
    const held = await hold(source);
    if (held instanceof GatewayError) throw held;
    exchange.deadlines.clear("first_output");
    return { kind: "events", ...held };
  }
  const begun = await beginPassing(reply, provider, isRaw);
  exchange.deadlines.clear("first_output");
  return { kind: "bytes", reply: begun, type };
}

async function wholeJson(reply: ReplyBody, prepared: PreparedOperation): Promise<JsonValue> {
  const provider = prepared.target.provider.name;
  if (/^text\/html\b/i.test(reply.response.headers.get("content-type") ?? "")) throw htmlFailure(reply, provider);
  const json = parseReply(await reply.bytes(), provider);
  const error = isObject(json) ? errorIn(json) : undefined;
  if (error) throw error;
  return json;
}
