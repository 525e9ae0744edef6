// The request path: read, admit, plan, attempt, relay, settle. Every decision about a request is taken in this file; which target comes
// next, given what has failed, is course.ts.
import { GatewayError } from "../core/errors.ts";
import type { Dialect } from "../dialects/dialect.ts";
import { promptSize } from "../tokens/prompt-size.ts";
import { asGatewayError, clientHalf, fail } from "./answer-failure.ts";
import { Attempt, type Prepared } from "./attempt.ts";
import { Call } from "./call.ts";
import { isContinuable, mayContinue } from "./continue-request.ts";
import { answeringFor, estimateOwn, isTotalTimeout, noteContinued, shareOf } from "./continued-call.ts";
import type { Step } from "./course.ts";
import { failedCall, openCourse, passOver, pause, sentAgain, toldFailure } from "./course-steps.ts";
import { describe } from "./describe.ts";
import { Exchange } from "./exchange.ts";
import { type Lane, race } from "./hedge.ts";
import { openCall } from "./open-call.ts";
import { passedHeaders } from "./passed-headers.ts";
import { planChat } from "./plan-chat.ts";
import { prepareTarget } from "./prepare-target.ts";
import { readJsonBody } from "./read-body.ts";
import { readControl } from "./read-control.ts";
import { type Committed, hold, streamReply } from "./relay.ts";
import type { ReplyBody } from "./reply-body.ts";
import { contextOf, inputTokens, timeoutsOf } from "./reply-context.ts";
import { replyHeaders, streamHeaders, upstreamRequestId } from "./reply-headers.ts";
import { sourceOf } from "./reply-source.ts";
import { ReplyThread } from "./reply-thread.ts";
import type { Answer, Run, RunParts, Take } from "./run-parts.ts";
import { withoutSecrets } from "./secrets.ts";
import { ContinuedSource, type GoOn } from "./source-continued.ts";
import { SlowedSource } from "./source-slowed.ts";
import { isStrict, refuseLosses } from "./strict.ts";
import { Failed } from "./told-failure.ts";
import { wholeReply } from "./whole.ts";

/** Fewer durations than these say nothing of a high percentile. */
const hedgeSamplesMin = 20;

/** Answers one chat request in the dialect of the route it came by. Never rejects. */
export async function runChat(parts: RunParts, request: Request, dialect: Dialect): Promise<Response> {
  const exchange = new Exchange({ request, dialect, timers: parts.timers, settle: parts.settle });
  parts.onOpen(exchange);
  try {
    // The key before the body: strangers cost nothing.
    parts.admit(request);
    const body = await readJsonBody(request, { bytesMax: parts.settings.bodyBytesMax, deadlines: exchange.deadlines });
    exchange.liftLater(parts.listener);
    const prompt = promptSize(body.bytes, body.longTexts);
    exchange.record.prompt = prompt;
    const client = clientHalf(dialect);
    const control = readControl(client, body);
    client.checkRequest(body.outline);
    exchange.record.requestedModel = control.model;
    exchange.record.stream = control.stream;
    const strict = isStrict(parts.settings, request);
    const planning = planChat(parts, { request, dialect, body, control, promptBytes: prompt.bytes, strict });
    const planned = planning instanceof Promise ? await planning : planning;
    const course = openCourse(parts, planned);
    const run: Run = {
      parts,
      exchange,
      request,
      plan: planned,
      course,
      body,
      control,
      strict,
      canonical: undefined,
      prepared: undefined,
      trimmed: undefined,
      thread: undefined,
      begunMs: undefined,
    };
    return control.stream ? await answerStream(run) : await answerWhole(run);
  } catch (cause) {
    return fail(exchange, cause);
  }
}

async function answerWhole(run: Run): Promise<Response> {
  const { exchange, parts } = run;
  const answer = await overTargets(run, (call, prepared, reply) =>
    wholeReply({
      body: reply,
      prepared,
      client: clientHalf(exchange.dialect),
      context: contextOf(run, prepared.target),
      annotate: parts.settings.annotate,
      onOutput: () => call.deadlines.clear("first_output"),
    }),
  );
  if (answer instanceof GatewayError) return fail(exchange, answer);
  const { taken, reply, call } = answer;
  const { slowdown } = run.plan.policies;
  if (slowdown) await pause(run, (parts.timers.nowMs() - call.startedMs) * slowdown);
  if (exchange.stopReason) return fail(exchange, exchange.stopReason);
  const { record } = exchange;
  if (taken.usage) record.usage = taken.usage;
  call.complete(taken.usage);
  if (taken.lost.length > 0) {
    record.lost.push(...taken.lost);
    record.translation = "lossy";
    parts.stats.lostLate(taken.lost);
  }
  record.status = 200;
  exchange.noteOutput();
  const headers = replyHeaders(exchange, reply.response.headers);
  headers["content-type"] = "application/json";
  exchange.settle("complete");
  return new Response(taken.body, { headers });
}

