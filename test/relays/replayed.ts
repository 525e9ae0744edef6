// What the corpus tests of this folder share: every recording and written reply, where it is played, which SDKs read it, and the rig between them.
import { afterAll, beforeAll } from "bun:test";
import { streams, wholeReplies } from "../support/corpus.ts";
import { type Gateway, openGateway } from "../support/gateway.ts";
import {
  folders,
  modelOf,
  openReplayHost,
  type Played,
  type ReplayHost,
  type Replaying,
} from "../support/replay-host.ts";
import { type Reader, readChat, readCohere, readGemini, readMessages, readResponses } from "../support/told.ts";
import { readConverse } from "../support/told-converse.ts";
import { writtenNames } from "../support/written-replies.ts";

export const clients = {
  chat: readChat,
  responses: readResponses,
  messages: readMessages,
  gemini: readGemini,
} as const;
export type Client = keyof typeof clients;
export const clientNames = Object.keys(clients) as Client[];

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

export type Case = {
  name: string;
  played: Played;
  prefix: string;
  model: string;
  read: Reader;
  stream: boolean;
};

export const cases = sources.flatMap(({ played, prefix, read }) =>
  [true, false].flatMap((stream) =>
    [...(stream ? streams : wholeReplies)(folders[played]).map(({ name }) => name), ...writtenNames].map(
      (name): Case => ({
        name: `${played} ${name}, ${stream ? "streamed" : "whole"}`,
        played,
        model: modelOf(name),
        prefix,
        read,
        stream,
      }),
    ),
  ),
);

/** Its own SDK makes nothing of this stream, with or without us. */
export const isUnreadable = ({ stream, model }: Case): boolean => stream && unreadable.test(model.replaceAll("~", "/"));

export const isFailure = ({ model }: Case): boolean => failures.test(model);

export type Rig = { host: ReplayHost; gateway: Gateway };

async function openRig(how: Replaying = {}): Promise<Rig> {
  const host = openReplayHost(how);
  const at = { url: host.origin };
  const hosts = { OPENAI: at, OPENAI_COMPATIBLE: at, ANTHROPIC: at, GEMINI: at, COHERE: at, BEDROCK: at };
  const environment = {
    SLUICE_LOG_LEVEL: "error",
    BEDROCK_REGION: "eu-west-1",
    // Streams that break off on purpose must not take their models out.
    SLUICE_CIRCUIT_BREAKER_ENABLED: "false",
  };
  return {
    host,
    gateway: await openGateway({ environment, hosts }),
  };
}

/** A rig for all tests of the file or block that calls this; it is there once they run. */
export function sharedRig(how?: Replaying): () => Rig {
  let rig: Rig;
  beforeAll(async () => {
    rig = await openRig(how);
  });
  afterAll(async () => {
    await rig.gateway[Symbol.asyncDispose]();
    await rig.host[Symbol.asyncDispose]();
  });
  return () => rig;
}

/** What a client's SDK is told through the gateway. */
export const through = (
  rig: Rig,
  client: Client,
  { prefix, model, stream }: Pick<Case, "prefix" | "model" | "stream">,
) => clients[client]({ origin: rig.gateway.url, model: prefix + model, stream });
