// One call of an endpoint that is not chat: the body that the target wants, sent and awaited.
import type { DialectId } from "../core/chat.ts";
import { badRequest, GatewayError } from "../core/errors.ts";
import type { OperationShape } from "../core/operation.ts";
import type { UpstreamHalf } from "../dialects/dialect.ts";
import { dialects } from "../dialects/index.ts";
import type { FormPart } from "../operations/form.ts";
import type { Call, Written } from "../operations/operation.ts";
import type { OperationRow } from "../providers/provider.ts";
import type { Target } from "../routing/plan.ts";
import { Attempt, type AttemptCall, type Timeouts } from "./attempt.ts";
import type { Call as TargetCall } from "./call.ts";
import { decisionOn, fromPieces, jsonBody, type MadeBody, ownForm, ownJson } from "./call-body.ts";
import { sentAgain } from "./course-steps.ts";
import { rowOf } from "./operation-plan.ts";
import { type OperationRun, requestOf, resolveLate } from "./operation-run.ts";
import { passedHeaders } from "./passed-headers.ts";
import type { ReplyBody } from "./reply-body.ts";
import { timeoutsFor } from "./run-settings.ts";
import { streamUpload } from "./upload.ts";

/** A request as one target is asked it. */
export type PreparedOperation = {
  target: Target;
  row: OperationRow;
  /** Undefined where the client named none. */
  model: string | undefined;
  written: Written;
  half: Pick<UpstreamHalf, "readError">;
};

/** Makes the body anew for each attempt. */
export type MadeCall = { path: string; make: () => MadeBody | Promise<MadeBody> };

type Sending = { call: TargetCall; made: MadeCall };

/** Whose errors a host writes, where they are not OpenAI's. */
const errorDialects: { readonly [shape in OperationShape]?: DialectId } = {
  bedrock: "bedrock-converse",
  cohere: "cohere-chat",
  gemini: "gemini",
  vertex: "gemini",
};

/** Calls follow each other: more would take minutes. */
const callsMax = 256;

/** Throws GatewayError for what the target cannot be asked. */
export function prepareOperation(run: OperationRun, target: Target): PreparedOperation {
  const { operation } = run.entry;
  const row = rowOf(target.provider, operation.id);
  const write = row && operation.shapes[row.shape];
  const half = dialects[(row && errorDialects[row.shape]) ?? "openai-chat"]?.upstream;
  if (!row || !write || !half) {
    throw new GatewayError("internal", `${target.provider.name} is not called for ${operation.id}`);
  }
  const model = target.model === "" ? undefined : target.model;
  const { path, batchPath } = row;
  const asked = { provider: target.provider.name, model, path, ...(batchPath !== undefined && { batchPath }) };
  const written = write(requestOf(run), asked);
  if (written.calls.length > callsMax) {
    const message = `${target.provider.name} would be called ${written.calls.length} times for this; send less at once`;
    throw new GatewayError("unsupported", message, { param: "input" });
  }
  return { target, row, model, written: withDropped(run, row, written), half };
}

/** Fields that the host refuses are removed from a body that passes as it is. */
function withDropped(run: OperationRun, row: OperationRow, written: Written): Written {
  const { source } = run;
  if (!row.drop || written.calls[0]?.body.kind !== "own") return written;
  const sent =
    source.kind === "json"
      ? Object.keys(source.body.json)
      : source.kind === "form"
        ? namesIn(source.upload.form.parts)
        : [];
  const dropped = row.drop.filter((name) => sent.includes(name));
  return { ...written, lost: [...written.lost, ...dropped] };
}

function namesIn(parts: readonly FormPart[]): string[] {
  return parts.map((part) => part.name);
}

export function makeCalls(run: OperationRun, prepared: PreparedOperation): MadeCall[] {
  const { record } = run.exchange;
  const { target, written, model } = prepared;
  record.provider = target.provider.name;
  record.model = model;
  record.lost = [...written.lost];
  record.translation = written.lost.length > 0 ? "lossy" : isOwn(written) ? "native" : "exact";
  return written.calls.map((call) => ({
    path: call.path,
    make: () => bodyOf(run, prepared, call),
  }));
}

function isOwn({ calls, read }: Written): boolean {
  return read === undefined && calls[0]?.body.kind === "own";
}