async function answerStream(run: Run): Promise<Response> {
  const { exchange, parts } = run;
  let upstreamHeaders: Headers | undefined;
  const produce = async (): Promise<Committed | GatewayError> => {
    const answer = await overTargets(run, (call, prepared, reply) => firstOutput(run, call, prepared, reply));
    if (answer instanceof GatewayError) return answer;
    exchange.answeredBy(answer.call);
    upstreamHeaders = answer.reply.response.headers;
    return answer.taken;
  };
  return await streamReply({
    exchange,
    client: clientHalf(exchange.dialect),
    produce,
    commitAfterMs: parts.settings.commitAfterMs,
    heartbeatMs: parts.settings.heartbeatMs,
    headers: () => ({ ...replyHeaders(exchange, upstreamHeaders), ...streamHeaders }),
    fail: (error) => fail(exchange, error),
    onLost: (fields) => parts.stats.lostLate(fields),
  });
}

async function firstOutput(run: Run, call: Call, prepared: Prepared, reply: ReplyBody): Promise<Committed> {
  const { exchange, parts, control } = run;
  const client = clientHalf(exchange.dialect);
  const context = contextOf(run, prepared.target);
  const isFirst = !run.thread && mayContinue(run);
  const thread = isFirst ? new ReplyThread(client.openWriter(context), estimateOwn(run, prepared.target)) : run.thread;
  const read = await sourceOf({
    ...{ prepared, reply, client, context, thread },
    deadlines: call.deadlines,
    annotate: parts.settings.annotate,
    severalChoices: control.severalChoices === true,
  });
  const source = isFirst && thread ? new ContinuedSource(read, thread, openGoOn(run, call, thread)) : read;
  const held = await hold(source);
  if (held instanceof GatewayError) throw held;
  call.deadlines.clear("first_output");
  const { slowdown } = run.plan.policies;
  if (!slowdown) return held;
  const of = { factor: slowdown, startedMs: call.startedMs, timers: parts.timers };
  const slowed = new SlowedSource({ source: held.source, ...of });
  await pause(run, slowed.heldBackMs);
  // The wait has taken the place of the call that is stopped when the client goes.
  if (call.attempt) exchange.runs(call.attempt);
  return { source: slowed, held: held.held };
}

/**
 * A streamed answer has broken off after output: the targets that are left are asked to go on, each once. The total time of the
 * first one's call is that of all.
 */
function openGoOn(run: Run, first: Call, thread: ReplyThread): GoOn {
  const { course, exchange, parts } = run;
  let broken = first;
  return async (failure) => {
    if (exchange.stopped || !thread.canGoOn || isTotalTimeout(failure) || !isContinuable(run)) return undefined;
    run.begunMs ??= broken.startedMs;
    run.thread = thread;
    exchange.answeredBy(undefined);
    let step = course.onward(failedCall(run, { call: broken, error: failure, stream: true }));
    exchange.record.shares.push(shareOf(broken.target, thread.breakOff(), true));
    exchange.record.usage = thread.usage;
    while (step && !exchange.stopped) {
      thread.expect(estimateOwn(run, step.target));
      const tried = await tryTarget(run, step, (call, prepared, reply) => firstOutput(run, call, prepared, reply));
      if (!(tried instanceof Failed)) {
        answered(run, tried);
        broken = tried.call;
        parts.stats.count("continuations");
        exchange.answeredBy(answeringFor(tried, thread));
        return { ...tried.taken, by: noteContinued(exchange, tried.prepared) };
      }
      step = course.onward(tried);
    }
    return undefined;
  };
}

/** Tries targets until one gives what `take` wants. A value, not a throw, when all have failed. */
async function overTargets<Taken>(run: Run, take: Take<Taken>): Promise<Answer<Taken> | GatewayError> {
  const { exchange, course } = run;
  for (let step = course.next(); step; step = course.next()) {
    if (step.repeat) run.parts.stats.count("repeats");
    if (step.waitMs > 0) await pause(run, step.waitMs);
    if (exchange.stopReason) return exchange.stopReason;
    const hedgeMs = hedgeAfterMs(run, step);
    const tried = await (hedgeMs === undefined ? tryTarget(run, step, take) : tryTwo(run, step, take, hedgeMs));
    if (!(tried instanceof Failed)) {
      answered(run, tried);
      return tried;
    }
    if (exchange.stopped) return tried.error;
    course.failed(tried);
  }
  return toldFailure(run);
}

