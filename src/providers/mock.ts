// The mock provider: answers with recorded traffic in the dialect of the path, and commits the faults that are asked for.
import { asObject, asString, parseJson } from "../core/json.ts";
import { bodyFaults, type Fault, readDurationMs, readFault, statusOf } from "./mock-faults.ts";
import { openInbox, type ReceivedRequest } from "./mock-inbox.ts";
import { findCase, loadCases, type MockCase, readFrames } from "./mock-recordings.ts";
import { type MockDialectId, mockWires } from "./mock-wire.ts";
import { type BodyStep, pacedBody, realWait, untilAborted, type Wait } from "./paced-body.ts";

export type MockOptions = {
  /** Folder of the recordings. */
  directory: string;
  /** Serve this dialect only; `directory` may then hold its cases directly. */
  dialect?: MockDialectId | undefined;
  /** Pause between frames (or between pieces, when they are cut by size). */
  paceMs?: number | undefined;
  /** Send pieces of this size instead of whole frames. */
  chunkBytes?: number | undefined;
  /** As `readFault` reads it; committed on every request that asks for no other. */
  fault?: string | undefined;
  /** For requests whose model names no case. */
  caseName?: string | undefined;
  wait?: Wait;
};

export type Mock = {
  /** Rejects only with the abort reason of the request's signal. */
  handle(request: Request): Promise<Response>;
  cases: readonly MockCase[];
  /** The last 100, oldest first. */
  received(): readonly ReceivedRequest[];
};

/** Throws Error with a message for the operator when recordings, fault or case are not there. */
export function openMock(options: MockOptions): Mock {
  const cases = loadCases(options.directory, options.dialect);
  if (options.fault !== undefined) readFault(options.fault);
  if (options.caseName !== undefined && !findCase(cases, options.caseName)) {
    throw new Error(`no case ${JSON.stringify(options.caseName)} among ${cases.length} recordings`);
  }
  const inbox = openInbox();
  const context: Context = { options, cases, wait: options.wait ?? realWait };
  return {
    cases,
    received: inbox.all,
    async handle(request) {
      const path = decoded(new URL(request.url).pathname);
      if (request.method === "GET" && path === "/requests") return Response.json({ requests: inbox.all() });
      const bodyText = await request.text();
      inbox.add(request, bodyText);
      if (request.method === "GET" && path.endsWith("/models")) return listModels(context, request);
      const call = readCall({ request, path, bodyText });
      return call instanceof Response ? call : answer(context, call);
    },
  };
}

type Context = { options: MockOptions; cases: readonly MockCase[]; wait: Wait };

type Call = {
  dialect: MockDialectId;
  /** Model as asked for, with the fault it may carry. */
  model: string;
  stream: boolean;
  /** Gemini streams a JSON array when `alt=sse` is absent. */
  arrayFraming: boolean;
  request: Request;
};

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const routes: readonly { ending: RegExp; dialect: MockDialectId }[] = [
  { ending: /\/chat\/completions$/, dialect: "openai-chat" },
  { ending: /\/messages$/, dialect: "anthropic-messages" },
  { ending: /\/models\/(?<model>.+):(?<verb>generateContent|streamGenerateContent)$/, dialect: "gemini" },
];

/** A refusal in the dialect's words. */
function refuse(
  dialect: MockDialectId,
  status: number,
  message: string,
  headers: { [name: string]: string } = {},
): Response {
  return Response.json(mockWires[dialect].errorBody(status, message), { status, headers });
}

function readCall({ request, path, bodyText }: { request: Request; path: string; bodyText: string }): Call | Response {
  const route = routes.find(({ ending }) => ending.test(path));
  if (!route || request.method !== "POST")
    return refuse("openai-chat", 404, `there is no ${request.method} ${path} here`);
  const { dialect } = route;
  const body = asObject(parseJson(bodyText));
  if (body === undefined) return refuse(dialect, 400, "the body is not a JSON object");
  const groups = route.ending.exec(path)?.groups;
  const model = groups?.["model"] ?? asString(body["model"]);
  if (!model) return refuse(dialect, 400, "model: a non-empty string is required");
  const stream = groups ? groups["verb"] === "streamGenerateContent" : body["stream"] === true;
  const arrayFraming = stream && groups !== undefined && new URL(request.url).searchParams.get("alt") !== "sse";
  return { dialect, model, stream, arrayFraming, request };
}

/** The shape that the caller's headers ask for, where several dialects are served. */
function listModels({ cases }: Context, request: Request): Response {
  const served = new Set(cases.map((entry) => entry.dialect));
  const asked = request.headers.has("anthropic-version")
    ? "anthropic-messages"
    : request.headers.has("x-goog-api-key") || new URL(request.url).searchParams.has("key")
      ? "gemini"
      : "openai-chat";
  const dialect = served.has(asked) ? asked : ([...served][0] ?? asked);
  const names = cases.filter((entry) => entry.dialect === dialect).map((entry) => entry.name);
  return Response.json(mockWires[dialect].listing(names));
}

type Wishes = { fault: Fault | undefined; paceMs: number; caseName: string };

/** Headers say more than the model's name, the name more than the command line. `case!fault@3` is a model with a fault. */
function wishesOf({ options }: Context, { model, request }: Call): Wishes {
  const mark = model.indexOf("!");
  const fault = request.headers.get("x-mock-fault") ?? (mark < 0 ? options.fault : model.slice(mark + 1));
  const pace = request.headers.get("x-mock-pace");
  return {
    fault: fault === undefined ? undefined : readFault(fault),
    paceMs: pace === null ? (options.paceMs ?? 0) : readDurationMs(pace),
    caseName: request.headers.get("x-mock-case") ?? (mark < 0 ? model : model.slice(0, mark)),
  };
}