function bodyOf(run: OperationRun, prepared: PreparedOperation, call: Call): MadeBody | Promise<MadeBody> {
  const { source, exchange } = run;
  const { body } = call;
  if (body.kind === "json") return jsonBody(body.json);
  const onFailure = (failure: GatewayError) => exchange.stop(failure);
  if (body.kind === "own") {
    const remove = [...body.remove, ...(prepared.row.drop ?? [])];
    if (source.kind === "json") return ownJson(source.body, { model: prepared.model, remove, set: body.set });
    if (source.kind === "raw") return rawBody(run, prepared, source);
    if (run.streamed) return streamedForm(run, prepared, source.upload, remove);
    return ownForm({ upload: source.upload, onFailure }, prepared.model, ["provider", ...remove]);
  }
  if (source.kind !== "form")
    throw new GatewayError("unsupported_media_type", "this provider needs multipart/form-data");
  return fromPieces({ upload: source.upload, onFailure }, body.pieces, body.contentType);
}

type RawSource = Extract<OperationRun["source"], { kind: "raw" }>;

function rawBody(run: OperationRun, prepared: PreparedOperation, { upload, contentType }: RawSource): MadeBody {
  const headers: MadeBody["headers"] = contentType === "" ? {} : { "content-type": contentType };
  if (upload.declaredBytes !== undefined) headers["content-length"] = String(upload.declaredBytes);
  for (const name of rawHeaders) {
    const value = run.exchange.request.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return { body: streamUpload({ upload, ...watching(run, prepared) }), headers };
}

/** What an agent's protocol says in headers (a2a-protocol.org/latest/specification, 2026-08). */
const rawHeaders = ["accept", "a2a-version", "a2a-extensions", "x-a2a-extensions"];

function streamedForm(
  run: OperationRun,
  prepared: PreparedOperation,
  upload: Extract<OperationRun["source"], { kind: "form" }>["upload"],
  remove: readonly string[],
): MadeBody {
  const isNamed = run.control.model !== undefined;
  const isTwice = () => upload.form.parts.filter(({ name }) => name === "model").length > 1;
  const { body, bytes } = upload.stream({
    editable: ["model", "provider", ...remove],
    decide: (part) => {
      if (part.name !== "model" || isNamed) return decisionOn(part, prepared.model);
      if (isTwice()) throw badRequest("model", "model stands twice in the form");
      return resolveLate(run, prepared.target, part.value ?? "").then((model) => decisionOn(part, model));
    },
    missing: () => (isNamed && !namesIn(upload.form.parts).includes("model") ? prepared.model : undefined),
    ...watching(run, prepared),
  });
  const headers: MadeBody["headers"] = { "content-type": upload.contentType };
  if (bytes !== undefined) headers["content-length"] = String(bytes);
  return { body, headers };
}

/** While an upload moves, its provider cannot have begun to answer. */
function watching(run: OperationRun, { target }: PreparedOperation) {
  const { deadlines } = run.exchange;
  const timeouts = timeoutsOf(run, target);
  return {
    onProgress: () => {
      deadlines.set("headers", timeouts.headers);
      deadlines.set("first_output", timeouts.first_output);
    },
    onFailure: (failure: GatewayError) => run.exchange.stop(failure),
  };
}

function timeoutsOf({ parts, policies }: OperationRun, { provider }: Target): Timeouts {
  return timeoutsFor(parts.settings, provider.name, policies.timeouts);
}

/** A body that can be made again is sent again. */
export function sendCall(run: OperationRun, prepared: PreparedOperation, sending: Sending): Promise<ReplyBody> {
  const { name: provider } = prepared.target.provider;
  return sentAgain(run, {
    provider,
    canRepeat: () => !run.streamed,
    start: () => startCall(run, prepared, sending),
  });
}

async function startCall(run: OperationRun, prepared: PreparedOperation, { call, made }: Sending): Promise<ReplyBody> {
  const { parts, exchange } = run;
  const { target, row, half } = prepared;
  const { body, headers } = await made.make();
  exchange.record.attempts++;
  const ready: AttemptCall = {
    target,
    path: made.path,
    speech: { ...(row.auth && { auth: row.auth }), ...(row.headers && { headers: row.headers }) },
    half,
    body,
    headers: { accept: run.control.stream ? "text/event-stream" : "*/*", ...headers },
    takesAnySuccess: true,
  };
  const attempt = new Attempt({
    upstream: parts.upstream,
    prepared: ready,
    passed: passedHeaders(
      exchange.request,
      { target, speech: {}, sameDialect: isOwn(prepared.written) },
      parts.settings.guarded,
    ),
    stream: run.control.stream,
    timeouts: timeoutsOf(run, target),
    deadlines: call.deadlines,
  });
  call.attempt = attempt;
  call.isSent = true;
  exchange.runs(attempt);
  return await attempt.call();
}