/** When a second request follows, where the plan wants that and enough is known of the target. */
function hedgeAfterMs(run: Run, { target, insist, trim }: Step): number | undefined {
  const { hedge } = run.plan.policies;
  if (!hedge || insist || trim || run.course.calls > 0) return undefined;
  const asked = { percent: hedge.percentile, least: hedgeSamplesMin, stream: run.control.stream };
  const usualMs = run.parts.health.percentileMs(target, asked);
  run.parts.hedgeBudget.noteRequest(run.plan.name ?? target.model);
  return usualMs === undefined ? undefined : Math.max(usualMs, hedge.delayMsMin);
}

/** Before any output has left, and within the share of requests that may be sent twice. */
async function tryTwo<Taken>(
  run: Run,
  step: Step,
  take: Take<Taken>,
  afterMs: number,
): Promise<Answer<Taken> | Failed> {
  const { course, exchange, parts, plan: planned } = run;
  const percent = (planned.policies.hedge?.extraShareMax ?? 0) * 100;
  const { end, failed, wonBySecond } = await race<Taken>({
    timers: parts.timers,
    afterMs,
    first: (lane) => tryTarget(run, step, take, lane),
    second: (lane) => {
      if (exchange.stopped || !parts.hedgeBudget.take(planned.name ?? step.target.model, percent)) return undefined;
      parts.stats.count("hedges");
      return tryTarget(run, course.beside(step.target, inputTokens(run, step.target)), take, lane);
    },
  });
  if (wonBySecond) parts.stats.count("hedges_won");
  for (const one of failed) course.failed(one);
  return end;
}

/** One target, once. Never rejects. */
async function tryTarget<Taken>(run: Run, step: Step, take: Take<Taken>, lane?: Lane): Promise<Answer<Taken> | Failed> {
  const { target } = step;
  const { exchange, parts } = run;
  // Two that run at once have a clock each.
  const deadlines = lane ? parts.timers.open() : exchange.deadlines;
  const opening = openCall({
    parts,
    target,
    insist: step.insist,
    breaker: run.plan.policies.breaker,
    inputTokens: inputTokens(run, target),
    deadlines,
    ownsDeadlines: lane !== undefined,
  });
  const call = opening instanceof Promise ? await opening : opening;
  if (!(call instanceof Call)) {
    if (lane) deadlines.close();
    return passOver(run, target, call);
  }
  exchange.note(call.note);
  if (lane) lane.call = call;
  if (lane?.isDropped) call.isSuperseded = true;
  let reply: ReplyBody | undefined;
  try {
    if (call.isSuperseded) throw new GatewayError("unavailable", "another answer was faster");
    const preparing = prepareTarget(run, step);
    const prepared = preparing instanceof Promise ? await preparing : preparing;
    if (run.strict) refuseLosses(target, prepared.lost);
    // Repeats earn no further ones.
    if (!step.repeat) parts.retryBudget.noteRequest(target.provider.name);
    reply = await sentAgain(run, {
      provider: target.provider.name,
      canRepeat: () => !call.isSuperseded,
      start: () => startCall(run, call, prepared, lane?.isSecond === true),
    });
    return { taken: await take(call, prepared, reply), call, prepared, reply };
  } catch (cause) {
    reply?.cancel();
    const error = withoutSecrets(asGatewayError(cause), target.provider);
    return failedCall(run, { call, error, stream: run.control.stream });
  }
}

/** This answer it is: the client hears of its target, and nothing that could be sent again is kept. */
function answered<Taken>(run: Run, { call, prepared, reply }: Answer<Taken>): void {
  const { exchange, control } = run;
  if (!run.thread) {
    describe(exchange, prepared);
    exchange.record.upstreamRequestId = upstreamRequestId(reply.response.headers);
  }
  call.output(control.stream);
  run.plan.session?.keep(call.target);
  prepared.body = "";
  run.prepared = undefined;
  // What may have to go on is kept as long as the reply.
  if (mayContinue(run)) return;
  run.body = undefined;
  run.canonical = undefined;
}

function startCall(run: Run, call: Call, prepared: Prepared, isSecond: boolean): Promise<ReplyBody> {
  const { exchange, parts } = run;
  // The client knows already whom it hears, where another goes on.
  if (!run.thread) describe(exchange, prepared);
  exchange.record.attempts++;
  const attempt = new Attempt({
    upstream: parts.upstream,
    prepared,
    passed: passedHeaders(run.request, prepared, parts.settings.guarded),
    stream: run.control.stream,
    timeouts: timeoutsOf(run, prepared.target),
    deadlines: call.deadlines,
  });
  call.attempt = attempt;
  call.isSent = true;
  if (isSecond) exchange.runsBeside(attempt);
  else exchange.runs(attempt);
  return attempt.call();
}