async function answer(context: Context, call: Call): Promise<Response> {
  let wishes: Wishes;
  try {
    wishes = wishesOf(context, call);
  } catch (error) {
    return refuse(call.dialect, 400, (error as Error).message);
  }
  const { fault } = wishes;
  const status = fault && statusOf(fault.name);
  if (status !== undefined)
    return refuse(call.dialect, status, "The mock was told to refuse.", { "retry-after": fault?.value ?? "1" });
  if (fault?.name === "stall-headers") return untilAborted(call.request.signal);
  if (fault?.name === "html")
    return new Response(htmlPage, { headers: { "content-type": "text/html; charset=utf-8" } });
  if (fault?.name === "error-in-200") return refuse(call.dialect, 200, "The mock was told to fail under status 200.");
  const choice = chooseRecording(context, call, wishes);
  if (choice === undefined) {
    return refuse(
      call.dialect,
      404,
      `no recording for ${JSON.stringify(call.model)}${fault ? ` with ${fault.name}` : ""}`,
    );
  }
  return replay({ context, call, wishes, recording: choice });
}

const htmlPage = "<!doctype html><title>Sign in</title><h1>Please sign in to this network</h1>";

type Recording = { dialect: MockDialectId; path: string; stream: boolean };

/**
 * The recording to send. The form asked for comes first (or its opposite, when a fault says so); a case that has only
 * the other form is served in that one, unless a fault asked for the form.
 */
function chooseRecording({ cases, options }: Context, call: Call, { fault, caseName }: Wishes): Recording | undefined {
  const swapped = fault?.name === (call.stream ? "json-for-stream" : "stream-for-whole");
  const form = call.stream === swapped ? "whole" : "stream";
  const mine = cases.filter((entry) => entry.dialect === call.dialect);
  const fallback = options.caseName === undefined ? undefined : findCase(mine, options.caseName);
  const entry =
    findCase(mine, caseName) ?? fallback ?? mine.find((candidate) => candidate[form] !== undefined) ?? mine[0];
  const exact = entry?.[form];
  if (exact !== undefined) return { dialect: call.dialect, path: exact, stream: form === "stream" };
  const other = swapped ? undefined : (entry?.whole ?? entry?.stream);
  return other === undefined ? undefined : { dialect: call.dialect, path: other, stream: form === "whole" };
}

type Replay = { context: Context; call: Call; wishes: Wishes; recording: Recording };

async function replay({ context, call, wishes, recording }: Replay): Promise<Response> {
  const { fault, paceMs } = wishes;
  const pieces = await piecesOf(call, recording);
  const commit = fault && bodyFaults[fault.name];
  const wire = mockWires[call.dialect];
  const plain =
    commit && fault ? commit({ pieces, stream: recording.stream, wire, fault }) : pieces.map((write) => ({ write }));
  const size = fault?.name === "one-byte" ? 1 : context.options.chunkBytes;
  const steps = paced(size === undefined ? plain : recut(plain, size), paceMs);
  const type = recording.stream && !call.arrayFraming ? "text/event-stream; charset=utf-8" : "application/json";
  return new Response(pacedBody(steps, call.request.signal, context.wait), { headers: { "content-type": type } });
}

/** A stream in its frames; a whole reply in two halves, so that faults have something to come between. */
async function piecesOf(call: Call, { dialect, path, stream }: Recording): Promise<readonly string[]> {
  if (!stream) {
    const text = await Bun.file(path).text();
    const half = middleOf(text);
    return [text.slice(0, half), text.slice(half)];
  }
  const { frames, payloads } = await readFrames({ dialect, stream: path });
  if (!call.arrayFraming || payloads === undefined) return frames;
  return [...payloads.map((payload, index) => (index === 0 ? `[${payload}` : `,\r\n${payload}`)), "]"];
}

/** Never between the two halves of a surrogate pair, which could not be encoded apart. */
function middleOf(text: string): number {
  const half = Math.floor(text.length / 2);
  const code = text.charCodeAt(half);
  return code >= 0xdc00 && code <= 0xdfff ? half + 1 : half;
}

function* paced(steps: Iterable<BodyStep>, paceMs: number): Generator<BodyStep> {
  let first = true;
  for (const step of steps) {
    if (first || paceMs === 0 || "stall" in step) yield step;
    else yield { ...step, waitMs: (step.waitMs ?? 0) + paceMs };
    first = false;
  }
}

/** The same bytes in pieces of `size`, across the borders of frames; what is left goes out before a pause or a fault. */
function* recut(steps: Iterable<BodyStep>, size: number): Generator<BodyStep> {
  let rest = Buffer.alloc(0);
  for (const step of steps) {
    if (!("write" in step) || step.waitMs) {
      if (rest.length > 0) yield { write: rest };
      rest = Buffer.alloc(0);
      if (!("write" in step)) yield step;
      else yield { waitMs: step.waitMs ?? 0, write: new Uint8Array() };
    }
    if (!("write" in step)) continue;
    rest = Buffer.concat([rest, Buffer.from(step.write)]);
    for (; rest.length >= size; rest = rest.subarray(size)) yield { write: rest.subarray(0, size) };
  }
  if (rest.length > 0) yield { write: rest };
}
