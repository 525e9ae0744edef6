// Every recorded reply to every client dialect, whole and streamed, framed anew and cut: official SDKs on both sides. What a
// client's SDK puts together is what the recorded dialect's own SDK reads from the recording; a cut is an error, never a message.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { streams, wholeReplies } from "../support/corpus.ts";
import { type Gateway, openGateway } from "../support/gateway.ts";
import {
  folders,
  modelOf,
  openReplayHost,
  type ReplayHost,
  type Replaying,
  recordedEvents,
} from "../support/replay-host.ts";
import {
  type Reader,
  readChat,
  readCohere,
  readGemini,
  readMessages,
  readResponses,
  type Told,
} from "../support/told.ts";
import { toldByConverse } from "../support/told-converse.ts";

const clients = { chat: readChat, responses: readResponses, messages: readMessages, gemini: readGemini } as const;
type Client = keyof typeof clients;

const readConverse: Reader = async ({ model, stream }) => {
  const recorded = stream ? streams(folders.bedrock) : wholeReplies(folders.bedrock);
  return toldByConverse(recorded.find(({ name }) => modelOf(name) === model)!);
};

/** Where a dialect's recordings are played, and how its own SDK reads them. OpenAI serves `codex-…` on Responses alone. */
const sources = [
  { played: "chat", prefix: "openai-compatible/", read: readChat },
  { played: "responses", prefix: "openai/codex-", read: readResponses },
  { played: "messages", prefix: "anthropic/", read: readMessages },
  { played: "gemini", prefix: "gemini/", read: readGemini },
  { played: "cohere", prefix: "cohere/", read: readCohere },
  { played: "bedrock", prefix: "bedrock/", read: readConverse },
] as const;

/**
 * Streams that their own SDK refuses, or does not put together: calls without an index or in parts, a second
 * message_start, changed identities. As it is it reaches its own SDK no better; all others must be told the same.
 */
const unreadable = new RegExp(
  [
    "mistral-(incremental-)?tool-call",
    "anthropic-fallback-tool-call",
    "google-.*stream-(no-args-)?tool-call",
    "anthropic-programmatic-tool-calling",
    "tool-search-(deferred-)?(bm25|regex)",
    "encrypted-content",
    "apply-patch-tool",
    "openai-shell-(tool|container)",
    "recorded-xai/responses_stream",
  ].join("|"),
);

/** Failures that were recorded. */
const failures = /(?:parameter|temperature)-error|openai-error|spliced-message-start/;

type Case = { name: string; played: (typeof sources)[number]["played"]; model: string; read: Reader; stream: boolean };

const cases = sources.flatMap(({ played, prefix, read }) =>
  [true, false].flatMap((stream) =>
    (stream ? streams(folders[played]) : wholeReplies(folders[played])).map(({ name }): Case & { prefix: string } => ({
      name: `${played} ${name}, ${stream ? "streamed" : "whole"}`,
      played,
      model: modelOf(name),
      prefix,
      read,
      stream,
    })),
  ),
);

type Rig = { host: ReplayHost; gateway: Gateway };

async function openRig(how: Replaying = {}): Promise<Rig> {
  const host = openReplayHost(how);
  const at = { url: host.origin };
  const hosts = { OPENAI: at, OPENAI_COMPATIBLE: at, ANTHROPIC: at, GEMINI: at, COHERE: at, BEDROCK: at };
  return {
    host,
    gateway: await openGateway({ environment: { SLUICE_LOG_LEVEL: "error", BEDROCK_REGION: "eu-west-1" }, hosts }),
  };
}

async function closeRig(rig: Rig): Promise<void> {
  await rig.gateway[Symbol.asyncDispose]();
  await rig.host[Symbol.asyncDispose]();
}

let plain: Rig;
beforeAll(async () => {
  plain = await openRig();
});
afterAll(() => closeRig(plain));

const through = (
  rig: Rig,
  client: Client,
  { prefix, model, stream }: { prefix: string; model: string; stream: boolean },
) => clients[client]({ origin: rig.gateway.url, model: prefix + model, stream });

/** Free text of a custom tool is an object with one field in dialects whose calls are objects. */
const asObject = (value: unknown): unknown => (typeof value === "string" ? { input: value } : value);

