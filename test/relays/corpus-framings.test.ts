// The recorded streams once more, cut and framed in every way that a network and a host may choose: the client must not notice.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { streams } from "../support/corpus.ts";
import { type MockGateway, openMockGateway } from "../support/mock-gateway.ts";
import { type Seen, seenInStream } from "../support/seen.ts";

/** Each dialect behind the row that reads it, and Chat Completions both as it is and translated. */
const relays = [
  { dialect: "openai-chat", row: "openai" },
  { dialect: "openai-chat", row: "ollama" },
  { dialect: "anthropic-messages", row: "anthropic" },
  { dialect: "gemini", row: "gemini" },
] as const;

/** A host of the Messages dialect behind a broken splice, and streams that the SDK cannot put together as they are. */
const broken: ReadonlySet<string> = new Set([
  "anthropic/anthropic/spliced-message-start",
  "openai/mistral/mistral-incremental-tool-call",
  "openai/mistral/mistral-tool-call",
  "openai/openai-compatible/anthropic-fallback-tool-call",
]);

const models = relays.flatMap(({ dialect, row }) =>
  streams(dialect)
    .map(({ name }) => `${row}/${name}`)
    .filter((model) => !broken.has(model)),
);

const lines = (wire: string) => wire.replaceAll("\r\n", "\n");

type Framing = {
  chunkBytes?: number;
  reframe?: (wire: string) => string;
  environment?: { [name: string]: string };
};

/** Ways that the event stream specification allows (html.spec.whatwg.org, 9.2.6). */
const framings: readonly (readonly [string, Framing])[] = [
  ["S14 in pieces of three bytes", { chunkBytes: 3 }],
  ["S11 in pieces of 4096 bytes", { chunkBytes: 4096 }],
  ["S13 with CRLF", { reframe: (wire) => lines(wire).replaceAll("\n", "\r\n") }],
  [
    "S13 with CR alone, in pieces of seven bytes",
    { chunkBytes: 7, reframe: (wire) => lines(wire).replaceAll("\n", "\r") },
  ],
  ["S10 without a space behind the colon", { reframe: (wire) => lines(wire).replaceAll(/^(data|event): /gm, "$1:") }],
  ["S16 with comments between events", { reframe: (wire) => lines(wire).replaceAll("\n\n", "\n\n: still here\n\n") }],
  ["with what the gateway adds when it is told to annotate", { environment: { SLUICE_REPLIES_ANNOTATE: "true" } }],
  ["with a byte order mark", { reframe: (wire) => `\ufeff${wire}` }],
];

const providers = [...new Set(relays.map(({ row }) => row))];
let plain: MockGateway;

beforeAll(async () => {
  plain = await openMockGateway({ providers });
});
afterAll(() => plain[Symbol.asyncDispose]());

/** Ids of Gemini's calls are made up for each reply. */
function comparable(seen: Seen): Seen {
  return {
    ...seen,
    calls: seen.calls.map((call) => ({ ...call, id: call.id.replace(/^call_[0-9a-f]{32}$/, "made up") })),
  };
}

async function read(gateway: MockGateway, model: string): Promise<Seen> {
  return comparable((await seenInStream(gateway.client, model)).seen);
}

describe.each(framings)("%s", (_name, { chunkBytes, reframe, environment }) => {
  let gateway: MockGateway;
  beforeAll(async () => {
    const mock = chunkBytes === undefined ? {} : { chunkBytes };
    gateway = await openMockGateway({
      providers,
      mock,
      ...(reframe && { reframe }),
      ...(environment && { environment }),
    });
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  test.each(models)("%s reads the same", async (model) => {
    expect(await read(gateway, model)).toEqual(await read(plain, model));
  });
});

describe("S12 one byte at a time", () => {
  const short = models.filter((model) => !/advisor|code-execution|web-|programmatic|nested|gemini3/.test(model));
  test.each(short)("%s reads the same", async (model) => {
    expect(await read(plain, `${model}!one-byte`)).toEqual(await read(plain, model));
  });
});
