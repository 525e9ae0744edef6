// A provider in six dialects that plays recordings by the model's name, framed and cut as a test wants it.
import { recordedMessage } from "./aws-event-stream.ts";
import { type Recording, readText, streams, wholeReplies, wireText } from "./corpus.ts";
import { writtenReply } from "./written-replies.ts";

export const folders = {
  chat: "openai-chat",
  responses: "openai-responses",
  messages: "anthropic-messages",
  gemini: "gemini",
  bedrock: "bedrock-converse",
  cohere: "cohere",
} as const;
export type Played = keyof typeof folders;

export type ReplayHost = AsyncDisposable & {
  origin: string;
  /** Bodies of the calls, in their order. */
  bodies: string[];
  /** Resolves when the connection of a call that hangs has been closed. */
  left(): Promise<void>;
};

export type Replaying = {
  /** Cuts the wire into pieces of this size. */
  chunkBytes?: number;
  /** Rewrites the text of an event stream. */
  reframe?: (wire: string) => string;
};

const routes: readonly { ending: RegExp; played: Played }[] = [
  { ending: /\/chat\/completions$/, played: "chat" },
  { ending: /\/responses$/, played: "responses" },
  { ending: /\/messages$/, played: "messages" },
  { ending: /\/models\/(?<model>.+):(?:generateContent|(?<stream>streamGenerateContent))$/, played: "gemini" },
  { ending: /\/model\/(?<model>.+)\/(?:converse|(?<stream>converse-stream))$/, played: "bedrock" },
  { ending: /\/v2\/chat$/, played: "cohere" },
];

/** Model names hold no slash here, and say after how many events, and bytes of the next, the stream breaks off. */
export const modelOf = (recording: string, cutAfter?: number, andBytes = 0): string =>
  recording.replaceAll("/", "~") + (cutAfter === undefined ? "" : `@${cutAfter}+${andBytes}`);

type Found = { text: string; events: readonly string[] };

/** A recording or a written reply by its model: the text of a whole one, the events of a stream. */
export function findPlayed(played: Played, model: string, isStream: boolean): Found | undefined {
  const name = model.replace(/^codex-/, "").replaceAll("~", "/");
  const written = writtenReply(played, name);
  if (written) return { text: JSON.stringify(written.whole), events: written.events };
  const recordings = isStream ? streams(folders[played]) : wholeReplies(folders[played]);
  const recording = recordings.find((each) => each.name === name);
  return recording && { text: readText(recording), events: isStream ? recordedEvents(played, recording) : [] };
}

/** Each is looked for and split once, however often it is played. */
function openShelf(): typeof findPlayed {
  const shelf = new Map<string, Found | undefined>();
  return (played, model, isStream) => {
    const key = `${played} ${model} ${isStream}`;
    if (!shelf.has(key)) shelf.set(key, findPlayed(played, model, isStream));
    return shelf.get(key);
  };
}

/** Frames with their blank line. */
export const eventsOf = (wire: string): string[] => wire.split(/(?<=\n\r?\n)/).filter((frame) => frame.trim() !== "");