/** What may differ: counts that nobody gave or that a host counts otherwise (xAI), the words of a refusal. */
function comparable(told: Told, like: Told, model: string): object {
  const { text, reasoning, calls, finish, input, output } = told;
  // Where nobody has counted, a Messages client has our estimate of its input.
  const isCounted = like.input !== null && like.input + (like.output ?? 0) > 0 && like.output !== 0;
  return {
    text: finish === "filtered" ? "" : text,
    reasoning,
    calls: calls.map((call) => ({ name: call.name, arguments: asObject(call.arguments) })),
    // X03: a client that is given calls is told to answer them.
    finish: calls.length > 0 && finish === "end" ? "calls" : finish,
    input: isCounted ? input : null,
    output: !isCounted || model.includes("xai") ? null : output,
  };
}

const isUnreadable = ({ stream, model }: Case) => stream && unreadable.test(model.replaceAll("~", "/"));

describe.each(Object.keys(clients) as Client[])("the %s SDK is told", (client) => {
  const readable = cases.filter(
    (each) => !failures.test(each.model) && !(isUnreadable(each) && each.played === client),
  );

  test.each(readable)("what was recorded: $name", async (each) => {
    const source = isUnreadable(each)
      ? await through(plain, each.played === "messages" ? "chat" : "messages", each)
      : await each.read({ origin: plain.host.origin, model: each.model, stream: each.stream });
    const told = await through(plain, client, each);
    expect(comparable(told, source, each.model)).toEqual(comparable(source, source, each.model));
  });

  test.each(cases.filter(({ model }) => failures.test(model)))("of a failure: $name", async (each) => {
    const outcome = await through(plain, client, each).catch((cause: unknown) => cause);
    expect(outcome).toBeInstanceOf(Error);
  });
});

const streamed = cases.filter(({ stream, model }) => stream && !failures.test(model));
const lines = (wire: string) => wire.replaceAll("\r\n", "\n");

/** html.spec.whatwg.org, 9.2.6: line ends, comments, a byte order mark; and TCP, which cuts where it likes. */
const framings: readonly (readonly [string, Replaying])[] = [
  ["in pieces of one byte", { chunkBytes: 1 }],
  [
    "with CRLF, comments and a byte order mark",
    { reframe: (wire) => `\ufeff${lines(wire).replaceAll("\n\n", "\n\n: still here\n\n").replaceAll("\n", "\r\n")}` },
  ],
];

/** Byte by byte, a long recording takes seconds and meets the same code. */
const bytesMax = 12_000;

describe.each(framings)("a stream %s", (_name, how) => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(how);
  });
  afterAll(() => closeRig(rig));

  const lengthOf = ({ played, model }: Case) => {
    const recording = streams(folders[played]).find(({ name }) => modelOf(name) === model);
    return recording ? recordedEvents(played, recording).join("").length : 0;
  };
  test.each(streamed.filter((each) => how.chunkBytes === undefined || lengthOf(each) < bytesMax))(
    "tells every client the same: $name",
    async (each) => {
      for (const client of Object.keys(clients) as Client[]) {
        // The SDK of Chat Completions refuses some streams as they are; the next client reads them.
        const before = await through(plain, client, each).catch(() => undefined);
        const told = before && (await through(rig, client, each));
        expect(told).toEqual(before);
      }
    },
  );
});

/** The first event after which an end of the stream is a clean end. */
const finishes: { readonly [played: string]: RegExp } = {
  chat: /"finish_reason": ?"/,
  responses: /"type": ?"response\.(?:completed|incomplete|failed)"/,
  messages: /"stop_reason": ?"/,
  gemini: /"finishReason": ?"/,
  cohere: /"type": ?"message-end"/,
  bedrock: /"messageStop"/,
};

/** As many cuts of each recording: before the first event, in the middle, and before the last that counts. */
const cutsMax = 3;

describe("a stream that breaks off", () => {
  test.each(streamed)("is an error to every client, never a message: $name", async (each) => {
    const recording = streams(folders[each.played]).find(({ name }) => modelOf(name) === each.model)!;
    const events = recordedEvents(each.played, recording);
    const finish = events.findIndex((event) => finishes[each.played]!.test(event));
    const last = finish < 0 ? events.length - 1 : finish;
    const cuts = new Set(Array.from({ length: cutsMax }, (_, index) => Math.round((last * index) / (cutsMax - 1))));
    for (const cut of cuts) {
      for (const client of Object.keys(clients) as Client[]) {
        const model = `${each.model}@${cut}`;
        const outcome = await through(plain, client, { ...each, model }).catch((cause: unknown) => cause);
        expect([client, cut, outcome instanceof Error ? "an error" : outcome]).toEqual([client, cut, "an error"]);
      }
    }
  });
});