async function* pieces(bytes: Uint8Array, size = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

const linesOf = (recording: Recording): string[] =>
  readText(recording)
    .split("\n")
    .filter((line) => line.trim() !== "");

/** Events named by their type (docs.cohere.com/docs/streaming). */
const cohereWire = (recording: Recording): string =>
  linesOf(recording)
    .map((line) => `event: ${(JSON.parse(line) as { type: string }).type}\ndata: ${line}\n\n`)
    .join("");

/** The events of a stream as they were recorded; some recordings lack the blank line behind their last frame. */
function recordedEvents(played: Played, recording: Recording): string[] {
  if (played === "bedrock") return linesOf(recording);
  return eventsOf((played === "cohere" ? cohereWire(recording) : wireText(recording)).replace(/\n*$/, "\n\n"));
}

function streamBytes(played: Played, events: readonly string[], how: Replaying): Uint8Array {
  if (played === "bedrock") return Buffer.concat(events.map(recordedMessage));
  const wire = events.join("");
  return new TextEncoder().encode(how.reframe ? how.reframe(wire) : wire);
}

/** One event as it is on the wire. */
export const eventBytes = (played: Played, event: string): Uint8Array => streamBytes(played, [event], {});

/** `cut` is what stands behind the @ of a model's name. */
function playedBytes(played: Played, events: readonly string[], cut: string, how: Replaying): Uint8Array {
  const [after, andBytes] = cut.split("+").map(Number);
  const whole = streamBytes(played, events.slice(0, after), how);
  if (!andBytes) return whole;
  return Buffer.concat([whole, eventBytes(played, events[after!]!).subarray(0, andBytes)]);
}

/** The first event after which an end of the stream is a clean end (translation.md S01, S02). */
export const finishes: { readonly [played in Played]: RegExp } = {
  chat: /"finish_reason": ?"/,
  responses: /"type": ?"response\.(?:completed|incomplete|failed)"/,
  messages: /"stop_reason": ?"/,
  gemini: /"finishReason": ?"/,
  cohere: /"type": ?"message-end"/,
  bedrock: /"messageStop"/,
};

/** The model whose replies begin and never end. */
export const hanging = "hanging";

/** Something has come, and nothing that a client may act on. */
const openings: { readonly [played in Played]?: Uint8Array } = {
  bedrock: recordedMessage('{"messageStart":{"role":"assistant"}}'),
};

function hang(played: Played, leave: () => void): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(openings[played] ?? new TextEncoder().encode(": still here\n\n")),
    cancel: leave,
  });
  return new Response(body, { headers: { "content-type": streamType(played) } });
}

const streamType = (played: Played) =>
  played === "bedrock" ? "application/vnd.amazon.eventstream" : "text/event-stream";

/** How each of these hosts says that it has no such model; the others say it in OpenAI's way. */
const refusals: { readonly [played in Played]?: (message: string) => object } = {
  bedrock: (message) => ({ message }),
  cohere: (message) => ({ id: "c1", message }),
};

function refuse(played: Played, model: string): Response {
  const message = `no recording is called ${model}`;
  const body = refusals[played]?.(message) ?? { error: { message } };
  const headers = { ...(played === "bedrock" && { "x-amzn-errortype": "ResourceNotFoundException" }) };
  return Response.json(body, { status: 404, headers });
}

type Noting = { bodies: string[]; leave: () => void; find: typeof findPlayed };

async function answer(request: Request, how: Replaying, noting: Noting): Promise<Response> {
  const path = decodeURIComponent(new URL(request.url).pathname);
  if (request.method === "GET") return Response.json({ data: [], models: [] });
  const route = routes.find(({ ending }) => ending.test(path));
  const text = await request.text();
  noting.bodies.push(text);
  const body = JSON.parse(text) as { model?: string; stream?: boolean };
  if (!route) return Response.json({ error: { message: `nothing is played at ${path}` } }, { status: 404 });
  const groups = route.ending.exec(path)?.groups;
  const [model = "", cut = ""] = (groups?.["model"] ?? body.model ?? "").split("@");
  // What breaks off is a stream, whatever was asked for.
  const isStream = cut !== "" || (groups ? groups["stream"] !== undefined : body.stream === true);
  if (model.endsWith(hanging)) {
    request.signal.addEventListener("abort", noting.leave);
    return hang(route.played, noting.leave);
  }
  const found = noting.find(route.played, model, isStream);
  if (!found) return refuse(route.played, model);
  if (!isStream) {
    const bytes = new TextEncoder().encode(found.text);
    return new Response(pieces(bytes, how.chunkBytes), { headers: { "content-type": "application/json" } });
  }
  const bytes =
    cut === "" ? streamBytes(route.played, found.events, how) : playedBytes(route.played, found.events, cut, how);
  return new Response(pieces(bytes, how.chunkBytes), { headers: { "content-type": streamType(route.played) } });
}

export function openReplayHost(how: Replaying = {}): ReplayHost {
  const bodies: string[] = [];
  let gone = Promise.withResolvers<void>();
  const leave = () => gone.resolve();
  const find = openShelf();
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: (request) => answer(request, how, { bodies, leave, find }),
  });
  return {
    origin: server.url.origin,
    bodies,
    async left() {
      await gone.promise;
      gone = Promise.withResolvers();
    },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
